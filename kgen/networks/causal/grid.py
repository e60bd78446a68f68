"""The shared parts of networks over an image or over a grid of codes."""

import keras

from kgen.networks.causal.masked_conv import MaskedConv2D
from kgen.networks.causal.positions import Positions
from kgen.networks.inputs import (
    are_images,
    condition_input,
    condition_vector,
    network,
    sized_like,
)
from kgen.networks.layers.dropout import Dropout

EMBEDDING = 16  # Size of the vector for a code.


class Grid:
    """A network under construction: its input, groups of channels, and last layers.

    Args:
        data_shape: `(height, width, channels)`; with `num_codes` `(height, width)`.
        num_parameters: Parameters of the likelihood for each value, or for a whole
            pixel if `joint`.
        joint: Whether the likelihood is for whole pixels.
        num_codes: Number of codes, for data of ints.
        num_classes: Number of classes, or `None`.
        context_shape: If given, the network takes a `context` instead of labels.
    """

    def __init__(
        self,
        data_shape,
        num_parameters,
        joint,
        num_codes,
        num_classes,
        context_shape=None,
    ):
        shape = tuple(data_shape)
        if num_codes is None:
            self.x = keras.Input(shape, name="x")
            self.start = keras.layers.Rescaling(2.0, -1.0)(self.x)
        else:
            self.x = keras.Input(shape, name="x", dtype="int32")
            self.start = keras.layers.Embedding(num_codes, EMBEDDING)(self.x)
        # Without groups the present pixel is a single value to the network.
        self.groups = 1 if joint or num_codes is not None else shape[-1]
        self.num_outputs = self.groups * num_parameters
        self.num_classes = num_classes
        self.condition = condition_input(num_classes, context_shape)

    def rounded(self, channels):
        """Channels, rounded up to a multiple of the number of groups."""
        return -(-channels // self.groups) * self.groups

    def conv(self, kernel_size, filters, mask_type="B", **options):
        """A `MaskedConv2D` with the groups of this grid."""
        return MaskedConv2D(
            filters, kernel_size, mask_type, groups=self.groups, **options
        )

    def first(self, kernel_size, filters, positions):
        """The feature map after a first convolution, of type A."""
        h = self.conv(kernel_size, filters, "A")(self.start)
        return Positions()(h) if positions else h

    def with_class(self, h):
        """A feature map plus a vector of the condition, if there is one."""
        return with_class(h, self.condition, self.num_classes)

    def finished(self, h, head_filters, name):
        """The network with its last layers: `head_filters` channels, then outputs."""
        h = keras.layers.ReLU()(h)
        h = self.conv(1, self.rounded(head_filters), activation="relu")(h)
        output = self.conv(1, self.num_outputs, blocks=True)(h)
        return network(name, (self.x, self.condition), output)


def with_class(h, condition, num_classes):
    """Vectors at all positions, plus a vector of the condition, if there is one.

    An image as condition gives a vector for each position, from all around it.

    Args:
        h: Symbolic tensor `(batch, ..., channels)`.
        condition: Symbolic labels `(batch,)`, context `(batch, *context_shape)`, or
            `None`.
        num_classes: Number of classes; `None` with a context.
    """
    if condition is None:
        return h
    if are_images(h, condition):
        whole = sized_like(condition, h)
        seen = keras.layers.Conv2D(h.shape[-1], 5, padding="same")(whole)
        return keras.layers.Add()([h, seen])
    shape = (*[1] * (len(h.shape) - 2), h.shape[-1])
    if num_classes is None:
        vector = condition_vector(condition, num_classes)
        bias = keras.layers.Dense(h.shape[-1])(vector)
    else:
        bias = keras.layers.Embedding(num_classes, h.shape[-1])(condition)
    return keras.layers.Add()([h, keras.layers.Reshape(shape)(bias)])


def dropped(h, rate):
    """A feature map with dropout, if `rate` is above 0."""
    return Dropout(rate)(h) if rate else h
