"""The base class of 2-D densities: sample, log_prob, entropy."""

from __future__ import annotations

import functools
import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


class Density:
    """A probability density on the plane that is known exactly.

    A reference for generative models of points: the expected `-log_prob` of a model
    cannot be below `entropy`, and `log_prob` can judge samples of the model. A subclass
    gives `draw` and `log_prob`.

    Args:
        name: Name in `kgen.data.density` and in error messages.
        bounds: `((low_x, high_x), (low_y, high_y))`, a box that holds all mass, to the
            precision of float64.
        scale: The smallest length, in data units, over which the density varies.
    """

    def __init__(
        self, name: str, bounds: Sequence[tuple[float, float]], scale: float
    ) -> None:
        self.name = name
        self.bounds = bounds
        self.scale = scale

    def sample(
        self, num_samples: int, seed: Any = 0, return_labels: bool = False
    ) -> Any:
        """Independent draws, the same ones for the same seed.

        Args:
            num_samples: Number of points.
            seed: Integer, or anything else that `numpy.random.default_rng` takes.
            return_labels: Whether to return the component of each point as well.

        Returns:
            Points, float32 `(num_samples, 2)`; with `return_labels` a pair of points
            and labels, int32 `(num_samples,)`.

        Raises:
            ValueError: if `num_samples` is not an int, 0 or larger, or for an invalid
                seed.
        """
        num_samples, rng = checked_draws(num_samples, seed)
        points, labels = self.draw(num_samples, rng)
        points = points.astype("float32")
        return (points, labels.astype("int32")) if return_labels else points

    def draw(self, num_samples, rng) -> tuple[np.ndarray, np.ndarray]:
        """Points `(num_samples, 2)` and their labels `(num_samples,)`."""
        raise TypeError(
            f"{type(self).__name__} has no draw: define draw(num_samples, rng), "
            "which returns points and labels."
        )

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """Log density of points `(batch, 2)` in nats, float64 `(batch,)`."""
        raise TypeError(
            f"{type(self).__name__} has no log_prob: define log_prob(x), which "
            "returns the log density of points (batch, 2)."
        )

    @functools.cached_property
    def entropy(self) -> float:
        """Differential entropy in nats: the expectation of `-log_prob`.

        The sum of `-p log p` over a grid with a step of half a `scale`. This rule
        converges exponentially for a density as smooth as a Gaussian of width `scale`:
        the error is far below 1e-3 nats.
        """
        grid, cell = self.grid()
        log_prob = self.log_prob(grid)
        return float(-np.sum(np.exp(log_prob) * log_prob) * cell)

    def grid(self, step=None):
        """Points that cover `bounds`, `(size, 2)`, and the area of each grid cell.

        Args:
            step: Distance between neighbours; half a `scale` when `None`.
        """
        step = self.scale / 2 if step is None else step
        axes = [np.arange(low + step / 2, high, step) for low, high in self.bounds]
        return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2), step**2

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r}>"


def checked_draws(num_samples: int, seed: Any) -> tuple[int, np.random.Generator]:
    """The number of draws of `sample`, and NumPy's generator for them.

    Raises:
        ValueError: if `num_samples` is not an int, 0 or larger, or for an invalid seed.
    """
    if type(num_samples) is not int or not 0 <= num_samples < 2**31:
        from kgen.core.checks.values import check_count  # This imports TensorFlow.

        num_samples = check_count("sample", "num_samples", num_samples, fewest=0)
    try:
        return num_samples, np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"`sample` was given seed={reprlib.repr(seed)}, but expects an int, 0 "
            "or larger, or another seed that numpy.random.default_rng takes."
        ) from error


def mixture_log_prob(
    x: ArrayLike, means: np.ndarray, sigma: float, log_weights: np.ndarray
) -> np.ndarray:
    """Log density in nats of a mixture of round Gaussians.

    Args:
        x: Points, `(batch, 2)`.
        means: Centres of the components, `(num_components, 2)`.
        sigma: Standard deviation of every component along each axis.
        log_weights: Log probability of each component, `(num_components,)`.

    Returns:
        float64 `(batch,)`.
    """
    from scipy.special import logsumexp  # A third of a second, for names alone.

    x = as_points(x)
    # Chunks limit memory to some tens of megabytes for a million points.
    chunks = np.array_split(x, 1 + len(x) * len(means) // 2**20)
    log_prob = [
        logsumexp(
            log_weights - 0.5 * squared_distances(chunk, means) / sigma**2, axis=1
        )
        for chunk in chunks
    ]
    return np.concatenate(log_prob) - np.log(2 * np.pi * sigma**2)


def squared_distances(x: np.ndarray, means: np.ndarray) -> np.ndarray:
    """`(batch, num_components)` squared Euclidean distances, without cancellation."""
    # One axis at a time: NumPy is slow to sum over an axis of two.
    return sum(np.subtract.outer(x[:, i], means[:, i]) ** 2 for i in range(2))


def as_points(x: ArrayLike) -> np.ndarray:
    """`x` as float64 `(batch, 2)`.

    Raises:
        ValueError: `x` has another shape, or values that are not real numbers.
    """
    if type(x) is not np.ndarray or x.dtype.kind not in "biuf":
        from kgen.core.checks.containers import numbers  # This imports TensorFlow.

        x = numbers("log_prob", "x", x, axes=0, finite=False)
    x = x.astype("float64")
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(
            f"log_prob expects points of shape (batch, 2), got {x.shape}. "
            "For a single point, pass x[None]."
        )
    return x
