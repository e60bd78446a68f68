"""Networks that treat each row of a batch on its own."""

import keras
from keras import layers

from kgen.networks.causal.incremental import OPERATIONS, POSITIONWISE
from kgen.networks.layers.clipping import UnitClip
from kgen.networks.layers.group_norm import GroupNorm
from kgen.networks.layers.instance_norm import InstanceNorm
from kgen.networks.layers.reflection import ReflectionPadding2D

# Layers whose output for a row depends on that row alone, in training as well.
ROWWISE = (
    *(kind for kind in POSITIONWISE if kind is not layers.BatchNormalization),
    layers.AveragePooling2D,
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.Cropping2D,
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.GroupNormalization,
    layers.InputLayer,
    layers.MaxPooling2D,
    layers.Reshape,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
    GroupNorm,
    InstanceNorm,
    ReflectionPadding2D,
    UnitClip,
)


def is_rowwise(network: keras.Model) -> bool:
    """Whether a network is known to treat each row on its own, in training as well.

    Batch normalisation does not. Of a layer that is not listed nothing is known.

    Args:
        network: A Functional or Sequential `keras.Model`.
    """
    if isinstance(network, keras.Sequential):
        return all(type(layer) in ROWWISE for layer in network.layers)
    if not hasattr(network, "operations"):
        return False
    return all(
        type(operation) in ROWWISE or type(operation).__name__ in OPERATIONS
        for operation in network.operations
    )
