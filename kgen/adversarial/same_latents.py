"""A round of a GAN in which all players see examples of the same latents."""

import contextlib
import contextvars

from kgen.core.random import fold_in

# Each replica is traced in its own thread, and so has its own seed.
_SEED = contextvars.ContextVar("seed of the round", default=None)


@contextlib.contextmanager
def one_seed(seed):
    """Context in which each draw of a game begins with this seed.

    Args:
        seed: int64 `(2,)`, from `NoiseSource.next`.
    """
    token = _SEED.set(seed)
    try:
        yield
    finally:
        _SEED.reset(token)


def draw_seed(noise, training, part=0):
    """The seed of one part of a draw, fresh unless the round has one seed.

    Args:
        noise: The `NoiseSource` of the model.
        training: Whether the draw belongs to a training step.
        part: Number of the part, such as 0 for latents and 1 for a network's noise.
    """
    seed = _SEED.get()
    return noise.next(training) if seed is None else fold_in(seed, part)
