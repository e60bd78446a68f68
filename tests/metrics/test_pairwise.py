"""Distances bounded by products are those of differences, to the last bit."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from kgen.metrics import neighbors
from kgen.metrics.pairwise import Distances, Scale

RNG = np.random.default_rng(0)
ONE, OTHER = RNG.normal(size=(50, 40)), 1.1 * RNG.normal(size=(60, 40)) + 0.05
SIZES = 10.0 ** RNG.integers(-20, 20, (50, 1))
CASES = {
    "plain": (ONE, OTHER),
    "float32": (ONE.astype("float32"), OTHER.astype("float32")),
    "far from 0": (1000 + ONE.astype("float32"), 1000 + OTHER.astype("float32")),
    "whole numbers": (np.round(2 * ONE), np.round(2 * OTHER)),
    "tenths": (0.1 * np.round(ONE), 0.1 * np.round(OTHER)),
    "bits": (ONE > 0, OTHER > 0),
    "copies": (ONE, np.concatenate([ONE[:30], OTHER])),
    "near copies": (ONE, np.concatenate([ONE * (1 + 1e-9), ONE * (1 + 1e-7)])),
    "one point": (ONE, np.tile(OTHER[:1], (20, 1))),
    "one point alone": (np.tile(ONE[:1], (9, 1)), np.tile(ONE[:1], (5, 1))),
    "an outlier": (ONE, np.concatenate([OTHER, 1e9 * OTHER[:1]])),
    "tiny": (1e-30 * ONE, 1e-30 * OTHER),
    "huge": (1e30 * ONE, 1e30 * OTHER),
    "all sizes": (SIZES * ONE, SIZES[::-1] * OTHER[:50]),
    "many features": tuple(RNG.normal(size=(2, 20, 3000))),
}


@pytest.fixture(params=CASES)
def pair(request, monkeypatch):
    one, other = (np.asarray(rows) for rows in CASES[request.param])
    monkeypatch.setattr(neighbors, "_CELLS", 7 * len(other))  # Several blocks.
    return one, other


def exact(one, other):
    return cdist(one.astype("float64"), other.astype("float64"), "sqeuclidean")


def test_what_is_read_from_rows(pair):
    expected = exact(*pair)
    order = np.sort(expected, axis=1)
    readings = {
        "min": (lambda d, start: np.min(d, axis=1), order[:, 0]),
        "argmin": (lambda d, start: np.argmin(d, axis=1), expected.argmin(axis=1)),
        "a rank": (lambda d, start: d.smallest(3), order[:, 3]),
        "as an array": (lambda d, start: np.sort(d, axis=1)[:, 2], order[:, 2]),
    }
    for name, (read, wanted) in readings.items():
        found = neighbors.by_rows(*pair, read)
        np.testing.assert_array_equal(found, wanted, name)


def test_comparisons_decide_ties(pair):
    one, other = pair
    expected = exact(one, other)
    by_column, by_row = expected[0], np.median(expected, axis=1, keepdims=True)
    nearest = expected.min(axis=1, keepdims=True)

    def compared(distances, start):
        rows = slice(start, start + len(distances))
        answers = (
            distances <= by_column,
            distances <= by_row[rows],
            distances <= expected[3, 2],
            distances == np.min(distances, axis=1, keepdims=True),
        )
        return np.stack(answers, axis=1)

    answers = (
        expected <= by_column,
        expected <= by_row,
        expected <= expected[3, 2],
        expected == nearest,
    )
    found = neighbors.by_rows(one, other, compared)
    np.testing.assert_array_equal(found, np.stack(answers, axis=1))


def test_pairs_are_left_out(pair):
    one, _ = pair
    expected = exact(one, one)
    np.fill_diagonal(expected, np.inf)

    def read(distances, start):
        rows = np.arange(len(distances))
        distances[rows, start + rows] = np.inf
        nearest = np.min(distances, axis=1, keepdims=True)
        return np.concatenate([nearest, np.asarray(distances)], axis=1)

    found = neighbors.by_rows(one, one, read)
    np.testing.assert_array_equal(found[:, 0], expected.min(axis=1))
    np.testing.assert_array_equal(found[:, 1:], expected)


def test_products_settle_all_but_a_few_pairs(monkeypatch):
    computed = []
    exactly = Distances._exact
    monkeypatch.setattr(
        Distances,
        "_exact",
        lambda self, near: computed.append(near.sum()) or exactly(self, near),
    )
    one, other = np.random.default_rng(1).normal(size=(2, 400, 500)).astype("float32")
    reach = neighbors.radii(other, 3)
    neighbors.by_rows(one, other, lambda d, start: np.any(d <= reach, axis=1))
    assert sum(computed) < 0.02 * 2 * 400**2


def test_distances_are_set_to_infinity_only():
    scale = Scale(ONE, OTHER)
    distances = Distances(ONE, OTHER, scale, scale(OTHER))
    with pytest.raises(ValueError, match="infinity only, not to 0.0"):
        distances[0, 0] = 0.0
