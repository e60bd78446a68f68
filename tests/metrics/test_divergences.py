"""Divergences against SciPy, its bounds and the minimax game."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from kgen.metrics import js_divergence, kl_divergence

P, Q = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 4))


def test_js_is_the_square_of_scipys_distance_and_symmetric():
    expected = [jensenshannon(p, q) ** 2 for p, q in zip(P, Q, strict=True)]
    np.testing.assert_allclose(js_divergence(P, Q), expected, rtol=1e-9)
    np.testing.assert_array_equal(js_divergence(P, Q), js_divergence(Q, P))


def test_js_is_zero_of_equal_and_log_2_of_disjoint_distributions():
    np.testing.assert_array_equal(js_divergence(P, P), np.zeros(4))
    apart = js_divergence([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.1, 0.9])
    assert apart == pytest.approx(np.log(2), rel=1e-12)
    with pytest.raises(ValueError, match="q sums to 0.9,"):
        js_divergence([0.5, 0.5], [0.5, 0.4])


def test_js_is_the_value_of_the_game_at_the_best_discriminator():
    best = P / (P + Q)
    value = np.sum(P * np.log(best) + Q * np.log(1 - best), axis=-1)
    expected = 2 * js_divergence(P, Q) - 2 * np.log(2)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_kl_is_that_of_scipy():
    expected = [entropy(p, q) for p, q in zip(P, Q, strict=True)]
    np.testing.assert_allclose(kl_divergence(P, Q), expected, rtol=1e-9)
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == np.inf


@pytest.mark.parametrize("divergence", [kl_divergence, js_divergence])
@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([1.5, -0.5], [0.5, 0.5], "p has the value -0.5, but probabilities are 0"),
        ([0.5, 0.5], [1.5, -0.5], "q has the value -0.5"),
        ([3, 4], [0.5, 0.5], "p sums to 7.0.*Divide counts"),
        ([np.nan, 0.5], [0.5, 0.5], "p sums to nan"),
        ([1.0], [0.5, 0.5], r"p of shape \(1,\) and q of shape \(2,\)"),
        (1.0, 1.0, r"p of shape \(\)"),
        ([], [], "p sums to 0.0"),
    ],
)
def test_what_is_no_distribution_is_refused(divergence, p, q, message):
    with pytest.raises(ValueError, match=message):
        divergence(p, q)
