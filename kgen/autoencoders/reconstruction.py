"""Errors of reconstructions: kgen's own, losses of Keras, functions per example."""

import inspect
import reprlib

import keras
import numpy as np
import tensorflow as tf

from kgen.core.config import lookup
from kgen.core.distances import squared_error

# The mean over an example is part of each loss, so it needs no other reduction.
_REDUCTIONS = ("sum_over_batch_size", "mean", "none", None)
_NEEDS_UNIT_INTERVAL = (
    keras.losses.BinaryCrossentropy,
    keras.losses.BinaryFocalCrossentropy,
    keras.losses.KLDivergence,
)

_OF_LAST_AXIS = (keras.losses.CosineSimilarity, keras.losses.KLDivergence)


def cross_entropy(x, reconstruction):
    """Mean binary cross-entropy in nats, one value per example; both in [0, 1]."""
    axes = tuple(range(1, len(x.shape)))
    return keras.ops.mean(keras.ops.binary_crossentropy(x, reconstruction), axis=axes)


LOSSES = {"mse": squared_error, "bce": cross_entropy}
# Keras' losses that compare values; its others compare classes, or whole batches.
KERAS_LOSSES = {
    "binary_focal_crossentropy": keras.losses.BinaryFocalCrossentropy,
    "cosine_similarity": keras.losses.CosineSimilarity,
    "huber": keras.losses.Huber,
    "kl_divergence": keras.losses.KLDivergence,
    "log_cosh": keras.losses.LogCosh,
    "mae": keras.losses.MeanAbsoluteError,
    "mape": keras.losses.MeanAbsolutePercentageError,
    "msle": keras.losses.MeanSquaredLogarithmicError,
    "poisson": keras.losses.Poisson,
}
# Keras' long names, too.
NAMES = {
    **LOSSES,
    "mean_squared_error": squared_error,
    "binary_crossentropy": cross_entropy,
    **KERAS_LOSSES,
    "mean_absolute_error": KERAS_LOSSES["mae"],
    "mean_absolute_percentage_error": KERAS_LOSSES["mape"],
    "mean_squared_logarithmic_error": KERAS_LOSSES["msle"],
}


def get(loss, data_shape):
    """The function `(x, reconstruction) -> (batch,)` of a reconstruction loss.

    Args:
        loss: A name in `NAMES`, a `keras.losses.Loss`, or a function.
        data_shape: Shape of one example.

    Raises:
        ValueError: for an unknown name; for a loss or a function that a file could not
            name, that has no value for each example, or that cannot compare examples.
    """
    found = named(loss)
    if found in LOSSES.values():
        return found
    if isinstance(found, keras.losses.Loss):
        _check_settings(found)
    if isinstance(found, _OF_LAST_AXIS) and len(data_shape) > 1:
        raise ValueError(
            f"reconstruction_loss was given as {type(found).__name__}, which compares "
            f"vectors along the last axis. Of data of shape {tuple(data_shape)} that "
            "is one pixel or step. Write a function of whole examples, or take another "
            "loss."
        )
    _check_can_be_saved(found)
    # The call of a `Loss` would reduce the batch, too.
    compare = found.call if isinstance(found, keras.losses.Loss) else found
    _check_values(found, compare, data_shape)

    def error(x, reconstruction):
        values = tf.cast(compare(x, reconstruction), tf.float32)
        return tf.reduce_mean(tf.reshape(values, [tf.shape(x)[0], -1]), axis=1)

    return error


def named(loss):
    """The loss of a name, as a function or a `keras.losses.Loss`; others as they are.

    Raises:
        ValueError: for an unknown name, or what is neither a loss nor a function.
    """
    if isinstance(loss, str):
        found = lookup("reconstruction_loss", loss, NAMES)
        return found() if inspect.isclass(found) else found
    if inspect.isclass(loss) or not callable(loss):
        raise ValueError(
            f"reconstruction_loss was given as {reprlib.repr(loss)}, but expects a "
            "name, an instance of keras.losses.Loss, or a function of x and its "
            f"reconstruction. The names are: {', '.join(sorted(NAMES))}."
        )
    return loss


def needs_unit_interval(loss):
    """Whether the data of a loss must be in [0, 1]."""
    found = named(loss)
    return found is cross_entropy or isinstance(found, _NEEDS_UNIT_INTERVAL)


def _check_settings(loss):
    """Raises a ValueError for settings of a Keras loss that would have no effect."""
    kind = type(loss).__name__
    if loss.reduction not in _REDUCTIONS:
        raise ValueError(
            f"reconstruction_loss was given as {kind}(reduction={loss.reduction!r}), "
            "but a model takes the mean over each example and over the batch itself. "
            "Leave the reduction out."
        )
    if getattr(loss, "from_logits", False):
        raise ValueError(
            f"reconstruction_loss was given as {kind}(from_logits=True), but decode "
            "gives data, no logits. End the decoder with a sigmoid, and leave "
            "from_logits out."
        )


def _check_can_be_saved(loss):
    """Raises a ValueError unless a `.keras` file can name a loss."""
    known = loss if inspect.isfunction(loss) else type(loss)
    name = keras.saving.get_registered_name(known)
    own = getattr(keras.losses, known.__name__, None)
    if known in (own, keras.saving.get_registered_object(name)):
        return
    what = "function" if inspect.isfunction(loss) else "class"
    raise ValueError(
        f"reconstruction_loss was given as {reprlib.repr(loss)}, which a .keras file "
        f"could not hold: Keras does not know its {what}. Define it by name, and put "
        "@keras.saving.register_keras_serializable() above it."
    )


def _check_values(loss, compare, data_shape):
    """Raises a ValueError unless a loss has a value for each of three examples."""
    # A side of any length: some length.
    x = tf.fill([3, *(side or 4 for side in data_shape)], 0.5)
    other = tf.reshape(tf.linspace(0.01, 0.99, tf.size(x)), tf.shape(x))
    try:
        values = compare(x, other)
        shape = tuple(tf.shape(values).numpy())
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"reconstruction_loss was given as {reprlib.repr(loss)}, which fails on x "
            f"and a reconstruction of shape {tuple(x.shape)}: {reason}"
        ) from error
    if shape[:1] != (3,):
        raise ValueError(
            f"reconstruction_loss was given as {reprlib.repr(loss)}, which gives values"
            f" of shape {shape} for 3 examples, but expects a value for each example, "
            "(batch,). Leave the batch axis out of its mean."
        )
    if isinstance(loss, keras.losses.Loss):
        # Keras itself leaves out some settings, such as the delta of a Huber loss.
        restored = type(loss).from_config(loss.get_config()).call(x, other)
        if not np.array_equal(restored, values):
            raise ValueError(
                f"reconstruction_loss was given as a {type(loss).__name__} with a "
                "setting that its get_config leaves out, so a .keras file could not "
                "hold it. Write a function that calls the loss with this setting, and "
                "put @keras.saving.register_keras_serializable() above it."
            )
