"""Mixtures of Gaussians, against SciPy and the closed form of their entropy."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import kgen.data
from kgen.data.gaussians import Gaussians, grid_of_gaussians, ring_of_gaussians


def test_log_prob_is_that_of_scipy():
    means = np.random.default_rng(0).normal(size=(7, 2))
    x = np.random.default_rng(1).normal(scale=3, size=(20, 2))
    parts = [multivariate_normal(mean, 0.3**2 * np.eye(2)).pdf(x) for mean in means]
    np.testing.assert_allclose(
        Gaussians(means, 0.3).log_prob(x), np.log(np.mean(parts, axis=0)), rtol=1e-10
    )


def test_log_prob_far_away_is_finite():
    log_prob = Gaussians([[0, 0]], sigma=0.01).log_prob([[100, 0]])
    expected = -(1e4**2) / 2 - np.log(2 * np.pi * 0.01**2)
    np.testing.assert_allclose(log_prob, [expected])


@pytest.mark.parametrize(
    ("density", "num_modes"),
    [(ring_of_gaussians(), 8), (grid_of_gaussians(), 25), (ring_of_gaussians(3), 3)],
)
def test_entropy_of_separate_modes(density, num_modes):
    entropy = np.log(num_modes) + np.log(2 * np.pi * np.e * density.sigma**2)
    assert density.entropy == pytest.approx(entropy, abs=1e-9)


def test_label_is_the_nearest_mode():
    for density in ring_of_gaussians(), grid_of_gaussians():
        points, labels = density.sample(1000, return_labels=True)
        distances = np.linalg.norm(points[:, None] - density.means, axis=-1)
        np.testing.assert_array_equal(distances.argmin(axis=1), labels)


def test_ring_starts_at_angle_zero_and_turns_left():
    means = ring_of_gaussians(4, radius=2.0).means
    np.testing.assert_allclose(means, [[2, 0], [0, 2], [-2, 0], [0, -2]], atol=1e-12)


def test_grid_labels_run_along_rows():
    means = grid_of_gaussians(side=3, step=2.0).means
    np.testing.assert_array_equal(
        means[[0, 1, 3, 8]], [[-2, -2], [0, -2], [-2, 0], [2, 2]]
    )


def test_8gaussians_is_that_of_ffjord():
    # Its code: modes on a circle of radius 4, noise 0.5, all divided by 1.414.
    density = kgen.data.density("8gaussians")
    np.testing.assert_allclose(
        np.linalg.norm(density.means, axis=1), 4 / 1.414, rtol=1e-3
    )
    assert density.sigma == pytest.approx(0.5 / 1.414, rel=1e-3)
