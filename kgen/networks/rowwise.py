"""Networks that treat each row of a batch on its own."""

import keras
from keras import layers

from kgen.networks.layers.activations import Gated, Maxout
from kgen.networks.layers.clipping import UnitClip
from kgen.networks.layers.group_norm import GroupNorm
from kgen.networks.layers.instance_norm import InstanceNorm
from kgen.networks.layers.reflection import ReflectionPadding2D

# Layers whose output for a row depends on that row alone, in training as well.
ROWWISE = {
    layers.Activation,
    layers.Add,
    layers.AveragePooling2D,
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.Cropping2D,
    layers.Dense,
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.GroupNormalization,
    layers.InputLayer,
    layers.LeakyReLU,
    layers.MaxPooling2D,
    layers.ReLU,
    layers.Rescaling,
    layers.Reshape,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
    Gated,
    GroupNorm,
    InstanceNorm,
    Maxout,
    ReflectionPadding2D,
    UnitClip,
}


def is_rowwise(network: keras.Model) -> bool:
    """Whether a network is known to treat each row on its own, in training as well.

    Batch normalisation does not. Nothing is known of a subclass, of other layers, of
    operations between layers, or of a function that a user passes as an activation.

    Args:
        network: A `keras.Model`.
    """
    parts = getattr(network, "operations", None) or getattr(network, "layers", [])
    return bool(parts) and _is_of_keras(type(network)) and all(map(_is_rowwise, parts))


def _is_rowwise(part):
    activation = getattr(part, "activation", None)
    known = activation is None or _is_of_keras(activation)
    # Statistics over the first axis would be those of the batch.
    return type(part) in ROWWISE and known and getattr(part, "axis", -1) != 0


def _is_of_keras(thing):
    """Whether a class or a function is one of Keras or of kgen."""
    return getattr(thing, "__module__", "").split(".")[0] in ("keras", "kgen")
