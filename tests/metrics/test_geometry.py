"""Holes of circles and discs, and times against a homology computed by hand."""

import builtins
from itertools import combinations

import numpy as np
import pytest

from kgen.metrics import FIGURES
from kgen.metrics.geometry import (
    geometry_score,
    hole_intervals,
    relative_living_times,
    times_of,
)

pytest.importorskip("gudhi")
FAST = {"num_landmarks": 16, "num_runs": 8, "gamma": 0.25}


def circle(num_points, seed=0):
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, num_points)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def disc(num_points, seed=0):
    radii = np.sqrt(np.random.default_rng(seed + 99).uniform(size=(num_points, 1)))
    return circle(num_points, seed) * radii


def intervals_by_hand(points, landmarks, gamma):
    """One-dimensional persistence: the complex by its definition, ranks of matrices."""
    distances = np.linalg.norm(points[:, None] - landmarks, axis=2)
    end, every = gamma * distances.max(), range(len(landmarks))
    times = {}
    for size in (1, 2, 3):
        for one in combinations(every, size):
            others = [j for j in every if j not in one]
            far, near = distances[:, one].max(axis=1), distances[:, others].min(axis=1)
            faces = [times[face] for face in combinations(one, size - 1) if face]
            times[one] = max(np.maximum(far - near, 0).min(), *faces, 0.0)
    order = sorted((time, len(s), s) for s, time in times.items() if time <= end)
    index = {simplex: k for k, (_, _, simplex) in enumerate(order)}
    reduced, pairs = {}, {}
    for k, (_, size, simplex) in enumerate(order):
        column = {index[face] for face in combinations(simplex, size - 1) if face}
        while column and max(column) in reduced:
            column ^= reduced[max(column)]
        if column:
            reduced[max(column)] = column
            pairs[max(column)] = k
        pairs.setdefault(k, None)
    killers = {k for k in pairs.values() if k is not None}
    found = []
    for k, (time, size, _) in enumerate(order):
        if size == 2 and k not in killers:
            death = np.inf if pairs[k] is None else order[pairs[k]][0]
            if death > time:
                found.append((time, death))
    return sorted(found), end


@pytest.mark.parametrize(("num_points", "gamma"), [(6, 0.05), (12, 0.1), (30, 0.4)])
def test_intervals_are_those_of_the_definition(num_points, gamma):
    with_holes = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        points, landmarks = rng.normal(size=(num_points, 3)), rng.normal(size=(8, 3))
        expected, end = intervals_by_hand(points, landmarks, gamma)
        found, found_end = hole_intervals(points, landmarks, gamma)
        assert found_end == pytest.approx(end)
        assert len(found) == len(expected), f"seed {seed}"
        if expected:
            np.testing.assert_allclose(sorted(map(tuple, found)), expected, rtol=1e-9)
        with_holes += bool(expected)
    assert with_holes >= 5


def test_times_are_those_of_the_intervals_of_landmarks():
    points = disc(14)  # With all points as landmarks each draw is the same set.
    times = relative_living_times(points, 14, num_runs=2, max_holes=6, gamma=0.2)
    expected = times_of(*intervals_by_hand(points, points, 0.2), 6)
    np.testing.assert_allclose(times, expected, atol=1e-9)
    assert np.all(times[:3] > 0.0)


def test_a_ring_of_edges_without_a_triangle_is_a_hole_all_the_time():
    """The corners of a square, each joined to the next by a point between them."""
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
    middles = (corners + np.roll(corners, 1, axis=0)) / 2
    intervals, end = hole_intervals(middles, corners, gamma=0.1)
    np.testing.assert_array_equal(intervals, [[0.0, np.inf]])
    assert end == pytest.approx(0.1 * np.sqrt(5.0))
    # The next corners are farther by sqrt 5 - 1: then the square is filled.
    intervals, _ = hole_intervals(middles, corners, gamma=1.0)
    np.testing.assert_allclose(intervals, [[0.0, np.sqrt(5.0) - 1.0]])


def test_times_of_given_intervals():
    """One hole from 1 to 3, one from 2 to 5, one from 4 on, until 10."""
    intervals = np.array([[1.0, 3.0], [2.0, 5.0], [4.0, np.inf]])
    found = times_of(intervals, 10.0, max_holes=3)
    # None for 1; one from 1 to 2, 3 to 4 and 5 to 10; two from 2 to 3 and 4 to 5.
    np.testing.assert_allclose(found, [0.1, 0.7, 0.2, 0.0])
    np.testing.assert_allclose(times_of(intervals, 10.0, max_holes=1), [0.1, 0.9])
    np.testing.assert_allclose(times_of(np.zeros((0, 2)), 3.0, 2), [1.0, 0.0, 0.0])


def test_a_circle_has_one_hole_and_a_disc_none():
    one, none = (relative_living_times(make(300), **FAST) for make in (circle, disc))
    assert one.shape == none.shape == (201,)
    assert one[1] > 0.95 and none[0] > 0.8
    assert one.sum() == pytest.approx(1.0) and none.sum() == pytest.approx(1.0)


def test_circles_are_alike_wherever_they_are_and_unlike_discs():
    real = circle(300)
    assert geometry_score(real, real, **FAST) == 0.0
    assert geometry_score(real, 5.0 * circle(300, 1) - 30.0, **FAST) < 0.02
    assert geometry_score(real, disc(300), **FAST) > 1.0
    two = np.concatenate([circle(150), circle(150, 1) + 10.0])
    assert geometry_score(real, two, **FAST) > 1.0


def test_the_seed_fixes_the_landmarks():
    points = disc(60)
    first, again, other = (
        relative_living_times(points, 16, 1, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_equal_points_have_no_hole():
    times = relative_living_times(np.ones((9, 3)), 5, num_runs=2, max_holes=3)
    np.testing.assert_array_equal(times, [1.0, 0.0, 0.0, 0.0])
    collapsed = geometry_score(circle(300), np.ones((300, 2)), **FAST)
    assert collapsed == pytest.approx(2.0, abs=0.2)


def test_it_is_a_figure_of_features_of_which_less_is_better():
    figure = FIGURES["geometry_score"]
    assert figure.needs == ("equal_features", "equal_sample_features")
    assert figure.reading("geometry_score")[1] == "lower" and figure.enough == 1000


def test_without_gudhi_the_error_says_what_to_install(monkeypatch):
    load = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "gudhi":
            raise ImportError("No module named 'gudhi'")
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r'pip install "kgen\[evaluation\]"'):
        relative_living_times(circle(9), 4, 1)


def test_what_makes_no_sense_is_refused_by_the_name_of_the_function():
    points = circle(20)
    with pytest.raises(ValueError, match="20 real and 19 fake rows, but expects equal"):
        geometry_score(points, points[1:], 4)
    with pytest.raises(ValueError, match="`geometry_score` .*num_landmarks=64 and 20"):
        geometry_score(points, points)
    with pytest.raises(ValueError, match="`relative_living_times` .*num_landmarks=3"):
        relative_living_times(points, 3)
    with pytest.raises(ValueError, match="`geometry_score` was given num_runs=0"):
        geometry_score(points, points, 4, 0)
    with pytest.raises(ValueError, match="max_holes=0"):
        relative_living_times(points, 4, 1, 0)
    with pytest.raises(ValueError, match="given gamma=0, but expects a number above 0"):
        relative_living_times(points, 4, 1, gamma=0)
    with pytest.raises(ValueError, match="gamma was given as -1"):
        relative_living_times(points, 4, 1, gamma=-1)
    with pytest.raises(ValueError, match="seed=1.5"):
        relative_living_times(points, 4, 1, seed=1.5)
    with pytest.raises(ValueError, match="points with NaN or infinity in 40 of 40"):
        relative_living_times(points * np.nan, 4)
