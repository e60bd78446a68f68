"""The base class of layers that a network can run one position at a time."""

from kgen.core.config import ConfiguredLayer


class NotIncremental(ValueError):
    """A layer cannot run position by position; the message names it."""


class CausalLayer(ConfiguredLayer):
    """A layer whose output depends on inputs up to its position, in raster order.

    `call` runs the layer on all positions at once, for training and likelihoods. The
    methods here run the same layer one position after another, for sampling. Each
    position costs only its new values: the layer keeps earlier ones in its state, a
    nest of tensors. Positions are those of an image, row by row, or those of a
    sequence, which is one row. A subclass assigns each argument of its constructor to
    the attribute of the same name, and needs no `get_config`.

    An output that depends on the rows above alone is known when a row begins, see
    `known_early`. Other outputs come position by position.
    """

    def known_early(self, input_known_early):
        """Whether the output is known when a row begins.

        Args:
            input_known_early: Whether the input is known when a row begins.

        Raises:
            NotIncremental: if the layer cannot run position by position on this input.
        """
        return False

    def start(self, value, width):
        """The state before the first position.

        Args:
            value: The input at a first position; only its batch size and type are used.
                `(batch, 1, 1, channels)` for an image, `(batch, 1, ...)` for a
                sequence.
            width: Number of positions in a row.
        """
        return {}

    def begin_row(self, state, row):
        """The output for a whole row, if it is known when the row begins.

        Args:
            state: The state.
            row: The input for the whole row, `(batch, 1, width, channels)`, or `None`
                unless it is known early.

        Returns:
            The output for the whole row, or `None` unless it is known early; the new
            state.
        """
        return None, state

    def next_position(self, state, value, column):
        """The output at the next position of a row.

        Args:
            state: The state.
            value: The input at the position, `(batch, 1, 1, channels)` or
                `(batch, 1, ...)`.
            column: Index of the position in its row, a scalar tensor.

        Returns:
            The output at the position, or `None` if it is known early; the new state.
        """
        raise TypeError(f"{type(self).__name__} does not define `next_position`.")

    def record(self, state, value, column):
        """The state after a position, once its input is final.

        Only for layers right after the data, whose input is drawn after
        `next_position`.

        Args:
            state: The state before the position.
            value: The input at the position.
            column: Index of the position in its row.
        """
        return self.next_position(state, value, column)[1]
