"""The table of reparameterisations: draws as functions of noise and parameters."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kgen import tables
from kgen.core.checks.arguments import dense
from kgen.core.checks.values import check_count, check_sizes
from kgen.core.config import lookup
from kgen.core.random import fold_in, normal_rows, uniform_rows
from kgen.inference.draws import draw_key

KINDS = (
    "location and scale",
    "inverse distribution function",
    "approximate inverse",
    "composition",
    "one-liner",
)
TABLE = {}


@dataclasses.dataclass(frozen=True)
class Reparameterization:
    """A random variable as `z = g(noise; parameters)`, for derivatives of z.

    Args:
        name: Name of the distribution.
        formula: g, in words of mathematics.
        kind: One of `KINDS`.
        transform: g: function of noise, and of the parameters by name.
        noise: Function of a shape, a key int32 `(2,)` and the dictionary of parameters
            that gives the tuple of noise.
        positive: Names of the parameters that are above 0.
        counts: Names of the parameters that are ints from 1 on.
        vectors: Whether a draw is a vector.
    """

    name: str
    formula: str
    kind: str
    transform: Callable
    noise: Callable
    positive: tuple = ()
    counts: tuple = ()
    vectors: bool = False

    @property
    def parameters(self):
        """Names of the parameters."""
        kinds = inspect.signature(self.transform).parameters.values()
        return tuple(p.name for p in kinds if p.kind is p.KEYWORD_ONLY)

    def checked(self, given):
        """The user's parameters as float32 tensors, and counts as ints.

        Raises:
            ValueError: for missing, unknown or impossible parameters.
        """
        if set(given) != set(self.parameters):
            raise ValueError(
                f"{self.name} was given the parameters ({', '.join(given)}), but "
                f"expects ({', '.join(self.parameters)})."
            )
        return {name: self._checked(name, value) for name, value in given.items()}

    def _checked(self, name, value):
        if name in self.counts:
            return check_count(self.name, name, value)
        if not isinstance(value, (tf.Tensor, tf.Variable)):
            value = dense(f"`{self.name}` was given {name}", value)
        value = tf.cast(value, tf.float32)
        known = not tf.inside_function()
        if known and name in self.positive and tf.reduce_any(~(value > 0)):
            raise ValueError(
                f"`{self.name}` was given {name} with the value "
                f"{float(tf.reduce_min(value)):g}, but expects numbers above 0."
            )
        return value


def register(
    name: str, formula: str, kind: str, noise: Callable, **ranges: Any
) -> Callable[[Callable], Callable]:
    """Adds a reparameterisation to `TABLE`: a decorator of its function g.

    Args:
        name: Name of the distribution.
        formula: g, in words of mathematics.
        kind: One of `KINDS`.
        noise: What g transforms: `uniforms(n)`, `normals`, or a function, see
            `Reparameterization`.
        **ranges: `positive`, `counts` and `vectors`, see `Reparameterization`.

    Raises:
        ValueError: if there is one of that name, or for an unknown kind.

    Example:

    >>> import tensorflow as tf
    >>> from kgen.inference import reparameterization
    >>> @reparameterization.register(
    ...     "power", "u^(1 / a)", "inverse distribution function",
    ...     reparameterization.uniforms(1), positive=("exponent",),
    ... )
    ... def power(u, *, exponent):
    ...     return u ** (1.0 / exponent)
    >>> z = reparameterization.draw("power", (10_000,), seed=0, exponent=2.0)
    >>> bool(abs(np.mean(z) - 2 / 3) < 0.01)
    True
    >>> del reparameterization.TABLE["power"]
    """
    lookup("kind of reparameterization", kind, {key: key for key in KINDS})

    def add(transform):
        entry = Reparameterization(name, formula, kind, transform, noise, **ranges)
        tables.add("reparameterization", TABLE, name, entry)
        return transform

    return add


def draw(
    name: str,
    shape: Sequence[int] = (),
    seed: int | tf.Tensor | None = None,
    **parameters: Any,
) -> tf.Tensor:
    """Draws of a distribution in `TABLE`, differentiable in its parameters.

    Args:
        name: Name in `TABLE`.
        shape: Shape of the draws, to which parameters broadcast. Draws that are
            vectors have one axis more.
        seed: An int, which gives the same noise in each call; a key, int tensor
            `(2,)`; or `None`.
        **parameters: The parameters of the distribution: numbers, tensors, variables.

    Returns:
        float32 tensor.

    Raises:
        ValueError: for an unknown name, or impossible parameters.

    Example:

    >>> import tensorflow as tf
    >>> rate = tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     z = kgen.inference.reparameterization.draw(
    ...         "exponential", (10_000,), seed=0, rate=rate
    ...     )
    ...     mean = tf.reduce_mean(z)
    >>> bool(abs(mean - 1 / 2) < 0.02)
    True
    >>> bool(abs(tape.gradient(mean, rate) + 1 / 4) < 0.01)  # -1 / rate^2
    True
    """
    entry = lookup("reparameterization", name, TABLE)
    shape = check_sizes("draw", "shape", shape)
    parameters = entry.checked(parameters)
    noise = entry.noise(shape, draw_key("draw", seed), parameters)
    z = entry.transform(*noise, **parameters)
    if z.shape.rank != len(shape) + entry.vectors or z.shape[: len(shape)] != shape:
        raise ValueError(
            f"`draw` was given shape={shape} and parameters of {name} that give draws "
            f"of shape {z.shape}: they would share noise. Pass the shape of all draws."
        )
    return z


def transform(name: str, *noise: Any, **parameters: Any) -> tf.Tensor:
    """`g(noise; parameters)` for noise of your own.

    Args:
        name: Name in `TABLE`.
        *noise: Tensors or arrays, as many as g takes.
        **parameters: The parameters of the distribution.

    Returns:
        float32 tensor.

    Raises:
        ValueError: for an unknown name, impossible parameters, or another number of
            arrays of noise.

    Example:

    >>> z = kgen.inference.reparameterization.transform(
    ...     "normal", [-1.0, 0.0, 2.0], loc=10.0, scale=0.5
    ... )
    >>> z.numpy().tolist()
    [9.5, 10.0, 11.0]
    """
    entry = lookup("reparameterization", name, TABLE)
    parameters = entry.checked(parameters)
    kinds = inspect.signature(entry.transform).parameters.values()
    taken = [p.name for p in kinds if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(noise) != len(taken):
        raise ValueError(
            f"`{name}` was given {len(noise)} arrays of noise, but takes {len(taken)}: "
            f"{', '.join(taken)}."
        )
    noise = [
        tf.cast(dense(f"`{name}` was given {key}", value), tf.float32)
        for key, value in zip(taken, noise, strict=True)
    ]
    return entry.transform(*noise, **parameters)


def uniforms(count: int = 1) -> Callable:
    """Noise of `count` independent variables, uniform in (0, 1)."""

    def noise(shape, key, parameters):
        return tuple(
            uniform_rows(fold_in(key, i)[None], shape)[0] for i in range(count)
        )

    return noise


def normals(shape: Sequence[int], key: tf.Tensor, parameters: dict) -> tuple:
    """Noise of one standard normal variable."""
    return (normal_rows(key[None], shape)[0],)
