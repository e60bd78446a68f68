"""Noisy curves: a point on an arc plus Gaussian noise, such as the two moons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from kgen.data.densities import Density, mixture_log_prob


class Curves(Density):
    """`p(x) = mean_k E_t N(x; arc_k(t), sigma^2 I)`, with `t` in [0, 1].

    The expectation is an integral along the arc. Gauss-Legendre nodes, four to a
    `sigma`, give a mixture of Gaussians that equals it to about twelve digits.

    Args:
        arcs: Functions of `t`, each `(n,)` in [0, 1] -> points `(n, 2)`.
        sigma: Standard deviation of the noise along each axis.
        power: `t` has the density `power * t ** (power - 1)`: 1 is uniform; 2 makes a
            spiral evenly dense, because its circumference grows with `t`.
        name: Name in error messages.
    """

    def __init__(
        self,
        arcs: Sequence[Callable[[np.ndarray], np.ndarray]],
        sigma: float,
        power: float = 1,
        name: str = "curves",
    ) -> None:
        self.arcs = arcs
        self.sigma = sigma
        self.power = power
        t = np.linspace(0, 1, 1000)
        lines = np.stack([arc(t) for arc in arcs])
        steps = np.linalg.norm(np.diff(lines, axis=1), axis=-1)
        length = steps.sum(axis=1).max()
        nodes, weights = np.polynomial.legendre.leggauss(int(4 * length / sigma) + 1)
        t = (nodes + 1) / 2
        log_weights = np.log(weights / 2 * power * t ** (power - 1) / len(arcs))
        self.nodes = np.concatenate([arc(t) for arc in arcs])
        self.log_weights = np.tile(log_weights, len(arcs))
        low = lines.min(axis=(0, 1)) - 8 * sigma
        high = lines.max(axis=(0, 1)) + 8 * sigma
        super().__init__(name, bounds=tuple(zip(low, high, strict=True)), scale=sigma)

    def draw(self, num_samples, rng):
        """Points `(num_samples, 2)` and the index of their arcs."""
        labels = rng.integers(len(self.arcs), size=num_samples)
        t = rng.uniform(size=num_samples) ** (1 / self.power)
        points = rng.normal(scale=self.sigma, size=(num_samples, 2))
        for label, arc in enumerate(self.arcs):
            points[labels == label] += arc(t[labels == label])
        return points, labels

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """Log density of points `(batch, 2)` in nats, float64 `(batch,)`."""
        return mixture_log_prob(x, self.nodes, self.sigma, self.log_weights)


def circle(t: np.ndarray, radius: float = 1.0, turns: float = 1.0) -> np.ndarray:
    """Points `(n, 2)` at angle `2 pi turns t`."""
    angle = 2 * np.pi * turns * t
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def moons(sigma: float = 0.05, name: str = "moons") -> Curves:
    """Two interleaved half circles, as `sklearn.datasets.make_moons(noise=sigma)`.

    Label 0 is the upper one. Entropy 0.289 nats; 1.008 for `sigma=0.1`.
    """
    return Curves(
        [
            lambda t: circle(t, turns=0.5),
            lambda t: np.array([1.0, 0.5]) - circle(t, turns=0.5),
        ],
        sigma,
        name=name,
    )


def circles(sigma: float = 0.05, factor: float = 0.5, name: str = "circles") -> Curves:
    """Circles of radius 1 and `factor`, as `sklearn.datasets.make_circles`.

    Label 0 is the outer one.
    """
    return Curves(
        [lambda t: circle(t), lambda t: circle(t, radius=factor)], sigma, name=name
    )


def spirals(sigma: float = 0.1, name: str = "spirals") -> Curves:
    """Two spirals of one and a half turns, of outer radius pi, label = arm.

    The `2spirals` of [FFJORD (Grathwohl et al., 2019)](https://arxiv.org/abs/1810.01367)
    without its second, uniform noise.
    """

    def arm(t):
        return np.pi * t[:, None] * circle(t, radius=-1.0, turns=-1.5)

    return Curves([arm, lambda t: -arm(t)], sigma, power=2, name=name)
