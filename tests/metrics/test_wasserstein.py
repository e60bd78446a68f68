"""The sliced distance against shifts, scales and optimal transport in one dimension."""

import numpy as np
import pytest
from scipy import special, stats

from kgen.metrics import sliced_wasserstein


def mean_projection(dim):
    """`E|<v, u>|` of a unit vector v and random directions u."""
    return special.gamma(dim / 2) / np.sqrt(np.pi) / special.gamma((dim + 1) / 2)


@pytest.mark.parametrize("dim", [2, 3, 64])
def test_a_shift_by_v_is_the_mean_projection_of_v(dim):
    rng = np.random.default_rng(0)
    x, shift = rng.normal(size=(20, dim)), rng.normal(size=dim)
    # A projection has relative standard deviation below 0.76, so its mean over 20000
    # directions is within 0.6 % at a standard error of 0.5 %.
    found = sliced_wasserstein(x, x + shift, num_projections=20000)
    expected = np.linalg.norm(shift) * mean_projection(dim)
    assert found == pytest.approx(expected, rel=0.02)


def test_the_figures_of_the_docstring():
    assert mean_projection(2) == pytest.approx(2 / np.pi)
    assert mean_projection(64) == pytest.approx(np.sqrt(2 / (64 * np.pi)), rel=0.01)


def test_one_value_is_the_exact_distance_in_one_dimension():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(50, 1)), rng.gamma(2.0, size=(50, 1))
    assignment = np.mean(np.abs(np.sort(one, axis=0) - np.sort(other, axis=0)))
    assert sliced_wasserstein(one, other) == pytest.approx(assignment, rel=1e-9)
    fewer = stats.wasserstein_distance(one[:30, 0], other[:, 0])
    assert sliced_wasserstein(one[:30], other) == pytest.approx(fewer, rel=1e-9)
    # Gaussians of one mean: |s1 - s2| E|N(0, 1)|, at 100000 quantiles.
    quantiles = stats.norm.ppf((np.arange(100000) + 0.5) / 100000)[:, None]
    found = sliced_wasserstein(quantiles, 3 * quantiles, num_projections=1)
    assert found == pytest.approx(2 * np.sqrt(2 / np.pi), rel=1e-4)


def test_gaussians_of_two_scales_in_many_dimensions():
    """Every projection of N(0, s^2 I) is N(0, s^2): |s1 - s2| sqrt(2 / pi)."""
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 5000, 5))
    found = sliced_wasserstein(one, 2 * other, num_projections=50)
    assert found == pytest.approx(np.sqrt(2 / np.pi), rel=0.03)


def test_samples_of_one_distribution_come_together_with_the_root_of_n():
    rng = np.random.default_rng(0)
    small, large = (
        np.mean(
            [sliced_wasserstein(x, y, 20) for x, y in rng.normal(size=(30, 2, n, 3))]
        )
        for n in (100, 1600)
    )
    assert small / large == pytest.approx(4.0, rel=0.25)


def test_images_are_vectors_and_seeds_fix_the_directions():
    images = np.random.default_rng(0).random((2, 6, 4, 4, 2)).astype("float32")
    vectors = images.reshape(2, 6, -1)
    found = sliced_wasserstein(*images, seed=1)
    assert found == sliced_wasserstein(*vectors, seed=1)
    assert found == sliced_wasserstein(*images[::-1], seed=1)
    assert found != sliced_wasserstein(*images, seed=2)
    exact = images[0].astype("float64")  # Products of float32 rows may differ by 1e-8.
    assert sliced_wasserstein(exact, exact[::-1]) == pytest.approx(0, abs=1e-12)


def test_what_is_no_two_sets_of_one_shape_is_refused():
    good = np.zeros((3, 4, 4, 1))
    for bad in (np.zeros((3, 2, 8, 1)), np.zeros(3), 0.0):
        with pytest.raises(ValueError, match="examples of one shape"):
            sliced_wasserstein(good, bad)
    with pytest.raises(ValueError, match="at least 1 rows"):
        sliced_wasserstein(good, good[:0])
    with pytest.raises(ValueError, match="real has .* not finite, in 3 of 3 rows"):
        sliced_wasserstein(good + np.inf, good)


def test_no_projection_is_refused():
    with pytest.raises(ValueError, match="num_projections=0"):
        sliced_wasserstein(np.zeros((3, 1)), np.ones((3, 1)), num_projections=0)
