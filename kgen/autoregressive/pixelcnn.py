"""Networks of masked convolutions: PixelCNN, plain and gated."""

import keras

from kgen.autoregressive.masked_conv import MaskedConv2D
from kgen.autoregressive.positions import Positions
from kgen.networks.inputs import labels_input, network


def pixelcnn(
    data_shape,
    num_parameters=1,
    width=32,
    num_blocks=5,
    kernel_size=3,
    first_kernel_size=7,
    head=32,
    dropout=0.0,
    positions=True,
    joint=False,
    num_codes=None,
    num_classes=None,
    name="pixelcnn",
):
    """PixelCNN: a masked convolution of type A, residual blocks of type B, a head.

    A block is `h + conv1(conv_k(conv1(h)))`, ReLU before each, from `2 * width`
    channels to `width` and back. Its view has a blind spot, to the right of the
    pixels above, which `gated_pixelcnn` has not.

    Args:
        data_shape: `(height, width, channels)`; with `num_codes` `(height, width)`.
        num_parameters: Of the likelihood for each value, all of a pixel's if `joint`.
        width: Half of the channels of a block.
        num_blocks: Residual blocks.
        kernel_size: Of the blocks, odd.
        first_kernel_size: Of the first convolution, odd.
        head: Channels of the convolution before the last.
        dropout: Share of a block's channels that are left out in training.
        positions: Whether a learned vector for each place is added after the first
            convolution.
        joint: Whether the likelihood is of whole pixels, so that the network has no
            groups of channels.
        num_codes: Number of codes, for data of ints.
        num_classes: If given, the network takes `labels`, and each block adds a bias of
            the class.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, labels] -> (batch, height, width, channels *
        num_parameters)`.

    References:
        [van den Oord et al., 2016](https://arxiv.org/abs/1601.06759)
    """
    x, h, groups = start(data_shape, num_codes, joint)
    labels = labels_input(num_classes)

    def conv(size, filters, mask_type="B", **options):
        return MaskedConv2D(filters, size, mask_type, groups=groups, **options)

    width, head = multiple(width, groups), multiple(head, groups)
    h = conv(first_kernel_size, 2 * width, "A")(h)
    if positions:
        h = Positions()(h)
    for _ in range(num_blocks):
        r = conv(1, width)(keras.layers.ReLU()(h))
        r = conv(kernel_size, width)(keras.layers.ReLU()(r))
        r = with_class(r, labels, num_classes)
        r = keras.layers.ReLU()(r)
        if dropout:
            r = keras.layers.Dropout(dropout)(r)
        h = keras.layers.Add()([h, conv(1, 2 * width)(r)])
    h = conv(1, head, activation="relu")(keras.layers.ReLU()(h))
    output = conv(1, outputs(data_shape, num_parameters, num_codes, joint), blocks=True)
    return network(name, (x, labels), output(h))


def gated_pixelcnn(
    data_shape,
    num_parameters=1,
    width=32,
    num_blocks=5,
    kernel_size=3,
    first_kernel_size=7,
    head=32,
    dropout=0.0,
    positions=True,
    joint=False,
    num_codes=None,
    num_classes=None,
    name="gated_pixelcnn",
):
    """Gated PixelCNN: two stacks, which leave no blind spot, of gated units.

    The vertical stack sees the rows above and no other, the horizontal one what is to
    the left, and the vertical. A unit is `tanh(a + c) * sigmoid(b + d)`, `a` and `b`
    from convolutions, `c` and `d` the class's; the horizontal stack is residual, and
    each block adds to what the head takes.

    Args:
        data_shape: See `pixelcnn`.
        num_parameters: See `pixelcnn`.
        width: Channels of both stacks.
        num_blocks: Blocks after the first.
        kernel_size: Of the blocks, odd: of rows above and pixels beside.
        first_kernel_size: Of the first block, odd.
        head: Channels of the convolution before the last.
        dropout: Share of a unit's channels that are left out in training.
        positions: See `pixelcnn`.
        joint: See `pixelcnn`.
        num_codes: See `pixelcnn`.
        num_classes: If given, the network takes `labels`.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, labels] -> (batch, height, width, channels *
        num_parameters)`.

    References:
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328)
    """
    x, h, groups = start(data_shape, num_codes, joint)
    labels = labels_input(num_classes)
    width, head = multiple(width, groups), multiple(head, groups)

    def conv(size, filters, mask_type="B", **options):
        return MaskedConv2D(filters, size, mask_type, groups=groups, **options)

    def gated(h):
        h = with_class(h, labels, num_classes)
        value, gate = keras.ops.split(h, 2, axis=-1)
        h = keras.ops.tanh(value) * keras.ops.sigmoid(gate)
        return keras.layers.Dropout(dropout)(h) if dropout else h

    vertical = horizontal = h
    skips = []
    for block in range(num_blocks + 1):
        first = block == 0
        size, mask_type = (first_kernel_size, "A") if first else (kernel_size, "B")
        v = conv(size, 2 * width, mask_type, stack="vertical")(vertical)
        if first and positions:
            v = Positions()(v)
        vertical = gated(v)
        h = conv((1, size), 2 * width, mask_type)(horizontal)
        if first and positions:
            h = Positions()(h)
        # The rows above are known, all channels of them.
        h = gated(h + conv(1, 2 * width, stack="vertical")(v))
        skips.append(conv(1, head)(h))
        h = conv(1, width)(h)
        horizontal = h if first else horizontal + h
    h = keras.layers.ReLU()(keras.layers.Add()(skips) if num_blocks else skips[0])
    h = conv(1, head, activation="relu")(h)
    output = conv(1, outputs(data_shape, num_parameters, num_codes, joint), blocks=True)
    return network(name, (x, labels), output(h))


def start(data_shape, num_codes, joint):
    """The input of a network over a grid, its first feature map, and its groups.

    Args:
        data_shape: See `pixelcnn`.
        num_codes: See `pixelcnn`.
        joint: See `pixelcnn`.
    """
    if num_codes is None:
        x = keras.Input(tuple(data_shape), name="x")
        return x, keras.layers.Rescaling(2.0, -1.0)(x), 1 if joint else data_shape[-1]
    x = keras.Input(tuple(data_shape), name="x", dtype="int32")
    return x, keras.layers.Embedding(num_codes, EMBEDDING)(x), 1


def outputs(data_shape, num_parameters, num_codes, joint):
    """Parameters for each place; arguments as of `pixelcnn`."""
    values = 1 if joint or num_codes is not None else data_shape[-1]
    return values * num_parameters


def multiple(width, groups):
    """The number of channels, rounded up so that all groups have as many."""
    return -(-width // groups) * groups


def with_class(h, labels, num_classes):
    """A feature map plus a vector of the class, if there are classes."""
    if labels is None:
        return h
    shape = (*[1] * (len(h.shape) - 2), h.shape[-1])
    bias = keras.layers.Embedding(num_classes, h.shape[-1])(labels)
    return keras.layers.Add()([h, keras.layers.Reshape(shape)(bias)])


EMBEDDING = 16  # Size of the vector that stands for a code.
