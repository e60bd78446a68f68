"""Errors of reconstructions."""

import keras


def cross_entropy(x, reconstruction):
    """Mean binary cross-entropy in nats, one value per example; both in [0, 1]."""
    axes = tuple(range(1, len(x.shape)))
    return keras.ops.mean(keras.ops.binary_crossentropy(x, reconstruction), axis=axes)
