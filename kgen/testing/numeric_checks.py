"""Checks of NaN, reduced precision and averaged weights."""

import pathlib
import tempfile

import keras
import numpy as np

from kgen.callbacks import Checkpoint
from kgen.core.checkpoint.files import newest_checkpoint
from kgen.core.verbs import verbs
from kgen.runs.fitting import averaging_optimizer, with_average
from kgen.testing.tools import (
    AtStep,
    call,
    data_for,
    eager_copy,
    raised,
    rewound,
    verb_inputs,
    weighted,
)

MOMENTUM = 0.8


def poison(model):
    """Makes a weight NaN."""
    variable = model.trainable_variables[0]
    variable.assign(np.full(variable.shape, np.nan))


def check_numbers(model, x, labels=None):
    """NaN stops training with an error that names it, and reaches no checkpoint."""
    data = {"x": weighted(model, x, labels).batch(4), "verbose": 0}
    for poisoned in (eager_copy(model), model):
        callback = AtStep(1, poison)
        with rewound(poisoned):
            message = raised(
                FloatingPointError, poisoned.fit, **data, callbacks=callback
            )
        # Fused operations may hide NaN until the weights are checked, or until the
        # step after its gradient.
        late = ("step 3:", "has become nan") if poisoned is model else ()
        expected = [f"step 2: {term} is nan" for term in model.terms]
        told = any(words in message for words in (*expected, *late))
        assert told and "nan" in message, f"fit says {message!r}"
    with tempfile.TemporaryDirectory() as folder:
        callbacks = [AtStep(2, poison), Checkpoint(folder, every_steps=1)]
        raised(FloatingPointError, eager_copy(model).fit, **data, callbacks=callbacks)
        path, _, arrays = newest_checkpoint(pathlib.Path(folder))
    assert all(np.isfinite(a).all() for a in arrays.values()), f"{path} is not finite"


def check_precision(model, x, labels=None):
    """Mixed precision trains to finite terms; verbs still give float32."""
    for policy in ("mixed_bfloat16", "mixed_float16"):
        mixed = with_policy(model, policy)
        # Two batches: a player that sits out each other round plays in one.
        batches = weighted(model, x, labels).batch(-(-len(x) // 2))
        logs = mixed.fit(batches, epochs=2, verbose=0).history
        for name, values in logs.items():
            assert np.all(np.isfinite(values)), f"{policy}: {name} is {values}"
        for variable in mixed.trainable_variables:
            assert variable.dtype == "float32", f"{policy}: {variable.path}"
        for name, verb in verbs(mixed).items():
            outputs = call(mixed, name, verb_inputs(mixed, verb, x, labels))
            found = {key: value.dtype.name for key, value in outputs.items()}
            # Codes may be ints.
            full = set(found.values()) <= {"float32", "int32"}
            assert full, f"{policy}: {name} gives {found}"


def check_average(model, x, labels=None):
    """With `use_ema`, training ends with the average of the weights at each step."""
    averaged = eager_copy(model)
    with_average(averaged, MOMENTUM)
    averaged.run_eagerly = True
    track = Track()
    callbacks = [keras.callbacks.SwapEMAWeights(), track]
    parts = keras.utils.unpack_x_y_sample_weight(data_for(model, x, labels))
    averaged.fit(*parts[:2], batch_size=4, epochs=2, callbacks=callbacks, verbose=0)
    expected = track.steps[0]
    for steps, weights in enumerate(track.steps[1:], start=1):
        momentum = momentum_after(averaged, steps)
        pairs = zip(expected, weights, strict=True)
        expected = [momentum * old + (1 - momentum) * new for old, new in pairs]
    for variable, value in zip(averaged.averaged_variables, expected, strict=True):
        np.testing.assert_allclose(
            variable.numpy(), value, rtol=1e-4, atol=1e-6, err_msg=variable.path
        )


def momentum_after(model, steps):
    """The momentum of the average after some steps; an optimizer may warm it up."""
    warm = getattr(averaging_optimizer(model), "momentum_after", None)
    return MOMENTUM if warm is None else float(warm(steps))


class Track(keras.callbacks.Callback):
    """Keeps the averaged variables' values after every step."""

    def on_train_begin(self, logs=None):
        """Forgets earlier values."""
        self.steps = []

    def on_train_batch_end(self, batch, logs=None):
        """Copies the values."""
        self.steps.append([v.numpy() for v in self.model.averaged_variables])


def with_policy(model, policy):
    """A model with the same weights and another dtype policy in all layers."""
    config = keras.saving.serialize_keras_object(model)
    copy = keras.saving.deserialize_keras_object(replaced(config, policy))
    copy.set_weights(model.get_weights())
    copy.run_eagerly = True
    return copy


def replaced(config, policy):
    """A serialized object with all dtype policies replaced."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": policy}}
        return {key: replaced(value, policy) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(replaced(item, policy) for item in config)
    return config
