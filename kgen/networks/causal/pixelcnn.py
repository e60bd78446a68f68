"""Networks of masked convolutions: PixelCNN, plain and gated."""

from collections.abc import Sequence

import keras

from kgen.networks.causal.grid import Grid, dropped
from kgen.networks.causal.positions import Positions
from kgen.networks.settings import checked


@checked
def pixelcnn(
    data_shape: Sequence[int],
    num_parameters: int = 1,
    width: int = 32,
    num_blocks: int = 5,
    kernel_size: int = 3,
    first_kernel_size: int = 7,
    head_filters: int = 32,
    dropout: float = 0.0,
    positions: bool = True,
    joint: bool = False,
    num_codes: int | None = None,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "pixelcnn",
) -> keras.Model:
    """PixelCNN: a masked convolution of type A, residual blocks of type B, a head.

    A block is `h + conv1(conv_k(conv1(h)))`, with a ReLU before each, from `2 * width`
    channels to `width` and back. Some pixels to the right in the rows above are in a
    blind spot, which `gated_pixelcnn` does not have.

    Args:
        data_shape: `(height, width, channels)`; with `num_codes` `(height, width)`.
        num_parameters: Parameters of the likelihood for each value, or for a whole
            pixel if `joint`.
        width: Half of the channels of a block.
        num_blocks: Number of residual blocks.
        kernel_size: Kernel size of the blocks, odd.
        first_kernel_size: Kernel size of the first convolution, odd.
        head_filters: Channels of the convolution before the last.
        dropout: Share of a block's channels that are left out in training.
        positions: Whether a learned vector for each position is added after the first
            convolution.
        joint: Whether the likelihood is for whole pixels; the network then has no
            groups of channels.
        num_codes: Number of codes, for data of ints.
        num_classes: If given, the network takes `labels`, and each block adds a bias of
            the class.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, height, width, channels *
        num_parameters)`.

    References:
        [van den Oord et al., 2016](https://arxiv.org/abs/1601.06759)
    """
    grid = Grid(
        data_shape, num_parameters, joint, num_codes, num_classes, context_shape
    )
    width = grid.rounded(width)
    h = grid.first(first_kernel_size, 2 * width, positions)
    for _ in range(num_blocks):
        r = grid.conv(1, width)(keras.layers.ReLU()(h))
        r = grid.conv(kernel_size, width)(keras.layers.ReLU()(r))
        r = keras.layers.ReLU()(grid.with_class(r))
        r = grid.conv(1, 2 * width)(dropped(r, dropout))
        h = keras.layers.Add()([h, r])
    return grid.finished(h, head_filters, name)


@checked
def gated_pixelcnn(
    data_shape: Sequence[int],
    num_parameters: int = 1,
    width: int = 32,
    num_blocks: int = 5,
    kernel_size: int = 3,
    first_kernel_size: int = 7,
    head_filters: int = 32,
    dropout: float = 0.0,
    positions: bool = True,
    joint: bool = False,
    num_codes: int | None = None,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "gated_pixelcnn",
) -> keras.Model:
    """Gated PixelCNN: two stacks of gated units, without a blind spot.

    The vertical stack sees the rows above. The horizontal stack sees the pixels to the
    left, and the vertical stack. A unit is `tanh(a + c) * sigmoid(b + d)`, with `a` and
    `b` from convolutions, and `c` and `d` from the class. The horizontal stack is
    residual. The head takes a sum over all blocks.

    Args:
        data_shape: See `pixelcnn`.
        num_parameters: See `pixelcnn`.
        width: Channels of both stacks.
        num_blocks: Number of blocks after the first.
        kernel_size: Kernel size of the blocks, odd, in rows and in columns.
        first_kernel_size: Kernel size of the first block, odd.
        head_filters: Channels of the convolution before the last.
        dropout: Share of a unit's channels that are left out in training.
        positions: See `pixelcnn`.
        joint: See `pixelcnn`.
        num_codes: See `pixelcnn`.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, height, width, channels *
        num_parameters)`.

    References:
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328)
    """
    grid = Grid(
        data_shape, num_parameters, joint, num_codes, num_classes, context_shape
    )
    width, conv = grid.rounded(width), grid.conv

    def gated(h):
        value, gate = keras.ops.split(grid.with_class(h), 2, axis=-1)
        return dropped(keras.ops.tanh(value) * keras.ops.sigmoid(gate), dropout)

    vertical = horizontal = grid.start
    skips = []
    for block in range(num_blocks + 1):
        first = block == 0
        size, mask_type = (first_kernel_size, "A") if first else (kernel_size, "B")
        v = conv(size, 2 * width, mask_type, stack="vertical")(vertical)
        h = conv((1, size), 2 * width, mask_type)(horizontal)
        if first and positions:
            v, h = Positions()(v), Positions()(h)
        vertical = gated(v)
        # All channels of the rows above are known.
        h = gated(h + conv(1, 2 * width, stack="vertical")(v))
        skips.append(conv(1, grid.rounded(head_filters))(h))
        h = conv(1, width)(h)
        horizontal = h if first else horizontal + h
    return grid.finished(sum(skips[1:], skips[0]), head_filters, name)
