"""Density and coverage against loops, expected values, and sets that are plain."""

import numpy as np
import pytest

from kgen.metrics import density_coverage, precision_recall


def normal(num_examples, dim=2, seed=0):
    return np.random.default_rng(seed).normal(size=(num_examples, dim))


def test_balls_on_a_line():
    """Balls of the nearest neighbour: from -1 to 1, from 0 to 2 and from 1 to 17."""
    real, fake = [[0.0], [1.0], [9.0]], [[0.5], [1.5], [30.0]]
    found = density_coverage(real, fake, num_neighbors=1)
    assert found == {"density": pytest.approx((2 + 2 + 0) / 3), "coverage": 1.0}
    found = density_coverage(real, [[-0.5]], num_neighbors=1)
    assert found == {"density": 1.0, "coverage": pytest.approx(1 / 3)}


@pytest.mark.parametrize("num_neighbors", [1, 3, 5])
def test_agrees_with_loops(num_neighbors):
    real, fake = normal(40, 3), 1.5 * normal(30, 3, seed=1) + 0.5
    inside = np.zeros((len(fake), len(real)))
    for j, centre in enumerate(real):
        reach = np.sort(np.linalg.norm(real - centre, axis=1))[num_neighbors]
        for i, point in enumerate(fake):
            inside[i, j] = np.linalg.norm(point - centre) <= reach
    found = density_coverage(real, fake, num_neighbors)
    assert found["density"] == pytest.approx(inside.sum(1).mean() / num_neighbors)
    assert found["coverage"] == pytest.approx(inside.any(0).mean())


@pytest.mark.parametrize(("n", "m", "k"), [(60, 60, 5), (50, 30, 3)])
def test_equal_distributions_have_the_expected_values(n, m, k):
    runs = [
        density_coverage(normal(n, 2, 2 * s), normal(m, 2, 2 * s + 1), k)
        for s in range(300)
    ]
    steps = np.arange(1, k + 1)
    coverage = 1 - np.prod((n - steps) / (n + m - steps))
    for name, expected in (("density", 1.0), ("coverage", coverage)):
        values = np.array([run[name] for run in runs])
        error = values.std() / np.sqrt(len(values))
        assert np.mean(values) == pytest.approx(expected, abs=4 * error)


def test_an_outlier_spoils_precision_and_not_density():
    """One real example far away has a ball that holds all fakes between."""
    real = np.concatenate([normal(200), [[40.0, 0.0]]])
    fake = np.array([20.0, 0.0]) + normal(200, seed=1)
    assert precision_recall(real, fake)["precision"] > 0.9
    assert density_coverage(real, fake)["density"] < 0.25


def test_too_few_real_examples_are_refused_and_one_sample_is_not():
    with pytest.raises(ValueError, match="at least 1 and 6 rows"):
        density_coverage(normal(5), normal(9))
    with pytest.raises(ValueError, match="num_neighbors=0"):
        density_coverage(normal(5), normal(9), 0)
    assert density_coverage(normal(9), normal(1))["coverage"] < 1.0
