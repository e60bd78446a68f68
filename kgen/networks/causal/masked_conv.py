"""Masked convolutions: a pixel sees only earlier pixels in raster order."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from kgen.core.config import lookup
from kgen.networks.causal.layer import CausalLayer, NotIncremental

MASK_TYPES = ("A", "B")
STACKS = ("raster", "vertical")


def mask(
    kernel_size: int | tuple[int, int], mask_type: str, stack: str = "raster"
) -> np.ndarray:
    """1 for the taps of a kernel that see earlier pixels, float32 `(height, width)`.

    Type A leaves out the present pixel, type B keeps it. The stack `"raster"` sees the
    rows above and the pixels to the left. `"vertical"` sees whole rows: the rows above,
    and the present row for type B.

    Args:
        kernel_size: Odd int, or a pair of odd ints.
        mask_type: `"A"` or `"B"`.
        stack: `"raster"` or `"vertical"`.

    Raises:
        ValueError: for an even kernel, or an unknown mask or stack.

    Example:

    >>> print(kgen.networks.causal.mask((5, 5), "A"))
    [[1. 1. 1. 1. 1.]
     [1. 1. 1. 1. 1.]
     [1. 1. 0. 0. 0.]
     [0. 0. 0. 0. 0.]
     [0. 0. 0. 0. 0.]]
    """
    height, width = odd_pair(kernel_size)
    lookup("mask_type", mask_type, dict.fromkeys(MASK_TYPES))
    lookup("stack", stack, dict.fromkeys(STACKS))
    middle, centre = height // 2, width // 2
    taps = np.zeros((height, width), "float32")
    taps[:middle] = 1.0
    if stack == "vertical":
        taps[middle] = mask_type == "B"
    else:
        taps[middle, :centre] = 1.0
        taps[middle, centre] = mask_type == "B"
    return taps


class MaskedConv2D(CausalLayer):
    """A convolution that sees only earlier pixels in raster order.

    The mask is multiplied with the kernel in each forward pass, so no step of an
    optimizer can open it. Output has the size of the input.

    With `groups=3` the channels of an image depend on one another: green on red, and
    blue on both. Channel `i` of every feature map then belongs to group `i mod 3`. At
    the present pixel a group sees the groups before it and, with type B, itself.

    Args:
        filters: Channels of the output.
        kernel_size: Odd int, or a pair of odd ints.
        mask_type: `"A"` on data, `"B"` after that: see `mask`.
        stack: `"raster"`, or `"vertical"` for the stack of a gated PixelCNN that sees
            whole rows with all their groups.
        groups: Number of groups of channels; 1 if the present pixel is a single value.
        blocks: Whether the groups of the output are contiguous, `filters / groups`
            channels each, instead of alternating: for parameters of a likelihood.
        activation: Activation of the output.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input and output: `(batch, height, width, channels)`.

    Raises:
        ValueError: for an even kernel, an unknown mask or stack, or filters that are no
            multiple of the groups.

    References:
        [van den Oord et al., 2016](https://arxiv.org/abs/1601.06759),
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328) (two stacks)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        mask_type: str = "B",
        stack: str = "raster",
        groups: int = 1,
        blocks: bool = False,
        activation: str | Callable | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = odd_pair(kernel_size)
        self.mask_type = mask_type
        self.stack = stack
        seen = mask(kernel_size, mask_type, stack)
        if stack == "vertical" and not seen.any():
            raise ValueError(
                "A vertical stack of type A with a kernel one row high sees nothing. "
                "Choose 3 rows or more."
            )
        if filters < 1 or filters % groups:
            raise ValueError(
                f"filters={filters} cannot be divided among groups={groups}. Choose a "
                "multiple of it."
            )
        self.groups = groups
        self.blocks = blocks
        self.activation = activation
        self._activate = keras.activations.get(activation)

    def build(self, input_shape):
        """Makes kernel and bias."""
        shape = (*self.kernel_size, input_shape[-1], self.filters)
        self.mask = np.broadcast_to(
            mask(self.kernel_size, self.mask_type, self.stack)[..., None, None], shape
        ).copy()
        if self.stack == "raster":
            middle, centre = (size // 2 for size in self.kernel_size)
            self.mask[middle, centre] = self._between_groups(input_shape[-1])
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            # Masked taps add nothing to an output, so the scale is for the others.
            initializer=_of_taps(self.mask),
        )
        self.bias = self.add_weight(name="bias", shape=(self.filters,))
        self.built = True

    def _between_groups(self, channels):
        """Which channels of the present pixel a filter sees, `(channels, filters)`."""
        sources = np.arange(channels) % self.groups
        targets = np.arange(self.filters)
        if self.blocks:
            targets = targets * self.groups // self.filters
        targets = targets % self.groups
        if self.mask_type == "A":
            return sources[:, None] < targets
        return sources[:, None] <= targets

    def masked_kernel(self):
        """The kernel with zeros at masked taps."""
        kernel = tf.cast(self.kernel, self.compute_dtype)
        return kernel * tf.cast(self.mask, self.compute_dtype)

    def call(self, x):
        """The convolution of all pixels at once."""
        kernel = self.masked_kernel()
        # On CPUs a PixelCNN trains in two thirds of the time if 1x1 convolutions are
        # products, and if padding is an operation of its own.
        if self.kernel_size == (1, 1):
            y = tf.tensordot(x, kernel[0, 0], axes=1)
        else:
            # Rows of the kernel that see nothing are left out instead of adding zeros.
            rows, (above, beside) = self._rows(), self._reach()
            if rows == above:  # The last row is above no other.
                x = x[:, :-1]
            x = tf.pad(x, [[0, 0], [above, 0], [beside, beside], [0, 0]])
            y = tf.nn.conv2d(x, kernel[:rows], strides=1, padding="VALID")
        return self._finished(y, self.bias)

    def _finished(self, y, bias):
        """The activation of sums and bias, rounded in the same way in all graphs."""
        y, bias = (tf.cast(part, self.compute_dtype) for part in (y, bias))
        y = tf.nn.bias_add(*(tf.cast(part, self._sum_dtype) for part in (y, bias)))
        return self._activate(tf.cast(y, self.compute_dtype))

    def compute_output_shape(self, input_shape):
        """The size of the input, with `filters` channels."""
        return (*input_shape[:-1], self.filters)

    def _reach(self):
        """Numbers of rows above and of columns to each side that the kernel sees."""
        return self.kernel_size[0] // 2, self.kernel_size[1] // 2

    def _rows(self):
        """Number of rows of the kernel that have taps inside the mask."""
        strictly_above = self.stack == "vertical" and self.mask_type == "A"
        return self.kernel_size[0] // 2 + (0 if strictly_above else 1)

    def known_early(self, input_known_early):
        """True for the vertical stack, which needs whole rows."""
        if self.stack == "raster":
            return False
        if self.mask_type == "B" and not input_known_early:
            raise NotIncremental(
                f"{self.name} sees the whole present row, but its input is known only "
                "pixel by pixel. Start the vertical stack with type A."
            )
        return True

    @property
    def _sum_dtype(self):
        """At least float32, so that two partial sums round like one whole sum."""
        return keras.backend.result_type(self.compute_dtype, "float32")

    def start(self, value, width):
        """Zeros above and to the left of the image, and the masked kernel."""
        above, beside = self._reach()
        kernel, batch = self.masked_kernel(), tf.shape(value)[0]
        state = {"bias": tf.cast(self.bias, self.compute_dtype)}
        if self.stack == "raster":  # The taps to the left, and the present one.
            taps = kernel[above, : beside + 1]
            taps = tf.reshape(taps, [-1, self.filters])
            state["taps"] = tf.cast(taps, self._sum_dtype)
        if above or beside or self.stack == "vertical":
            shape = [batch, width + 2 * beside, value.shape[-1]]
            state["row"] = tf.zeros(shape, value.dtype)
        if above or self.stack == "vertical":
            state["kernel"] = kernel[: self._rows()]
        if above:
            state["above"] = tf.repeat(state["row"][:, None], above, axis=1)
            state["sums"] = tf.zeros([batch, width, self.filters], self._sum_dtype)
        return state

    def begin_row(self, state, row):
        """Moves the rows up, and adds up the contributions of the rows above."""
        if "row" not in state:
            return None, state
        above, beside = self._reach()
        seen = state["row"][:, None]
        if above:
            seen = tf.concat([state["above"], seen], axis=1)[:, 1:]
            state = {**state, "above": seen}
        if self.stack == "raster":
            # No pixel of the present row is known yet.
            state = {**state, "row": tf.zeros_like(state["row"])}
            if above:
                kernel = tf.cast(state["kernel"][:above], self._sum_dtype)
                sums = _valid(tf.cast(seen, self._sum_dtype), kernel)
                state = {**state, "sums": sums[:, 0]}
            return None, state
        if self.mask_type == "B":
            row = tf.pad(row, [[0, 0], [0, 0], [beside, beside], [0, 0]])
            state = {**state, "row": row[:, 0]}
            seen = tf.concat([seen, row], axis=1) if above else row
        return self._finished(_valid(seen, state["kernel"]), state["bias"]), state

    def next_position(self, state, value, column):
        """Adds the contribution of the pixels to the left to the sums of the row."""
        above, beside = self._reach()
        seen = value[:, 0, 0]
        if "row" in state:
            row = put(state["row"], seen, column + beside)
            state = {**state, "row": row}
            if self.stack == "vertical":
                return None, state
            seen = row[:, column : column + beside + 1]
            seen = tf.reshape(seen, [-1, (beside + 1) * value.shape[-1]])
        y = tf.matmul(tf.cast(seen, self._sum_dtype), state["taps"])
        if above:
            y += state["sums"][:, column]
        return self._finished(y, state["bias"])[:, None, None], state

    def record(self, state, value, column):
        """Puts the value into its row."""
        if "row" not in state:
            return state
        column += self._reach()[1]
        return {**state, "row": put(state["row"], value[:, 0, 0], column)}


def odd_pair(kernel_size):
    """Height and width of a kernel, both odd."""
    pair = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
    if len(pair) != 2 or not all(size % 2 for size in pair):
        raise ValueError(
            f"kernel_size={kernel_size} of a masked convolution has no middle. Choose "
            "an odd size, or a pair of odd sizes."
        )
    return pair


def _of_taps(taps):
    """Glorot's initial values for a kernel that has only these taps."""
    initializer = keras.initializers.GlorotUniform()
    scale = 1.0 / max(np.sqrt(taps.mean()), 1e-3)
    return lambda shape, dtype: initializer(shape, dtype) * tf.cast(scale, dtype)


def _valid(rows, kernel):
    """One row `(batch, 1, width, filters)` from the rows that the kernel covers."""
    return tf.nn.conv2d(rows, kernel, strides=1, padding="VALID")


def put(row, value, column):
    """A row `(batch, width, channels)` with a new value at a column."""
    here = tf.range(row.shape[1])[:, None] == column
    return tf.where(here, value[:, None], row)
