"""Calibration of likelihoods against closed forms of Gaussians, and other counts."""

import numpy as np
import pytest
from scipy import stats

from kgen.metrics.calibration import likelihood_calibration


def quantiles(num_examples, shift=0.0, scale=1.0):
    """A Gaussian's quantiles: examples without noise."""
    levels = (np.arange(num_examples) + 0.5) / num_examples
    return stats.norm.ppf(levels, shift, scale)


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0, 4.0])
def test_shifted_gaussians_have_the_closed_forms(shift):
    """Where all thresholds are shifted one way, the mean of shares is an AUROC."""
    train, test = quantiles(2000), quantiles(1500, -shift)
    found = likelihood_calibration(train, test, outside=test - shift)
    chance = stats.norm.cdf(shift / np.sqrt(2))
    assert found["calibration_error"] == pytest.approx(chance - 0.5, abs=2e-3)
    assert found["auroc"] == pytest.approx(chance, abs=2e-3)
    accepted = stats.norm.sf(stats.norm.ppf(0.05), -2 * shift)
    assert found["false_acceptance"] == pytest.approx(accepted, abs=2e-3)
    up = likelihood_calibration(train, quantiles(1500, shift))
    assert up["calibration_error"] == pytest.approx(chance - 0.5, abs=2e-3)


def test_wider_gaussians_have_errors_on_both_sides():
    """Of scale s: twice the integral over half the levels of Phi(x / s) - Phi(x)."""
    found = likelihood_calibration(quantiles(2000), quantiles(2000, 0.0, 3.0))
    x = np.linspace(-9.0, 0.0, 20001)
    gaps = (stats.norm.cdf(x / 3.0) - stats.norm.cdf(x)) * stats.norm.pdf(x)
    expected = 2 * np.trapezoid(gaps, x)
    assert found["calibration_error"] == pytest.approx(expected, abs=2e-3)
    assert expected > 0.1


def test_likelihoods_that_are_higher_outside_are_worse_than_a_guess():
    train, test, outside = np.random.default_rng(0).normal(size=(3, 500))
    found = likelihood_calibration(train, test, outside + 2.0)
    assert found["auroc"] < 0.2 and found["false_acceptance"] > 0.98
    assert found["calibration_error"] < 0.06


def test_the_auroc_is_mann_whitneys_statistic_with_ties_and_infinities():
    rng = np.random.default_rng(1)
    test, outside = (rng.integers(6, size=n).astype("float64") for n in (40, 30))
    outside[:5] = -np.inf
    statistic = stats.mannwhitneyu(test, outside).statistic
    found = likelihood_calibration(test, test, outside)
    assert found["auroc"] == pytest.approx(statistic / (40 * 30))
    assert found["calibration_error"] == 0.0


def test_counts_by_hand():
    """Levels of 1, 2, 3, 4 are 1/8, 3/8, 5/8 and 7/8; two of four are below each."""
    found = likelihood_calibration([4, 2, 3, 1], [0.5, 0.6, 8, 9], [0, 1, 7, -np.inf])
    assert found["calibration_error"] == pytest.approx((3 + 1 + 1 + 3) / 8 / 4)
    # The 5 % quantile of four is the smallest, which is accepted itself.
    assert found["false_acceptance"] == 0.5
    assert found["auroc"] == pytest.approx((4 + 2 + 2 + 4) / 16)


def test_the_error_is_at_most_a_half_and_0_for_equal_sets():
    train = np.random.default_rng(2).normal(size=7)
    for test in (train - 99, train + 99, [-np.inf], [np.inf]):
        assert likelihood_calibration(train, test) == {"calibration_error": 0.5}
    for same in (train, np.ones(7)):
        assert likelihood_calibration(same, same) == {"calibration_error": 0.0}


@pytest.mark.parametrize(("n", "m"), [(200, 200), (300, 100)])
def test_equal_distributions_have_the_expected_error(n, m):
    rng = np.random.default_rng(3)
    errors = [
        likelihood_calibration(rng.normal(size=n), rng.normal(size=m))
        for _ in range(400)
    ]
    mean = np.mean([one["calibration_error"] for one in errors])
    # The mean of a Brownian bridge's magnitude is pi / 8 times that of N(0, 1).
    expected = np.sqrt(2 / np.pi) * np.pi / 8 * np.sqrt(1 / n + 1 / m)
    assert mean == pytest.approx(expected, rel=0.08)


def test_what_makes_no_sense_is_refused_by_name():
    fine = np.arange(5.0)
    with pytest.raises(ValueError, match=r"given train of shape \(5, 1\)"):
        likelihood_calibration(fine[:, None], fine)
    with pytest.raises(ValueError, match="given test of shape .* with 1 NaN"):
        likelihood_calibration(fine, [1.0, np.nan])
    with pytest.raises(ValueError, match="given outside of shape .* 1 or more rows"):
        likelihood_calibration(fine, fine, [])
    with pytest.raises(ValueError, match="given train of type None, but expects"):
        likelihood_calibration(None, fine)
