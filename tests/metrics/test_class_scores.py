"""Scores of class probabilities against SciPy, their limits, and their failures."""

import numpy as np
import pytest
from scipy import stats

from kgen.metrics import (
    am_score,
    inception_score,
    mode_score,
    modified_inception_score,
)

RNG = np.random.default_rng(0)
P, Q = RNG.dirichlet(np.ones(5), 40), RNG.dirichlet(np.full(5, 0.3), 30)


def test_the_inception_score_by_scipys_entropies():
    marginal = P.mean(axis=0)
    expected = np.exp(np.mean([stats.entropy(row, marginal) for row in P]))
    assert inception_score(P) == pytest.approx(expected)
    # As a mutual information: H(y) - H(y | x).
    information = stats.entropy(marginal) - stats.entropy(P, axis=1).mean()
    assert inception_score(P) == pytest.approx(np.exp(information))


def test_its_limits_and_its_blindness():
    sure = np.eye(10)[RNG.integers(10, size=5000)]
    assert inception_score(sure) == pytest.approx(10.0, rel=1e-2)
    assert inception_score(np.full((7, 10), 0.1)) == pytest.approx(1.0)
    assert inception_score(np.eye(10)[[3] * 50]) == pytest.approx(1.0)  # One class.
    assert inception_score(np.eye(10)) == pytest.approx(10.0)  # Ten images suffice.


def test_the_am_score_by_scipys_entropies():
    expected = stats.entropy(P.mean(0), Q.mean(0)) + stats.entropy(Q, axis=1).mean()
    assert am_score(P, Q) == pytest.approx(expected)


def test_the_am_score_asks_for_the_shares_of_the_data():
    real = np.eye(3)[[0, 0, 0, 1]]
    assert am_score(real, np.eye(3)[[0, 1, 0, 0]]) == pytest.approx(0.0)
    assert am_score(real, np.eye(3)[[0, 1]]) > 0.1
    assert am_score(real, np.eye(3)[[0, 0]]) == np.inf  # A class is missing.


@pytest.mark.parametrize(
    "given", [np.ones((3, 4)), np.full((2, 2), [1.5, -0.5]), np.ones(4) / 4]
)
def test_what_are_no_probabilities_is_refused(given):
    for call in (inception_score, lambda p: am_score(P, p)):
        with pytest.raises(
            ValueError, match="expects rows of prob|with at least 2 axes"
        ):
            call(given)


def test_the_modified_score_compares_all_pairs_of_a_class():
    scores = []
    for label in np.unique(P.argmax(axis=1)):
        rows = P[P.argmax(axis=1) == label]
        pairs = [stats.entropy(one, other) for one in rows for other in rows]
        scores.append(np.exp(np.mean(pairs)))
    assert modified_inception_score(P) == pytest.approx(np.mean(scores))
    assert modified_inception_score(np.eye(5)) == pytest.approx(1.0)  # One of each.


def test_the_mode_score_by_scipys_entropies():
    divergences = np.mean([stats.entropy(row, Q.mean(0)) for row in Q])
    expected = np.exp(divergences - stats.entropy(Q.mean(0), P.mean(0)))
    assert mode_score(P, Q) == pytest.approx(expected)
    # With p_real in both terms it would be the Inception score.
    printed = np.mean([stats.entropy(row, P.mean(0)) for row in Q])
    printed -= stats.entropy(Q.mean(0), P.mean(0))
    assert inception_score(Q) == pytest.approx(np.exp(printed))
    assert mode_score(np.eye(3)[:2], np.eye(3)) == 0.0  # A class beside the data.
    with pytest.raises(ValueError, match="of 5 and of 3 classes"):
        mode_score(P, np.eye(3))
