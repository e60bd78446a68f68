"""Mixtures of Gaussians: rings and grids for measuring mode coverage."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.data.densities import Density, mixture_log_prob


class Gaussians(Density):
    """Equal mixture of round Gaussians, `p(x) = mean_k N(x; means[k], sigma^2 I)`.

    Args:
        means: Centres of the components, `(num_components, 2)`.
        sigma: Standard deviation of every component along each axis.
        name: Name in error messages.

    Example:

    >>> from kgen.data.gaussians import Gaussians
    >>> pair = Gaussians([[-1, 0], [1, 0]], sigma=0.1)
    >>> pair.sample(3).shape
    (3, 2)
    >>> round(pair.entropy, 3)  # log 2 + log(2 pi e sigma^2)
    -1.074
    """

    def __init__(self, means: ArrayLike, sigma: float, name: str = "gaussians") -> None:
        self.means = np.asarray(means, dtype="float64")
        self.sigma = sigma
        low = self.means.min(axis=0) - 8 * sigma
        high = self.means.max(axis=0) + 8 * sigma
        super().__init__(name, bounds=tuple(zip(low, high, strict=True)), scale=sigma)

    def draw(self, num_samples, rng):
        """Points `(num_samples, 2)` and the index of their components."""
        labels = rng.integers(len(self.means), size=num_samples)
        noise = rng.normal(scale=self.sigma, size=(num_samples, 2))
        return self.means[labels] + noise, labels

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """Log density of points `(batch, 2)` in nats, float64 `(batch,)`, exact."""
        log_weights = np.full(len(self.means), -np.log(len(self.means)))
        return mixture_log_prob(x, self.means, self.sigma, log_weights)


def ring_of_gaussians(
    num_components: int = 8,
    radius: float = 1.0,
    sigma: float = 0.01,
    name: str = "8ring",
) -> Gaussians:
    """`Gaussians` on a circle, label 0 at angle 0, then counter-clockwise.

    The defaults are the ring of
    [PacGAN (Lin et al., 2018)](https://arxiv.org/abs/1712.04086), entropy -4.293 nats.
    """
    angles = 2 * np.pi * np.arange(num_components) / num_components
    means = radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return Gaussians(means, sigma, name)


def grid_of_gaussians(
    side: int = 5, step: float = 2.0, sigma: float = 0.05, name: str = "25gaussians"
) -> Gaussians:
    """`Gaussians` on a `side x side` grid, label `side * row + column`.

    The grid is centred on the origin. The defaults are the grid of
    [PacGAN (Lin et al., 2018)](https://arxiv.org/abs/1712.04086), entropy 0.065 nats.
    """
    centres = step * (np.arange(side) - (side - 1) / 2)
    y, x = np.meshgrid(centres, centres, indexing="ij")
    return Gaussians(np.stack([x.ravel(), y.ravel()], axis=-1), sigma, name)
