"""Noisy curves, against scikit-learn, FFJORD's formula and a brute-force sum."""

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.datasets import make_circles, make_moons

import kgen.data
from kgen.data.curves import circle, circles, moons, spirals

NUM_SAMPLES = 20_000


def smallest_p_value(x, y):
    """Kolmogorov-Smirnov on ten projections, corrected for their number."""
    angles = np.pi * np.arange(10) / 10
    directions = np.stack([np.cos(angles), np.sin(angles)])
    tests = zip((x @ directions).T, (y @ directions).T, strict=True)
    return 10 * min(ks_2samp(a, b).pvalue for a, b in tests)


def ffjord_spirals(num_samples, rng):
    """`2spirals` of toy_data.py in FFJORD's repository, without its uniform noise."""
    n = np.sqrt(rng.uniform(size=(num_samples // 2, 1))) * 540 * (2 * np.pi) / 360
    arm = np.hstack([-np.cos(n) * n, np.sin(n) * n])
    x = np.vstack([arm, -arm]) / 3
    labels = np.arange(2).repeat(num_samples // 2)
    return x + rng.normal(size=x.shape) * 0.1, labels


REFERENCES = {
    "moons": lambda: make_moons(NUM_SAMPLES, noise=0.05, random_state=0),
    "circles": lambda: make_circles(
        NUM_SAMPLES, noise=0.05, factor=0.5, random_state=0
    ),
    "spirals": lambda: ffjord_spirals(NUM_SAMPLES, np.random.default_rng(0)),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_samples_and_labels_are_those_of_the_reference(name):
    points, labels = kgen.data.density(name).sample(NUM_SAMPLES, return_labels=True)
    reference, classes = REFERENCES[name]()
    for label in range(2):
        p = smallest_p_value(points[labels == label], reference[classes == label])
        assert p > 0.01


def test_other_noise_is_told_apart():
    reference, _ = REFERENCES["moons"]()
    assert smallest_p_value(moons(sigma=0.15).sample(NUM_SAMPLES), reference) < 1e-6


@pytest.mark.parametrize("density", [moons(), circles(), spirals(), moons(sigma=0.1)])
def test_log_prob_is_that_of_a_fine_sum(density):
    rng = np.random.default_rng(0)
    points = density.sample(15) + rng.normal(scale=2 * density.sigma, size=(15, 2))
    t = (np.arange(100_000) + 0.5) / 100_000
    kernels = 0
    for arc in density.arcs:
        line = arc(t ** (1 / density.power))
        kernels += np.array(
            [
                np.exp(-np.sum((x - line) ** 2, axis=1) / (2 * density.sigma**2)).mean()
                for x in points
            ]
        )
    expected = np.log(kernels / len(density.arcs) / (2 * np.pi * density.sigma**2))
    np.testing.assert_allclose(density.log_prob(points), expected, atol=1e-5)


def test_documented_entropy_of_wider_moons():
    assert f"{moons(sigma=0.1).entropy:.3f}" == "1.008"
    assert "1.008" in moons.__doc__


def test_circle():
    quarter = circle(np.array([0, 0.25, 0.5]), radius=2.0)
    np.testing.assert_allclose(quarter, [[2, 0], [0, 2], [-2, 0]], atol=1e-12)
