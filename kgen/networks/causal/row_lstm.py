"""PixelRNN: an LSTM that goes down an image row by row."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from kgen.networks.causal.grid import Grid, dropped
from kgen.networks.causal.layer import CausalLayer
from kgen.networks.causal.masked_conv import odd_pair, put
from kgen.networks.settings import checked


class RowLSTM(CausalLayer):
    """The recurrence of a row LSTM: all pixels of a row at once, row after row.

    `(o, f, i, g) = gates + K * h`, a convolution along the row of the state above;
    `c = sigmoid(f) * c_above + sigmoid(i) * tanh(g)`; `h = sigmoid(o) * tanh(c)`.
    A pixel sees a triangle above it.

    Args:
        kernel_size: Size of K, odd.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input: `(batch, height, width, 4 * units)`, from the masked input-to-state
    convolution. Output: `(batch, height, width, units)`.

    References:
        [van den Oord et al., 2016](https://arxiv.org/abs/1601.06759)
    """

    def __init__(self, kernel_size: int = 3, **kwargs) -> None:
        super().__init__(**kwargs)
        self.kernel_size, _ = odd_pair(kernel_size)

    def build(self, input_shape):
        """Makes the kernel K."""
        if input_shape[-1] % 4:
            raise ValueError(
                f"A row LSTM takes four gates side by side, but {input_shape[-1]} "
                "channels were given. Give it 4 * units channels."
            )
        self.units = input_shape[-1] // 4
        shape = (self.kernel_size, self.units, 4 * self.units)
        self.kernel = self.add_weight(name="kernel", shape=shape)
        self.built = True

    def call(self, gates):
        """The recurrence over all rows."""
        rows = tf.transpose(gates, [1, 0, 2, 3])
        blank = tf.zeros_like(rows[0, :, :, : self.units])

        def step(state, row):
            return self._cell(row + self._from_above(state[0]), state[1])

        h, _ = tf.scan(step, rows, (blank, blank))
        return tf.transpose(h, [1, 0, 2, 3])

    def _from_above(self, h):
        """`K * h`, `(batch, width, 4 * units)`."""
        kernel = tf.cast(self.kernel, self.compute_dtype)
        return tf.nn.conv1d(h, kernel, stride=1, padding="SAME")

    def _cell(self, gates, c):
        """h and c from the sum of gates and the c of the row above."""
        o, f, i, g = tf.split(gates, 4, axis=-1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

    def compute_output_shape(self, input_shape):
        """The size of the input, with a quarter of its channels."""
        return (*input_shape[:-1], input_shape[-1] // 4)

    def start(self, value, width):
        """Zeros above the image."""
        batch = tf.shape(value)[0]
        blank = tf.zeros([batch, width, self.units], value.dtype)
        sums = tf.zeros([batch, width, 4 * self.units], value.dtype)
        return {"h": blank, "c": blank, "c_above": blank, "sums": sums}

    def begin_row(self, state, row):
        """Makes the finished row the row above."""
        above = {"c_above": state["c"], "sums": self._from_above(state["h"])}
        return None, {**state, **above}

    def next_position(self, state, value, column):
        """The output of the cell at a pixel."""
        gates = value[:, 0, 0] + state["sums"][:, column]
        h, c = self._cell(gates, state["c_above"][:, column])
        rows = {"h": put(state["h"], h, column), "c": put(state["c"], c, column)}
        return h[:, None, None], {**state, **rows}


@checked
def pixelrnn(
    data_shape: Sequence[int],
    num_parameters: int = 1,
    width: int = 32,
    num_blocks: int = 3,
    kernel_size: int = 3,
    first_kernel_size: int = 7,
    head_filters: int = 32,
    dropout: float = 0.0,
    positions: bool = True,
    joint: bool = False,
    num_codes: int | None = None,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "pixelrnn",
) -> keras.Model:
    """PixelRNN: a masked convolution of type A, residual row LSTMs, a head.

    Args:
        data_shape: See `pixelcnn`.
        num_parameters: See `pixelcnn`.
        width: Units of each LSTM; feature maps have `2 * width` channels.
        num_blocks: Number of LSTMs.
        kernel_size: Kernel size of their convolutions along a row, odd.
        first_kernel_size: Kernel size of the first convolution, odd.
        head_filters: Channels of the convolution before the last.
        dropout: Share of channels that are left out in training before each LSTM.
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
        [van den Oord et al., 2016](https://arxiv.org/abs/1601.06759)
    """
    grid = Grid(
        data_shape, num_parameters, joint, num_codes, num_classes, context_shape
    )
    width = grid.rounded(width)
    h = grid.first(first_kernel_size, 2 * width, positions)
    for _ in range(num_blocks):
        gates = grid.conv((1, kernel_size), 4 * width)(dropped(h, dropout))
        r = RowLSTM(kernel_size)(grid.with_class(gates))
        h = keras.layers.Add()([h, grid.conv(1, 2 * width)(r)])
    return grid.finished(h, head_filters, name)
