"""The door: what users pass to `fit` is used or refused, whatever holds it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.training.datasets import as_datasets
from kgen.core.training.gathering import untuned
from kgen.networks import mlp_decoder, mlp_encoder

X = np.arange(10, dtype="float64").reshape(5, 2)
Y = np.arange(5)
W = np.linspace(0, 1, 5)
FIT = keras.Model.fit
MODEL = kgen.Autoencoder(mlp_encoder((2,), 1), mlp_decoder(1, (2,)))
ENDLESS = tf.data.Dataset.from_tensors(X).repeat()


def read(dataset):
    return list(dataset.as_numpy_iterator())


def rows(given, argument="x"):
    """All of a data set, as arrays `x, labels, weight`."""
    parts = [keras.utils.unpack_x_y_sample_weight(b) for b in read(given[argument])]
    columns = zip(*parts, strict=True)
    return tuple(None if c[0] is None else np.concatenate(c) for c in columns)


def test_arrays_become_a_data_set_that_does_not_tune():
    given = as_datasets(MODEL, FIT, X, Y, 2, 7, shuffle=False, validation_data=(X, Y))
    assert set(given) == {*("x", "epochs", "shuffle", "validation_data")}
    assert given["epochs"] == 7
    assert len(given["x"]) == 3 and len(given["validation_data"]) == 3
    for dataset in (given["x"], given["validation_data"]):
        assert dataset.options().autotune.enabled is False


def test_a_users_own_option_is_kept():
    options = tf.data.Options()
    options.autotune.enabled = True
    dataset = tf.data.Dataset.from_tensors(X).with_options(options)
    assert untuned(dataset).options().autotune.enabled is True
    plain = tf.data.Dataset.from_tensors(X)
    given = as_datasets(MODEL, FIT, plain, validation_data=plain)
    assert given["x"].options().autotune.enabled is False
    assert given["validation_data"].options().autotune.enabled is False


def test_weights_without_labels_are_kept():
    given = as_datasets(MODEL, FIT, X, sample_weight=W, shuffle=False, batch_size=9)
    ((x, labels, weights),) = given["x"].as_numpy_iterator()
    assert labels is None and len(x) == len(X)
    assert np.array_equal(weights, W)


def test_weights_are_split_with_their_examples():
    options = {"validation_split": 0.4, "shuffle": False, "batch_size": 2}
    given = as_datasets(MODEL, FIT, X, Y, sample_weight=W, **options)
    assert len(given["x"]) == 2 and len(given["validation_data"]) == 1
    for argument, part in (("x", slice(3)), ("validation_data", slice(3, None))):
        for found, expected in zip(rows(given, argument), (X, Y, W), strict=True):
            np.testing.assert_allclose(found, expected[part], rtol=1e-6)


def test_the_split_is_keras():
    keras_split = 7 - int(7 * (1 - 0.3))
    given = as_datasets(MODEL, FIT, np.ones((7, 2)), validation_split=0.3)
    assert len(rows(given, "validation_data")[0]) == keras_split


def test_weights_of_classes_become_weights_of_examples():
    table = {0: 0.0, 1: 9.0, 3: 2.0}
    expected = [0.0, 9.0, 1.0, 2.0, 1.0]
    arrays = as_datasets(MODEL, FIT, X, Y, class_weight=table, shuffle=False)
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(2)
    dataset = as_datasets(MODEL, FIT, dataset, class_weight=table)
    generator = ((X[i : i + 2], Y[i : i + 2]) for i in range(0, 5, 2))
    generator = as_datasets(MODEL, FIT, generator, class_weight=table)["x"]
    for weights in (
        rows(arrays)[2],
        rows(dataset)[2],
        np.concatenate([batch[2] for batch in generator]),
    ):
        np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize("weights", [W.tolist(), tuple(W), tf.constant(W), "series"])
def test_the_container_makes_no_difference(weights):
    pandas = pytest.importorskip("pandas")
    weights = pandas.Series(W) if isinstance(weights, str) else weights
    for x, y in ((X.tolist(), Y.tolist()), (pandas.DataFrame(X), pandas.Series(Y))):
        given = as_datasets(MODEL, FIT, x, y, sample_weight=weights, shuffle=False)
        for found, expected in zip(rows(given), (X, Y, W), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-6)
        held_out = (x, None, weights)
        given = as_datasets(MODEL, FIT, X, validation_data=held_out)
        found, labels, found_weights = rows(given, "validation_data")
        assert labels is None
        np.testing.assert_allclose(found_weights, W, rtol=1e-6)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"x": X[:0]}, "no rows"),
        ({"x": X * np.nan, "y": Y, "validation_split": 0.4}, "NaN"),
        ({"x": X * np.nan, "y": Y, "class_weight": {0: 1.0}}, "NaN"),
        ({"x": X, "sample_weight": W - 1e3}, "weights from"),
        ({"x": None}, "no x"),
        ({"x": {"a": X}}, "data with the part 'a', but takes x"),
        ({"x": {"x": {"a": X}}}, "x of type dict"),
        ({"x": "digits"}, "x of type str"),
        ({"x": X, "y": Y[:3]}, "5 rows of x, 3 rows of labels.*equal numbers"),
        ({"x": X, "sample_weight": W[:3]}, "5 rows of x, 3 rows of weights"),
        ({"x": X, "sample_weight": 1.0}, "weights of type float"),
        (
            {"x": X, "y": np.ones((5, 2))},
            "labels of shape.*no condition.*corruption",
        ),
        ({"x": X, "class_weight": {0: 1.0}}, "class_weight.*without labels"),
        (
            {"x": X, "y": Y, "sample_weight": W, "class_weight": {0: 1.0}},
            "class_weight.*sample weights",
        ),
        ({"x": X, "y": Y, "class_weight": [1.0, 2.0]}, "class_weight.*a dict"),
        ({"x": X, "validation_data": (X, Y, W, W)}, "validation_data of 4 parts"),
        ({"x": X, "validation_data": (X, None, W[:2])}, "in validation_data"),
        (
            {"x": X, "validation_data": X + np.inf},
            "x in validation_data with NaN",
        ),
        ({"x": X[:1], "validation_split": 0.5}, "each needs one"),
        ({"x": ENDLESS}, "never ends.*steps_per_epoch"),
        ({"x": X, "validation_data": ENDLESS}, "never ends.*validation_steps"),
        ({"x": ENDLESS, "y": Y, "steps_per_epoch": 1}, "y beside a tf.data.Dataset"),
        ({"x": ENDLESS, "batch_size": 4, "steps_per_epoch": 1}, "batch_size beside"),
        ({"x": iter([X]), "sample_weight": W}, "sample_weight beside a generator"),
        ({"x": iter([X]), "validation_split": 0.5}, "validation_split beside"),
    ],
)
def test_what_makes_no_sense_is_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        as_datasets(MODEL, FIT, **kwargs)


def test_the_habit_of_autoencoders_is_taken():
    given = as_datasets(MODEL, FIT, X, X, shuffle=False)
    np.testing.assert_allclose(rows(given)[0], X)


def test_numbers_without_use_are_warned_of():
    with pytest.warns(UserWarning, match="labels of type float64.*no use"):
        as_datasets(MODEL, FIT, X, W)


def test_evaluate_and_predict_keep_the_order():
    for method in (keras.Model.evaluate, keras.Model.predict):
        given = as_datasets(MODEL, method, X, batch_size=2, verbose=0)
        assert set(given) == {"x", "verbose"}
        assert np.array_equal(np.concatenate(read(given["x"])), X)


@pytest.fixture(scope="module")
def model():
    return kgen.build("autoencoder", (2,), latent_dim=1)


@pytest.mark.parametrize("labels", [np.array([*"abcab"]), Y - 1])
def test_weights_of_classes_need_classes(model, labels):
    table = {0: 1.0, 1: 2.0}
    with pytest.raises(ValueError, match="class_weight was given with labels.*ints"):
        model.fit(X, labels, class_weight=table, verbose=0)
    dataset = tf.data.Dataset.from_tensors((X, labels))
    with pytest.raises(ValueError, match="class_weight.*ints|weights.*NaN"):
        model.fit(dataset, class_weight=table, verbose=0)


def test_a_batch_alone_needs_classes_too(model):
    for labels in (np.array([*"abcab"]), Y - 1):
        with pytest.raises(ValueError, match="class_weight was given with labels"):
            model.train_on_batch(X, labels, class_weight={0: 1.0})


def halves():
    yield from (X[:3], X[3:])


def test_a_generator_is_read_once(model):
    with pytest.raises(ValueError, match="2 epochs and a generator as x.*read once"):
        model.fit(halves(), epochs=2, verbose=0)
    with pytest.raises(ValueError, match="as validation_data.*Pass validation_steps"):
        model.fit(X, validation_data=halves(), epochs=3, verbose=0)
    many = ((X,) for _ in range(9))
    model.fit(many, epochs=2, steps_per_epoch=1, verbose=0)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_data_without_a_batch_is_told(model):
    empty = tf.data.Dataset.from_tensors(X).filter(lambda x: tf.reduce_sum(x) < 0)
    for name in ("fit", "evaluate", "predict"):
        with pytest.raises(ValueError, match=f"`{name}`.*without a single batch"):
            getattr(model, name)(empty, verbose=0)


def test_weights_of_classes_are_of_models_with_classes_or_none():
    model = kgen.build("autoencoder", (2,), latent_dim=1, context_shape=1)
    with pytest.raises(ValueError, match="context and no classes.*sample_weight"):
        model.fit(X, X[:, :1], class_weight={0: 1.0}, verbose=0)
    with pytest.raises(ValueError, match="class_weight="):
        model.fit(X, X[:, :1], class_weight={10**12: 1.0}, verbose=0)


def test_what_is_a_little_outside_is_to_be_clipped():
    model = kgen.build("autoencoder", (2, 1, 1), latent_dim=1)
    with pytest.raises(ValueError, match="from -0.02 .*Clip x"):
        model.fit(np.full((4, 2, 1, 1), -0.02), verbose=0)
