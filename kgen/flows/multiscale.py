"""Steps of multi-scale flows over images: squeeze, and split."""

import math
from collections.abc import Sequence

import tensorflow as tf

from kgen.flows import steps
from kgen.flows.steps import Flatten, Step, check_steps, no_change


class Squeeze(Step):
    """Turns blocks of 2x2 pixels into channels; a block is 1 pixel on an odd axis.

    References:
        [Dinh et al., 2016](https://arxiv.org/abs/1605.08803)
    """

    def connect(self, shape):
        """The halved shape.

        Raises:
            ValueError: if there is nothing to halve.
        """
        if len(shape) != 3 or all(size % 2 for size in shape[:2]):
            raise ValueError(
                f"A squeeze halves height or width, but data has shape {shape}. Leave "
                "it out, or pad the images to an even size."
            )
        self._shape = tuple(shape)
        return super().connect(self.squeezed(shape))

    def squeezed(self, shape):
        """The shape of z for an x of this shape."""
        height, width, channels = shape
        rows, columns = 2 - height % 2, 2 - width % 2
        return height // rows, width // columns, rows * columns * channels

    def forward(self, x, conditions=None, training=False):
        """The blocks as channels."""
        height, width, channels = self._shape
        rows, columns, _ = self._blocks()
        x = tf.reshape(
            x, [-1, height // rows, rows, width // columns, columns, channels]
        )
        x = tf.transpose(x, [0, 1, 3, 2, 4, 5])
        return tf.reshape(x, [-1, *self.squeezed(self._shape)]), no_change(x)

    def inverse(self, z, conditions=None, training=False):
        """The image of blocks."""
        height, width, _ = self.squeezed(self._shape)
        z = tf.reshape(z, [-1, height, width, *self._blocks()])
        z = tf.transpose(z, [0, 1, 3, 2, 4, 5])
        return tf.reshape(z, [-1, *self._shape]), no_change(z)

    def _blocks(self):
        """Rows, columns and channels of a block."""
        height, width, channels = self._shape
        return 2 - height % 2, 2 - width % 2, channels


class Split(Step):
    """Half of the channels are done, the other half goes through further steps.

    z is one vector: the done half, then the other. It is as large as the data, but most
    of its values went through few steps.

    Args:
        steps: The further steps.
        **kwargs: See `Step`.

    References:
        [Dinh et al., 2016](https://arxiv.org/abs/1605.08803)
    """

    def __init__(self, steps: Sequence[Step], **kwargs) -> None:
        super().__init__(**kwargs)
        self.steps = check_steps(steps)
        self._flatten = Flatten()

    def connect(self, shape):
        """The number of values.

        Raises:
            ValueError: if there is one channel.
        """
        *size, channels = shape
        if channels < 2:
            raise ValueError(
                f"A split needs channels to divide, but data has shape {tuple(shape)}. "
                "Squeeze it before."
            )
        self._sizes = [channels // 2, channels - channels // 2]
        self._done = (*size, self._sizes[0])
        (self._further,) = steps.connected(self._flat(), (*size, self._sizes[1]))
        return super().connect((math.prod(shape),))

    def forward(self, x, conditions=None, training=False):
        """The done half beside the output of the further steps for the other."""
        done, further = tf.split(x, self._sizes, axis=-1)
        further, log_det = steps.forward(self._flat(), further, conditions, training)
        done = tf.reshape(done, [-1, math.prod(self._done)])
        return tf.concat([done, further], axis=-1), log_det

    def inverse(self, z, conditions=None, training=False):
        """The channels of both."""
        sizes = [math.prod(self._done), self._further]
        done, further = tf.split(z, sizes, axis=-1)
        further, log_det = steps.inverse(self._flat(), further, conditions, training)
        done = tf.reshape(done, [-1, *self._done])
        return tf.concat([done, further], axis=-1), log_det

    def adapt(self, x, conditions=None):
        """Gives the further steps their first values."""
        _, further = tf.split(x, self._sizes, axis=-1)
        steps.adapt(self._flat(), further, conditions)

    def conditions(self):
        """The conditions of the networks of the further steps."""
        pairs = [pair for step in self.steps for pair in step.conditions().items()]
        return dict(sorted(pairs, key=lambda pair: pair[1] is not None))

    def _flat(self):
        """The further steps, and a last step that makes a vector."""
        return [*self.steps, self._flatten]
