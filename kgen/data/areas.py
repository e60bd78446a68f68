"""Densities with a closed form that fill an area: a ring and a checkerboard."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.data.densities import Density, as_points


class Ring(Density):
    """Annulus: the angle is uniform and the distance from the origin Gaussian.

    `p(x) = N(|x|; radius, sigma^2) / (2 pi |x|)`. There is one label, 0.

    Args:
        radius: Mean distance from the origin.
        sigma: Standard deviation of that distance; at most a tenth of `radius`, so
            that no mass is lost below zero.
        name: Name in error messages.

    Raises:
        ValueError: `sigma` is too large, or not positive.
    """

    def __init__(
        self, radius: float = 1.0, sigma: float = 0.1, name: str = "ring"
    ) -> None:
        if not 0 < sigma <= radius / 10:
            raise ValueError(
                f"A ring needs 0 < sigma <= radius / 10, got sigma={sigma} and "
                f"radius={radius}: a wider ring would reach its own centre."
            )
        self.radius = radius
        self.sigma = sigma
        reach = radius + 8 * sigma
        super().__init__(name, bounds=((-reach, reach),) * 2, scale=sigma)

    def draw(self, num_samples, rng):
        """Points `(num_samples, 2)` and zeros `(num_samples,)`."""
        angle = rng.uniform(0, 2 * np.pi, size=num_samples)
        radius = rng.normal(self.radius, self.sigma, size=num_samples)
        points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return points, np.zeros(num_samples)

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """Log density of points `(batch, 2)` in nats, float64 `(batch,)`, exact."""
        radius = np.linalg.norm(as_points(x), axis=1)
        # The pole at the origin is 10 sigma inside and has negligible mass. The cut-off
        # keeps it out of a sum over a grid with a point there.
        radius = np.maximum(radius, 1e-6 * self.sigma)
        score = (radius - self.radius) / self.sigma
        log_normaliser = np.log(self.sigma) + 1.5 * np.log(2 * np.pi)
        return -0.5 * score**2 - np.log(radius) - log_normaliser


class Checkerboard(Density):
    """Uniform on the eight dark squares, of side 2, of `[-4, 4]^2`.

    As in [FFJORD (Grathwohl et al., 2019)](https://arxiv.org/abs/1810.01367). The
    label is the square, from the lower left, row by row. `log_prob` is `-inf` on the
    light squares and outside.

    Args:
        name: Name in error messages.
    """

    entropy = float(np.log(32))

    def __init__(self, name: str = "checkerboard") -> None:
        super().__init__(name, bounds=((-4.0, 4.0),) * 2, scale=2.0)

    def draw(self, num_samples, rng):
        """Points `(num_samples, 2)` and the index of their squares."""
        labels = rng.integers(8, size=num_samples)
        row = labels // 2
        column = 2 * (labels % 2) + row % 2
        corners = 2 * np.stack([column, row], axis=-1) - 4
        # float32 holds multiples of 2^-20 exactly: no point is rounded to an edge.
        offsets = rng.integers(2**21, size=(num_samples, 2)) / 2**20
        return corners + offsets, labels

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """Log density of points `(batch, 2)` in nats, float64 `(batch,)`, exact."""
        squares = np.floor(as_points(x) / 2)
        inside = np.all((squares >= -2) & (squares < 2), axis=1)
        dark = squares.sum(axis=1) % 2 == 0
        return np.where(inside & dark, -self.entropy, -np.inf)
