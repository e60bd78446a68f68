"""Surfaces in space whose points have known coordinates: swiss roll and S-curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kgen.data.densities import checked_draws


class Manifold:
    """Points `x = f(c) + noise` near a surface, with their coordinates c on it.

    A model that learns the surface has a code that follows c, up to a monotone change
    of scale: this can be measured, as c is known. c is uniform in its ranges.

    Args:
        surface: The function f, coordinates `(n, 2)` -> points `(n, 3)`.
        ranges: Lowest and highest value of each coordinate, `((low, high), ...)`. The
            first coordinate runs along the curve, the second across it.
        noise: Standard deviation of the noise along each axis.
        name: Name in error messages.
    """

    def __init__(
        self,
        surface: Callable[[np.ndarray], np.ndarray],
        ranges: Sequence[tuple[float, float]],
        noise: float = 0.0,
        name: str = "manifold",
    ) -> None:
        self.surface = surface
        self.ranges = ranges
        self.noise = noise
        self.name = name

    def points(self, coordinates: ArrayLike) -> np.ndarray:
        """The points f(c) of coordinates `(n, 2)`, without noise, float64 `(n, 3)`."""
        found = np.asarray(coordinates, "float64")
        if found.ndim != 2 or found.shape[1] != len(self.ranges):
            raise ValueError(
                f"`points` was given coordinates of shape {found.shape}, but expects "
                f"(n, {len(self.ranges)})."
            )
        return self.surface(found)

    def sample(
        self, num_samples: int, seed: Any = 0, return_coordinates: bool = False
    ) -> Any:
        """Independent draws, the same ones for the same seed.

        Args:
            num_samples: Number of points.
            seed: Integer, or anything else that `numpy.random.default_rng` takes.
            return_coordinates: Whether to return the coordinates as well.

        Returns:
            Points, float32 `(num_samples, 3)`; with `return_coordinates` a pair of
            points and coordinates, float32 `(num_samples, 2)`.

        Raises:
            ValueError: if `num_samples` is not an int, 0 or larger, or for an invalid
                seed.
        """
        num_samples, rng = checked_draws(num_samples, seed)
        low, high = np.transpose(self.ranges)
        coordinates = rng.uniform(low, high, size=(num_samples, len(low)))
        points = self.surface(coordinates)
        points = points + rng.normal(scale=self.noise, size=points.shape)
        points = points.astype("float32")
        if not return_coordinates:
            return points
        return points, coordinates.astype("float32")

    def __repr__(self):
        return f"<Manifold {self.name!r}>"


def swiss_roll(noise: float = 0.0, name: str = "swiss_roll") -> Manifold:
    """A rolled sheet, as `sklearn.datasets.make_swiss_roll(noise=noise)`.

    The first coordinate is the angle, 3/2 pi to 9/2 pi, the second the height, 0 to 21.
    """

    def surface(c):
        t, height = c.T
        return np.stack([t * np.cos(t), height, t * np.sin(t)], axis=-1)

    return Manifold(surface, ((1.5 * np.pi, 4.5 * np.pi), (0.0, 21.0)), noise, name)


def s_curve(noise: float = 0.0, name: str = "s_curve") -> Manifold:
    """A sheet bent to an S, as `sklearn.datasets.make_s_curve(noise=noise)`.

    The first coordinate is the angle, -3/2 pi to 3/2 pi, the second the height, 0 to 2.
    """

    def surface(c):
        t, height = c.T
        return np.stack([np.sin(t), height, np.sign(t) * (np.cos(t) - 1)], axis=-1)

    return Manifold(surface, ((-1.5 * np.pi, 1.5 * np.pi), (0.0, 2.0)), noise, name)
