"""What a layer needs so that a network can be run one position at a time."""

from kgen.core.config import ConfiguredLayer


class NotIncremental(ValueError):
    """A layer cannot be run position by position; the message names it."""


class CausalLayer(ConfiguredLayer):
    """A layer whose output at a position depends on those up to it, in raster order.

    `call` is the layer on all positions at once, for training and likelihoods. The
    methods here are the same layer one position after another, for sampling: each costs
    what is new, as the layer keeps what it will need again in its state, a nest of
    tensors. Positions are those of an image, row by row, or those of a sequence, which
    is one row. A subclass assigns each argument of its constructor to the attribute of
    that name, and needs no `get_config`.

    An output is known when a row begins if it depends on the rows above alone: see
    `known_early`. Else it comes position by position.
    """

    def known_early(self, input_known_early):
        """Whether the output is known when a row begins.

        Args:
            input_known_early: Whether the input is.

        Raises:
            NotIncremental: if the layer cannot be run so on this input.
        """
        return False

    def start(self, value, width):
        """The state before the first position.

        Args:
            value: The input at a first position, only to read batch size and type off
                it: `(batch, 1, 1, channels)` of an image, `(batch, 1, ...)` of a
                sequence.
            width: Positions in a row.
        """
        return {}

    def begin_row(self, state, row):
        """What can be said when a row begins.

        Args:
            state: The state.
            row: The input in all of the row, `(batch, 1, width, channels)`, `None`
                unless it is known early.

        Returns:
            The output in all of the row, `None` unless it is known early; the state.
        """
        return None, state

    def next_position(self, state, value, column):
        """The next position of a row.

        Args:
            state: The state.
            value: The input there, `(batch, 1, 1, channels)` or `(batch, 1, ...)`.
            column: Index of the position in its row, a scalar tensor.

        Returns:
            The output there, `None` if it is known early; the state.
        """
        raise TypeError(f"{type(self).__name__} does not define `next_position`.")

    def record(self, state, value, column):
        """The state after a position, once the input there is final.

        Only of layers right behind the data: what they take is drawn after
        `next_position`.

        Args:
            state: The state before the position.
            value: The input there.
            column: Index of the position in its row.
        """
        return self.next_position(state, value, column)[1]
