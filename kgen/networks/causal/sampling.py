"""The loops that draw a sample position by position, each inside one graph."""

import dataclasses
from collections.abc import Callable

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Canvas:
    """The image or sequence to draw, in the units of the network.

    Args:
        given: Given values, `(batch, rows, width, channels)`; a sequence is one row.
        known: Mask of the values that are known, of the same shape.
        u: Uniform numbers for each position, `(batch, rows, width, n)`.
        draw: Function from the network's output at a position, `(batch, parameters)`,
            and uniform numbers `(batch, n)` to values `(batch, channels)`.
        passes: Number of runs of the network at a position: one for each channel, if
            channels depend on one another through the network.
        position_shape: Shape of the network's input at one position.
    """

    given: tf.Tensor
    known: tf.Tensor
    u: tf.Tensor
    draw: Callable
    passes: int
    position_shape: tuple

    def as_input(self, value):
        """Values `(batch, channels)` as the network's input at a position."""
        return tf.reshape(value, [-1, *self.position_shape])

    def settle(self, value, parameters, index, turn):
        """The values of a position after a pass of the network.

        Args:
            value: The values so far, `(batch, channels)`.
            parameters: The network's output at the position.
            index: Row and column.
            turn: Index of the pass.
        """
        row, column = index
        drawn = self.draw(parameters, self.u[:, row, column])
        known, given = self.known[:, row, column], self.given[:, row, column]
        drawn = tf.where(known, given, tf.cast(drawn, given.dtype))
        if self.passes == 1:
            return drawn
        return tf.where(tf.range(self.passes) == turn, drawn, value)


def by_position(incremental, canvas, labels):
    """Draws with an `IncrementalNetwork`: a position costs only its new values.

    Args:
        incremental: The `IncrementalNetwork`.
        canvas: A `Canvas`.
        labels: int32 `(batch,)` or `None`.

    Returns:
        Values `(batch, rows, width, channels)`.
    """
    rows, width = canvas.given.shape[1:3]
    blank = tf.zeros_like(canvas.given[:, 0, 0])
    early, states = incremental.start(canvas.as_input(blank), labels, width)

    def draw_row(row, states, image):
        known, states = incremental.begin_row(early, states)

        def draw_position(column, states, values):
            value = blank
            for turn in range(canvas.passes):
                x = canvas.as_input(value)
                parameters, after = incremental.next_position(
                    early, known, states, x, column
                )
                value = canvas.settle(value, parameters, (row, column), turn)
            x = canvas.as_input(value)
            states = after | incremental.record(early, states, x, column)
            return column + 1, states, values.write(column, value)

        values = tf.TensorArray(blank.dtype, width, element_shape=blank.shape)
        start = (tf.constant(0), states, values)
        _, states, values = _loop(width, draw_position, start)
        return row + 1, states, image.write(row, values.stack())

    shape = (width, *blank.shape)
    image = tf.TensorArray(blank.dtype, rows, element_shape=shape)
    _, _, image = _loop(rows, draw_row, (tf.constant(0), states, image))
    return tf.transpose(image.stack(), [2, 0, 1, 3])


def by_image(network, canvas):
    """Draws by a run of the whole network for every value: slow, but simple.

    Args:
        network: Function from an image `(batch, rows, width, channels)` to parameters
            `(batch, rows, width, n)`.
        canvas: A `Canvas`.

    Returns:
        Values `(batch, rows, width, channels)`.
    """
    _, rows, width, channels = canvas.given.shape

    def draw_position(position, image):
        row, column = position // width, position % width
        for turn in range(canvas.passes):
            now = tf.reshape(
                tf.transpose(image, [1, 0, 2]), [-1, rows, width, channels]
            )
            parameters = network(now)[:, row, column]
            value = canvas.settle(image[position], parameters, (row, column), turn)
            image = tf.tensor_scatter_nd_update(image, [[position]], value[None])
        return position + 1, image

    blank = tf.zeros_like(canvas.given)
    positions = tf.reshape(blank, [-1, rows * width, channels])
    start = (tf.constant(0), tf.transpose(positions, [1, 0, 2]))
    _, image = _loop(rows * width, draw_position, start)
    image = tf.transpose(image, [1, 0, 2])
    return tf.reshape(image, [-1, rows, width, channels])


def _loop(count, body, start):
    """Runs `body` `count` times; the first loop variable counts."""
    return tf.while_loop(
        lambda index, *_: index < count,
        body,
        start,
        parallel_iterations=1,
        maximum_iterations=count,
    )
