"""Arguments of `fit` beside the data: used, or refused by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.checkpoint.state import variables_of
from kgen.core.checks.fit_arguments import bound

X = np.random.default_rng(0).random((16, 3)).astype("float32")


@pytest.fixture(scope="module")
def model():
    return kgen.build("autoencoder", (3,), latent_dim=2, seed=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size=0, but expects an int, 1 or larger"),
        ({"batch_size": 2.0}, "batch_size=2.0"),
        ({"batch_size": True}, "batch_size=True"),
        ({"batch_size": "32"}, "batch_size='32'"),
        ({"epochs": -1}, "epochs=-1, but expects an int, 0 or larger"),
        ({"epochs": True}, "epochs=True"),
        ({"epochs": [3]}, "epochs=.3."),
        ({"initial_epoch": 0.5}, "initial_epoch=0.5"),
        ({"steps_per_epoch": -3}, "steps_per_epoch=-3"),
        ({"steps_per_epoch": 0}, "steps_per_epoch=0"),
        ({"validation_split": 2.0}, "validation_split=2.0.*below 1"),
        ({"validation_split": -0.1}, "validation_split=-0.1"),
        ({"validation_split": np.nan}, "validation_split=nan"),
        ({"validation_split": "half"}, "validation_split='half'"),
        ({"validation_split": 0.5, "validation_data": X}, "beside validation_data"),
        ({"validation_steps": 2}, "validation_steps=2, but no validation data"),
        ({"validation_batch_size": 2}, "validation_batch_size=2, but no validation"),
        ({"validation_freq": 2}, "validation_freq=2, but no validation data"),
        ({"validation_freq": 0, "validation_data": X}, "validation_freq=0"),
        ({"validation_freq": "2", "validation_data": X}, "validation_freq='2'"),
        ({"validation_steps": 0, "validation_data": X}, "validation_steps=0"),
        ({"shuffle": "yes"}, "shuffle='yes', but expects True, False or 'batch'"),
        ({"shuffle": 3}, "shuffle=3"),
        ({"verbose": "loud"}, "verbose='loud'"),
        ({"callbacks": [print]}, "among its callbacks.*keras.callbacks.Callback"),
        ({"callbacks": [keras.callbacks.EarlyStopping]}, "EarlyStopping among"),
        ({"callbacks": "csv"}, "among its callbacks"),
        ({"class_weight": {"a": 1.0}}, "class_weight=.*a dict from classes"),
        ({"class_weight": {0: -1.0}}, "class_weight"),
        ({"class_weight": {0: np.inf}}, "class_weight"),
        ({"class_weight": {}}, "class_weight"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(model, arguments, message):
    before = [np.array(v) for v in variables_of(model)]
    with pytest.raises(ValueError, match=f"^`fit` was given .*{message}"):
        model.fit(X, **{"verbose": 0, **arguments})
    for variable, value in zip(variables_of(model), before, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_an_unknown_argument_is_named(model):
    for call in (model.fit, model.evaluate, model.predict):
        with pytest.raises(TypeError, match="epoch"):
            call(X, epoch=3)


def test_what_equals_its_default_counts_as_not_given():
    method = keras.Model.fit
    given = {"validation_freq": 1, "validation_split": 0.0, "y": None, "shuffle": True}
    assert bound(None, method, (X,), given).keys() == {"x"}
    data = tf.data.Dataset.from_tensors(X)
    assert bound(None, method, (data, None, None, 3), {}).keys() == {"x", "epochs"}


def test_numpys_numbers_are_taken(model):
    counts = {"batch_size": np.int64(8), "epochs": np.int32(1)}
    history = model.fit(X, validation_split=np.float32(0.25), verbose=0, **counts)
    assert history.epoch == [0] and "val_loss" in history.history
