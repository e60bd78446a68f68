"""The Jensen-Shannon divergence against SciPy, its bounds and the minimax game."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from kgen.metrics import js_divergence

P, Q = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 4))


def test_js_is_the_square_of_scipys_distance_and_symmetric():
    expected = [jensenshannon(p, q) ** 2 for p, q in zip(P, Q, strict=True)]
    np.testing.assert_allclose(js_divergence(P, Q), expected, rtol=1e-9)
    np.testing.assert_array_equal(js_divergence(P, Q), js_divergence(Q, P))


def test_js_is_zero_of_equal_and_log_2_of_disjoint_distributions():
    np.testing.assert_array_equal(js_divergence(P, P), np.zeros(4))
    apart = js_divergence([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.1, 0.9])
    assert apart == pytest.approx(np.log(2), rel=1e-12)
    with pytest.raises(ValueError, match="sums to 0.95"):
        js_divergence([0.5, 0.5], [0.5, 0.4])


def test_js_is_the_value_of_the_game_at_the_best_discriminator():
    best = P / (P + Q)
    value = np.sum(P * np.log(best) + Q * np.log(1 - best), axis=-1)
    expected = 2 * js_divergence(P, Q) - 2 * np.log(2)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
