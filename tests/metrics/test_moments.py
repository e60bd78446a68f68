"""Moments of batches against those of all rows at once."""

import numpy as np
import pytest

from kgen.metrics import frechet_distance
from kgen.metrics.moments import Moments


def rows(num_rows, seed=0, dtype="float64"):
    return (5.0 + np.random.default_rng(seed).normal(size=(num_rows, 6))).astype(dtype)


def in_batches(x, size):
    moments = Moments()
    for start in range(0, len(x), size):
        moments.add(x[start : start + size])
    return moments


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
def test_batches_of_any_size_give_the_moments_of_all_rows(size):
    x = rows(9000 if size == 5000 else 300)
    moments = in_batches(x, size)
    assert moments.count == len(x)
    np.testing.assert_allclose(moments.mean, x.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(moments.covariance, np.cov(x.T), rtol=1e-10, atol=1e-13)


def test_a_mean_far_from_0_costs_no_digits():
    x = rows(1000)
    far = in_batches(1e6 + x, 50).covariance
    np.testing.assert_allclose(far, np.cov(x.T), rtol=1e-6, atol=1e-8)


def test_single_precision_is_summed_in_double():
    x = rows(500, dtype="float32")
    covariance = np.cov(x.T.astype("float64"))
    found = in_batches(x, 64).covariance
    np.testing.assert_allclose(found, covariance, rtol=1e-10, atol=1e-13)


def test_the_frechet_distance_takes_moments_for_features():
    real, fake = rows(400), 1.2 * rows(300, seed=1)
    expected = frechet_distance(real, fake)
    one, other = in_batches(real, 64), in_batches(fake, 50)
    for pair in ((one, other), (one, fake), (real, other)):
        assert frechet_distance(*pair) == pytest.approx(expected, rel=1e-11)


def test_what_is_no_batch_is_refused():
    moments = Moments(rows(5))
    for bad in (np.zeros((4, 2)), np.zeros(6), np.zeros((2, 6, 1))):
        with pytest.raises(ValueError, match=r"expects a matrix \(n, 6\)"):
            moments.add(bad)
    with pytest.raises(ValueError, match="NaN or infinity in 6 of 12 values"):
        moments.add(np.stack([np.zeros(6), np.full(6, np.nan)]))
    assert moments.count == 5


def test_moments_that_cannot_be_compared_are_refused():
    for bad in (Moments(), Moments(np.zeros((1, 6))), Moments(np.zeros((9, 5)))):
        with pytest.raises(ValueError, match="as many features in both, of at least 2"):
            frechet_distance(Moments(rows(9)), bad)
        with pytest.raises(ValueError, match="as many features in both, of at least 2"):
            frechet_distance(bad, rows(9))
