"""Which set is nearer: by chance, by coverage, by hand."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from kgen.metrics import retrieval
from kgen.metrics.judged import fair

RNG = np.random.default_rng(0)
QUERIES, ONE, OTHER = RNG.normal(size=(3, 150, 3))


def test_it_is_the_nearest_row_of_each_set():
    found = retrieval(QUERIES, ONE, OTHER * 1.5)
    near, far = (cdist(QUERIES, rows).min(axis=1) for rows in (ONE, OTHER * 1.5))
    assert found["retrieval_wins"] == np.mean(near < far)
    assert found["retrieval_distance"] == pytest.approx(near.mean() / far.mean())
    expected = stats.wilcoxon(near, far).pvalue
    assert found["retrieval_p_value"] == pytest.approx(expected)


def test_two_sets_of_one_distribution_are_as_near():
    found = retrieval(QUERIES, ONE, OTHER)
    assert 0.4 < found["retrieval_wins"] < 0.6 and found["retrieval_p_value"] > 0.01


def test_missing_modes_lose():
    found = retrieval(QUERIES, np.abs(ONE), OTHER)
    assert found["retrieval_wins"] < 0.4 and found["retrieval_p_value"] < 0.01


def test_equal_sets_tie_and_the_larger_one_has_no_advantage():
    assert retrieval(QUERIES, ONE, ONE) == {
        "retrieval_wins": 0.5,
        "retrieval_distance": 1.0,
        "retrieval_p_value": 1.0,
    }
    assert retrieval(QUERIES, ONE[:50], OTHER) == (
        retrieval(QUERIES, ONE[:50], fair(OTHER, 50))
    )


def test_queries_that_the_other_set_holds_are_refused():
    with pytest.raises(ValueError, match="all among the rows of other"):
        retrieval(QUERIES, ONE, QUERIES)
