"""Max pooling that gives the places of the maxima, and unpooling to any places."""

import keras
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer


class MaxPoolWithArgmax2D(ConfiguredLayer):
    """The largest value of each window, and its place.

    Windows lie side by side. If they do not fit, height and width are rounded up
    (Keras' `padding="same"`), so every pixel has a window. Among equal values the first
    one, row by row, counts as the largest, and it alone gets the gradient.

    Places are a mask of the size of the image, not indices: it is true where a value is
    the largest of its window. So `MaxUnpool2D` needs no size, odd or even, and rows may
    be taken out of a batch.

    Args:
        pool_size: Height and width of a window.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for a `pool_size` below 1.

    Example:

    >>> x = np.reshape([3, 1, 0, 2, 5, 4, 9, 6, 7], (1, 3, 3, 1))
    >>> pooled, places = kgen.networks.MaxPoolWithArgmax2D()(x)
    >>> pooled.numpy()[0, :, :, 0]
    array([[5, 4],
           [9, 7]])
    >>> kgen.networks.MaxUnpool2D()([pooled, places]).numpy()[0, :, :, 0]
    array([[0, 0, 0],
           [0, 5, 4],
           [9, 0, 7]])

    References:
        [Zeiler & Fergus, 2014](https://arxiv.org/abs/1311.2901),
        [Badrinarayanan et al., 2017](https://arxiv.org/abs/1511.00561)
    """

    def __init__(self, pool_size: int = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.pool_size = check_count("MaxPoolWithArgmax2D", "pool_size", pool_size)

    def call(self, x):
        """`(batch, height, width, channels)` to the maxima and the mask of places."""
        margins = _margins(tf.shape(x), self.pool_size)
        padded = tf.pad(x, margins, constant_values=x.dtype.min)
        windows = _windows(padded, self.pool_size)
        largest = tf.one_hot(
            tf.argmax(windows, axis=3), self.pool_size**2, True, False, axis=3
        )
        # A sum with one term: the gradient of a maximum is shared among equal values.
        pooled = tf.reduce_sum(tf.where(largest, windows, 0), axis=3)
        places = _without(_image(largest, self.pool_size), margins, tf.shape(x))
        pooled = tf.ensure_shape(pooled, (x.shape[0], None, None, x.shape[-1]))
        return pooled, tf.ensure_shape(places, x.shape)

    def compute_output_spec(self, x):
        """The maxima, with sizes rounded up, and the mask."""
        batch, *size, channels = x.shape
        size = [n if n is None else -(-n // self.pool_size) for n in size]
        return (
            keras.KerasTensor((batch, *size, channels), x.dtype),
            keras.KerasTensor(x.shape, "bool"),
        )


class MaxUnpool2D(ConfiguredLayer):
    """Puts each value at the place of its window's maximum, and zeros elsewhere.

    The values need not be the maxima: in a decoder they come from a deeper layer, with
    the same number of channels as the places. A convolution usually follows.

    Args:
        pool_size: The `pool_size` of the `MaxPoolWithArgmax2D` that gave the places.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for a `pool_size` below 1, or values that do not fit the places.

    References:
        [Zeiler & Fergus, 2014](https://arxiv.org/abs/1311.2901),
        [Badrinarayanan et al., 2017](https://arxiv.org/abs/1511.00561)
    """

    def __init__(self, pool_size: int = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.pool_size = check_count("MaxUnpool2D", "pool_size", pool_size)

    def build(self, input_shape):
        """Checks that there is a window for each value."""
        values, places = input_shape
        windows = [n if n is None else -(-n // self.pool_size) for n in places[1:3]]
        expected = (*windows, places[-1])
        pairs = zip(values[1:], expected, strict=True)
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise ValueError(
                f"MaxUnpool2D was given values of shape {tuple(values[1:])}, but "
                f"places {tuple(places[1:])} in windows of {self.pool_size} are for "
                f"{expected}. Bring the values to this size and number of channels, "
                "or take the places of another layer."
            )

    def call(self, inputs):
        """`[values, places]` to `(batch, height, width, channels)` of the places."""
        values, places = inputs
        size = tf.shape(places)
        for axis in (1, 2):
            values = tf.repeat(values, self.pool_size, axis)
        values = _without(values, _margins(size, self.pool_size), size)
        return tf.ensure_shape(tf.where(places, values, 0), places.shape)

    def compute_output_shape(self, input_shape):
        """The shape of the places."""
        return input_shape[1]


class Unpool2D(ConfiguredLayer):
    """Puts each value in the upper left pixel of its window, and zeros elsewhere.

    Unpooling for a decoder that gets a code alone, so that no maxima are known to it. A
    convolution usually follows. The two together are a transposed convolution: its
    kernel is the convolution's, turned by half a turn.

    Args:
        pool_size: Height and width of a window.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for a `pool_size` below 1.

    Example:

    >>> x = np.reshape([1, 2, 3, 4], (1, 2, 2, 1))
    >>> kgen.networks.Unpool2D()(x).numpy()[0, :, :, 0]
    array([[1, 0, 2, 0],
           [0, 0, 0, 0],
           [3, 0, 4, 0],
           [0, 0, 0, 0]])

    References:
        [Dosovitskiy et al., 2015](https://arxiv.org/abs/1411.5928)
    """

    def __init__(self, pool_size: int = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.pool_size = check_count("Unpool2D", "pool_size", pool_size)

    def call(self, x):
        """`(batch, h, w, channels)` to `(batch, h pool_size, w pool_size, ...)`."""
        batch, height, width, channels = tf.unstack(tf.shape(x))
        around = [[0, 0], [0, self.pool_size - 1]]
        pixels = tf.reshape(x, (batch, height, 1, width, 1, channels))
        pixels = tf.pad(pixels, [[0, 0], *around, *around, [0, 0]])
        size = (height * self.pool_size, width * self.pool_size)
        found = tf.reshape(pixels, (batch, *size, channels))
        return tf.ensure_shape(found, self.compute_output_shape(x.shape))

    def compute_output_shape(self, input_shape):
        """Height and width times `pool_size`."""
        batch, *size, channels = input_shape
        size = [n if n is None else n * self.pool_size for n in size]
        return (batch, *size, channels)


def _margins(shape, pool_size):
    """Rows and columns that whole windows need before and after, as for `tf.pad`."""
    missing = -shape[1:3] % pool_size
    before = missing // 2
    inner = tf.stack([before, missing - before], axis=1)
    return tf.pad(inner, [[1, 1], [0, 0]])


def _without(x, margins, shape):
    """The part of x inside the margins, with this shape."""
    return tf.slice(x, margins[:, 0], shape)


def _windows(x, pool_size):
    """An image as `(batch, rows, columns, pool_size ** 2, channels)`."""
    batch, height, width, channels = tf.unstack(tf.shape(x))
    rows, columns = height // pool_size, width // pool_size
    x = tf.reshape(x, (batch, rows, pool_size, columns, pool_size, channels))
    x = tf.transpose(x, (0, 1, 3, 2, 4, 5))
    return tf.reshape(x, (batch, rows, columns, pool_size**2, channels))


def _image(windows, pool_size):
    """The image of these windows."""
    batch, rows, columns, _, channels = tf.unstack(tf.shape(windows))
    x = tf.reshape(windows, (batch, rows, columns, pool_size, pool_size, channels))
    x = tf.transpose(x, (0, 1, 3, 2, 4, 5))
    return tf.reshape(x, (batch, rows * pool_size, columns * pool_size, channels))
