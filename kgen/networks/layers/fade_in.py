"""A layer that brings in a new part of a network step by step."""

import contextlib
import contextvars
from collections.abc import Iterator

import keras
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer
from kgen.core.distribution.batch import SHARED_STATE

# Each replica is traced in its own thread, and so has its own value.
_LEVEL = contextvars.ContextVar("level", default=None)


class FadeIn(ConfiguredLayer):
    """`(1 - alpha) old + alpha new`, of two inputs `[old, new]` of the same shape.

    `alpha` is a weight that no optimizer trains. It is 1 at first, so that a network is
    whole until somebody grows it. At 0 the output is `old`, and at 1 it is `new`, bit
    by bit.

    Args:
        level: The place of the new part, from 1 on: a part fades in after those of
            lower levels.
        **kwargs: Arguments of `keras.layers.Layer`.

    Example:

    >>> layer = kgen.networks.FadeIn()
    >>> layer([np.zeros((1, 2)), np.ones((1, 2))]).numpy()
    array([[1., 1.]], dtype=float32)
    >>> layer.alpha.assign(0.25).numpy()
    np.float32(0.25)
    >>> layer([np.zeros((1, 2)), np.ones((1, 2))]).numpy()
    array([[0.25, 0.25]], dtype=float32)

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """

    def __init__(self, level: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.level = check_count("FadeIn", "level", level)

    def build(self, input_shape):
        """Makes `alpha`."""
        self.alpha = self.add_weight(
            name="alpha",
            shape=(),
            initializer="ones",
            dtype="float32",
            **SHARED_STATE,
        )

    def compute_output_shape(self, input_shape):
        """The shape of both inputs."""
        return tuple(input_shape[1])

    def call(self, inputs):
        """The mixture of `[old, new]`; inside `at_level` maybe one of the two alone."""
        old, new = inputs
        level = _LEVEL.get()
        if level is not None and level != self.level:
            return new if self.level < level else old
        alpha = keras.ops.cast(tf.convert_to_tensor(self.alpha), new.dtype)
        return (1.0 - alpha) * old + alpha * new


@contextlib.contextmanager
def at_level(level: int | None) -> Iterator[None]:
    """Context in which networks compute no more than one level needs.

    `FadeIn` layers below the level give `new`, those above give `old`, whatever their
    `alpha` is. A graph then has no operations of the parts that are left out.

    Args:
        level: The level, 0 for no new part at all; `None` for all.
    """
    token = _LEVEL.set(level)
    try:
        yield
    finally:
        _LEVEL.reset(token)


def fade_ins(network: keras.Model) -> list[FadeIn]:
    """The `FadeIn` layers of a network, from the lowest level to the highest."""
    found = [layer for layer in network._flatten_layers() if isinstance(layer, FadeIn)]
    return sorted(found, key=lambda layer: layer.level)
