"""Verification, against all pairs by hand and the closed form of two Gaussians."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cosine

from kgen.downstream import verification

RNG = np.random.default_rng(0)
LABELS = RNG.integers(3, size=40)
Z = (RNG.normal(size=(40, 5)) + 2 * np.eye(5)[LABELS]).astype("float32")


def by_hand(measure, z):
    """Distances of all pairs of one class, and of others."""
    found = {True: [], False: []}
    for i, j in itertools.combinations(range(len(z)), 2):
        found[LABELS[i] == LABELS[j]].append(measure(z[i], z[j]))
    return np.array(found[True]), np.array(found[False])


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_by_hand(distance):
    z = np.float64(Z)
    if distance == "cosine":
        same, others = by_hand(cosine, z - z.mean(axis=0))
    else:
        same, others = by_hand(lambda a, b: np.linalg.norm(a - b), z)
    found = verification(Z, LABELS, distance)
    assert found.auroc == pytest.approx(np.mean(same[:, None] < others), abs=1e-9)
    for k in range(0, len(found.thresholds), 50):
        limit = found.thresholds[k] + 1e-9
        assert found.true_match_rate[k] == pytest.approx(np.mean(same <= limit))
        assert found.false_match_rate[k] == pytest.approx(np.mean(others <= limit))
    assert np.all(np.diff(found.thresholds) > 0)
    gap = np.abs(found.false_match_rate - (1 - found.true_match_rate))
    nearest = found.false_match_rate[gap.argmin()]
    assert found.equal_error_rate == pytest.approx(nearest, abs=0.01)


def test_two_gaussians_have_a_closed_form():
    """d = |x - y| is |N(0, 2)| within a class and |N(3, 2)| between both."""
    labels = np.arange(3000) % 2
    z = np.random.default_rng(1).normal(size=3000) + 3 * labels
    found = verification(z[:, None], labels, "euclidean", num_pairs=200_000)
    limit = 1.5
    between = stats.norm(3, 2**0.5)
    k = np.searchsorted(found.thresholds, limit) - 1
    true = 2 * stats.norm.cdf(limit / 2**0.5) - 1
    false = between.cdf(limit) - between.cdf(-limit)
    assert found.true_match_rate[k] == pytest.approx(true, abs=0.02)
    assert found.false_match_rate[k] == pytest.approx(false, abs=0.02)


def test_codes_without_classes_are_blind_and_grids_are_flattened():
    z = np.random.default_rng(0).normal(size=(300, 2, 3))
    found = verification(z, np.arange(300) % 5)
    assert abs(found.auroc - 0.5) < 0.02
    assert abs(found.equal_error_rate - 0.5) < 0.02


def test_refused():
    with pytest.raises(ValueError, match="one int for each code"):
        verification(Z, LABELS[:-1])
    with pytest.raises(ValueError, match="one int for each code"):
        verification(Z, LABELS + 0.5)
    with pytest.raises(ValueError, match="1 classes"):
        verification(Z, np.zeros(40, int))
    with pytest.raises(ValueError, match="Unknown distance 'angle'"):
        verification(Z, LABELS, "angle")
    with pytest.raises(ValueError, match="indices of a codebook"):
        verification(LABELS[:, None], LABELS)
