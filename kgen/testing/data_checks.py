"""Bad input raises one clear error, before it changes the model."""

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checkpoint.state import variables_of
from kgen.testing.tools import data_for, eager_copy, raised


def check_bad_input(model, x, labels=None):
    """Errors for bad data say what was passed and what is expected."""
    model = eager_copy(model)
    before = [np.array(v) for v in variables_of(model)]
    dtype = model.data_specs["x"].dtype
    for what, arrays, hint in mistakes(model, np.asarray(x, dtype), labels):
        slices = tf.data.Dataset.from_tensor_slices(arrays)
        size = 2 * len(x) if what == "fewer rows than a batch" else 4
        data = slices.batch(size, drop_remainder=size > 4)
        message = raised(ValueError, model.fit, data, verbose=0)
        assert hint in message, f"with {what}, fit says {message!r}"
    for variable, value in zip(variables_of(model), before, strict=True):
        same = np.array_equal(np.asarray(variable), value)
        assert same, f"{variable.path} was changed by data that was refused"


def mistakes(model, x, labels):
    """Yields the name of a mistake, the arrays, and words that its error must have."""

    def given(value):
        rows = slice(len(value))
        found = data_for(model, x, labels)
        if isinstance(found, dict):
            return {**{key: part[rows] for key, part in found.items()}, "x": value}
        parts = keras.utils.unpack_x_y_sample_weight(found)
        return (value,) if parts[1] is None else (value, parts[1][rows])

    channels = str(model.data_shape[-1])
    yield "another rank", given(x[..., None]), "expects (batch"
    yield "another size", given(np.concatenate([x, x], 1)), "expects (batch"
    yield "other channels", given(np.concatenate([x, x], -1)), channels
    if model.num_data_codes is None:
        nan = np.where(np.arange(x.size).reshape(x.shape) == 5, np.nan, x)
        yield "NaN", given(nan), "NaN"
    else:
        yield "floats", given(x.astype("float32")), "float32"
        codes = f"to {model.num_data_codes - 1}"
        yield "codes too large", given(x + model.num_data_codes), codes
        yield "negative codes", given(x - model.num_data_codes), codes
    yield "no rows", given(x[:0]), "no batch"
    yield "fewer rows than a batch", given(x), "drop_remainder"
    if model.data_range is not None:
        yield "0..255", given(255 * x), "[0, 1]"
        yield "integers", given(np.uint8(255 * x)), "uint8"
    if model.num_classes is not None:
        classes = f"0 to {model.num_classes - 1}"
        yield "no labels", (x,), "labels"
        yield "labels too large", (x, labels + model.num_classes), classes
        yield "negative labels", (x, labels - model.num_classes), classes
        yield "float labels", (x, labels.astype("float32")), "float32"
        yield "vectors as labels", (x, np.eye(2)[labels % 2]), "context_shape"
    elif model.context_shape is not None:
        yield "no context", (x,), "context"
        yield "a longer context", (x, np.repeat(labels, 2, -1)), "context"
        yield "labels as context", (x, np.zeros(len(x), "int32")), "context"
