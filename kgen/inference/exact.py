"""Exact posteriors: sums over discrete latents, quadrature over continuous ones."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, is_int, is_number

# Ends of the quadrature: no point of a bounded interval is rounded to its end.
BOUNDED_END, UNBOUNDED_END = 3.0, 3.3
TOLERANCE = 1e-4  # Nats by which half the points may change the evidence.
EDGE = 1e-6  # Posterior mass of a last point from which an end is cut off.
LARGEST = 2**26  # Points of the grid over all latents.


@dataclasses.dataclass(frozen=True)
class Interval:
    """The support of a continuous latent: the numbers between two ends.

    Args:
        low: Lower end, or `-np.inf`.
        high: Upper end, or `np.inf`.
        num_points: Points of the double exponential quadrature. It is exact to rounding
            for smooth densities, also where they grow like `z^(-1/2)` at an end.

    Raises:
        ValueError: if `low` is not below `high`, or there are fewer than 8 points.
    """

    low: float
    high: float
    num_points: int = 400

    def __post_init__(self) -> None:
        """Checks the ends."""
        check_count("Interval", "num_points", self.num_points, fewest=8)
        for key in ("low", "high"):
            value = getattr(self, key)
            if not is_number(value) and value not in (-np.inf, np.inf):
                raise ValueError(
                    f"`Interval` was given {key}={value!r}, but expects a number, "
                    "-np.inf or np.inf."
                )
        if not self.low < self.high:
            raise ValueError(
                f"`Interval` was given low={self.low} and high={self.high}, but "
                "expects low < high."
            )

    def quadrature(self, every: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Points in the interval and the logs of their weights, float64.

        Args:
            every: 2 gives a rule of half the points, on the same range.
        """
        is_bounded = np.isfinite(self.low) and np.isfinite(self.high)
        end = BOUNDED_END if is_bounded else UNBOUNDED_END
        t, step = np.linspace(-end, end, self.num_points, retstep=True)
        t, step = t[::every], every * step
        u, log_slope = np.pi / 2 * np.sinh(t), np.log(np.pi / 2 * np.cosh(t))
        log_weights = np.log(step) + log_slope
        if is_bounded:
            size = self.high - self.low
            # As distances from the nearer end, which keeps their digits.
            share = special.expit(2 * u)
            points = np.where(
                u < 0, self.low + size * share, self.high - size * special.expit(-2 * u)
            )
            log_weights += np.log(2 * size) + special.log_expit(2 * u)
            return points, log_weights + special.log_expit(-2 * u)
        if np.isfinite(self.low):
            return self.low + np.exp(u), log_weights + u
        if np.isfinite(self.high):
            return self.high - np.exp(-u), log_weights - u
        return np.sinh(u), log_weights + np.log(np.cosh(u))


@dataclasses.dataclass(frozen=True)
class ExactPosterior:
    """A posterior on a grid of all values of its latents.

    Args:
        values: The points of each latent, by its name, `(k,)`.
        log_weights: The log weight of each point, `(k,)`: 0 for discrete latents.
        log_joint: log p(x, z) on the grid, one axis for each latent.
        log_evidence: log p(x), nats.
    """

    values: dict[str, np.ndarray]
    log_weights: dict[str, np.ndarray]
    log_joint: np.ndarray
    log_evidence: float

    @property
    def probabilities(self) -> np.ndarray:
        """The probability of each point of the grid; they sum to 1."""
        return np.exp(self._log_mass())

    def marginal(self, *names: str) -> np.ndarray:
        """The posterior of some latents: probabilities, or densities at the points.

        Args:
            *names: Names of latents; may be left out for a single one.

        Returns:
            float64, one axis for each latent, in the order of the support.
        """
        names = names or tuple(self.values)
        for name in names:
            self._check(name)
        others = [axis for axis, name in enumerate(self.values) if name not in names]
        log_mass = self._log_mass()
        if others:
            log_mass = special.logsumexp(log_mass, axis=tuple(others))
        kept = [self.log_weights[name] for name in self.values if name in names]
        return np.exp(log_mass - _outer(kept))

    def mean(self, function: Callable | str | None = None) -> np.ndarray | float:
        """The posterior mean of a latent, or of a function of latents.

        Args:
            function: Name of a latent, or a function that takes the latents as
                `log_joint` does; may be left out for a single latent.
        """
        if callable(function):
            value = _call(function, _grids(self.values))
        else:
            if function is None and len(self.values) > 1:
                raise ValueError(
                    "`mean` was given no function, but there are several latents: "
                    f"{', '.join(self.values)}. Pass a name, or a function of them."
                )
            name = next(iter(self.values)) if function is None else function
            self._check(name)
            value = _grids(self.values)[name]
        return float(np.sum(self.probabilities * value))

    def _check(self, name):
        if name not in self.values:
            raise ValueError(
                f"The posterior has no latent {name!r}. It has: "
                f"{', '.join(self.values)}."
            )

    def _log_mass(self):
        mass = self.log_joint + _outer(list(self.log_weights.values()))
        return mass - self.log_evidence


def exact_posterior(
    log_joint: Callable[..., Any],
    support: Interval | int | ArrayLike | Mapping[str, Any],
) -> ExactPosterior:
    """The posterior p(z | x) and the evidence p(x), by enumeration and quadrature.

    The cost is that of `log_joint` on all combinations of values: for few latents only.
    Variational inference is for the others, and this is what it is checked against.

    Args:
        log_joint: log p(x, z) of observed x, as a function of z, nats. It is called
            with arrays, float64 or ints, that broadcast over the grid: for a single
            latent as `log_joint(z)`, else by names, `log_joint(colour=, kind=)`.
            It may use NumPy or TensorFlow, and `-inf` where p(x, z) is 0. For float32
            distributions of TFP begin with `z = tf.cast(z, tf.float32)`.
        support: The values of the latent: an int k for 0 to k - 1, a list of numbers,
            or an `Interval`. A dictionary by name for several latents.

    Returns:
        The `ExactPosterior`, with `log_evidence`, `probabilities`, `marginal(name)` and
        `mean(function)`.

    Raises:
        ValueError: if a support is none of these, or the grid is too large; if
            `log_joint` returns another shape, NaN, or 0 probability everywhere.

    Warns:
        UserWarning: if half the points of the intervals change the evidence, so that
            the density is too narrow for the points, or if much of the posterior lies
            at an end of an interval, beyond the last point.

    Example:

    Two heads in ten throws of a coin, whose fairness has a uniform prior:

    >>> def log_joint(z):
    ...     return 2 * np.log(z) + 8 * np.log1p(-z)
    >>> coin = kgen.inference.exact_posterior(log_joint, kgen.inference.Interval(0, 1))
    >>> round(coin.mean(), 6), round(float(np.exp(-coin.log_evidence)), 6)
    (0.25, 495.0)
    """
    supports = dict(support) if isinstance(support, Mapping) else {"z": support}
    if not supports:
        raise ValueError("`exact_posterior` was given an empty support.")
    found = _on_grid(log_joint, supports)
    intervals = [name for name, one in supports.items() if isinstance(one, Interval)]
    for name in intervals:
        mass = np.moveaxis(found.probabilities, list(supports).index(name), 0)
        first, last = mass[0].sum(), mass[-1].sum()
        if max(first, last) > EDGE:
            end = supports[name].low if first > last else supports[name].high
            warnings.warn(
                f"The last point of {name} beside the end {end:g} holds "
                f"{max(first, last):.1e} of the posterior, so that some of it lies "
                "beyond, whatever num_points. Take another variable, such as the logit "
                f"of {name}, over all numbers.",
                stacklevel=2,
            )
            return found
    if intervals:
        rough = _on_grid(log_joint, supports, every=2).log_evidence
        if not abs(rough - found.log_evidence) < TOLERANCE:
            warnings.warn(
                f"The log evidence is {found.log_evidence:.4f} with all points of the "
                f"intervals and {rough:.4f} with half of them: the density is too "
                "narrow for them. Give Interval more num_points, or closer ends.",
                stacklevel=2,
            )
    return found


def _on_grid(log_joint, supports, every=1):
    values, log_weights = {}, {}
    for name, one in supports.items():
        values[name], log_weights[name] = _points(name, one, every)
    size = np.prod([len(points) for points in values.values()], dtype=float)
    if size > LARGEST:
        raise ValueError(
            f"`exact_posterior` was given a support of {size:.3g} points, but at most "
            f"{LARGEST:,} fit in memory. Take fewer latents, values or num_points."
        )
    grids = _grids(values)
    shape = tuple(len(points) for points in values.values())
    found = np.asarray(_call(log_joint, grids), "float64")
    try:
        found = np.broadcast_to(found, shape)
    except ValueError:
        raise ValueError(
            f"log_joint gave values of shape {found.shape}, but expects one for each "
            f"point of the grid, {shape}. Sum over other axes."
        ) from None
    if np.isnan(found).any() or np.any(found == np.inf):
        raise ValueError(
            "log_joint gave NaN or infinity. It expects finite log probabilities, or "
            "-inf where z is impossible."
        )
    log_evidence = special.logsumexp(found + _outer(list(log_weights.values())))
    if log_evidence == -np.inf:
        raise ValueError(
            "log_joint gave -inf everywhere: x has no probability under any value of "
            "the support."
        )
    return ExactPosterior(values, log_weights, found, float(log_evidence))


def _points(name, support, every):
    """The values of a latent and the logs of their weights."""
    if isinstance(support, Interval):
        return support.quadrature(every)
    if is_int(support):
        support = range(check_count("exact_posterior", name, support))
    is_list = isinstance(support, (Sequence, np.ndarray)) and len(support)
    if is_list and not isinstance(support, (str, bytes)):
        points = numbers("exact_posterior", f"support of {name}", list(support), rows=1)
        if points.ndim == 1 and len(np.unique(points)) == len(points):
            return points, np.zeros(len(points))
    raise ValueError(
        f"`exact_posterior` was given {support!r} as the support of {name}, but expects"
        " an int k for 0 to k - 1, a list of different numbers, or an Interval."
    )


def _grids(values):
    """The points of each latent, along an axis of its own."""
    axes = np.ix_(*values.values())
    return dict(zip(values, axes, strict=True))


def _call(function, grids):
    return function(*grids.values()) if len(grids) == 1 else function(**grids)


def _outer(log_weights):
    """The sum of vectors, each along an axis of its own."""
    return sum(np.ix_(*log_weights))
