"""The geometry score: do samples have as many holes as the data, for as long?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_number, check_seed
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register


@register(
    "geometry_score",
    ("equal_features", "equal_sample_features"),
    better="lower",
    enough=1000,
)
def geometry_score(
    real: ArrayLike,
    fake: ArrayLike,
    num_landmarks: int = 64,
    num_runs: int = 100,
    max_holes: int = 200,
    gamma: float = 1 / 128,
    seed: int | None = 0,
) -> float:
    """`sum_i (T_real(i) - T_fake(i))^2`, with the times of `relative_living_times`.

    It compares the holes of two sets, from 0 for equal times to 2 for times that no
    number of holes shares. Two samples of one distribution, of 2000 in 64 dimensions
    each, get about 0.0004; samples with 5 of 10 modes get 0.04. Few examples have more
    holes than many: take 1000 or more.

    It sees shapes only. Samples in another place, turned or of another size get 0, so
    read it next to a distance. In many dimensions holes are those between single
    examples: it does not see that half of 64 features of noise are too small.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(n, d)`: of as many rows, since fewer points have more holes.
        num_landmarks: See `relative_living_times`.
        num_runs: See `relative_living_times`.
        max_holes: See `relative_living_times`.
        gamma: See `relative_living_times`.
        seed: Integer that fixes the landmarks of both sets: equal sets get 0.

    Returns:
        The score, a float in 0..2.

    Raises:
        ValueError: unless both are finite matrices of one shape with `num_landmarks`
            rows or more, or for an invalid number or seed.
        ImportError: without the package `gudhi`.

    Example:

    >>> angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    >>> circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> disc = circle * np.sqrt(np.random.default_rng(0).uniform(size=(200, 1)))
    >>> geometry_score(circle, 3 * circle + 1, 16, 9, gamma=0.2) < 0.01
    True
    >>> geometry_score(circle, disc, 16, 9, gamma=0.2) > 1.0
    True

    References:
        [Khrulkov & Oseledets, 2018](https://arxiv.org/abs/1802.02664)
    """
    real, fake = as_features("geometry_score", real, fake, fewest=1)
    if len(real) != len(fake):
        raise ValueError(
            f"`geometry_score` was given {len(real)} real and {len(fake)} fake rows, "
            "but expects equal numbers, since fewer points have more holes. Draw as "
            "many samples, or leave some out."
        )
    one, other = (
        _mean_times(
            "geometry_score", rows, num_landmarks, num_runs, max_holes, gamma, seed
        )
        for rows in (real, fake)
    )
    return float(np.sum((one - other) ** 2))


def relative_living_times(
    points: ArrayLike,
    num_landmarks: int = 64,
    num_runs: int = 100,
    max_holes: int = 200,
    gamma: float = 1 / 128,
    seed: int | None = 0,
) -> np.ndarray:
    """For which part of the time a shape made of points has 0, 1, 2, ... holes.

    Random landmarks among the points are joined: two by an edge, three by a triangle. A
    set of landmarks is joined at the time t if some point has them nearest, apart from
    others that are nearer by at most t; and if its parts are joined. t goes from 0 to
    `gamma` times the largest distance of a point to a landmark, so that the size of the
    points does not matter. A hole is a ring that is not filled, a class of the first
    homology group: a circle has one, a disc has none.

    The result is the mean over draws of landmarks.

    Args:
        points: `(n, *shape)`, one row for each point.
        num_landmarks: Number of landmarks, 4 or more, at most `n`.
        num_runs: Number of draws of landmarks, 1 or more.
        max_holes: Largest number of holes; more are counted as so many.
        gamma: Part of the largest distance at which the time ends, above 0. Larger
            values join more, and take longer.
        seed: Integer that fixes the landmarks.

    Returns:
        Array `(max_holes + 1,)` that sums to 1: its entry i is the part of the time
        with i holes.

    Raises:
        ValueError: unless the points are finite, with `num_landmarks` rows or more, or
            for an invalid number or seed.
        ImportError: without the package `gudhi`.

    Example:

    >>> angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    >>> circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> times = relative_living_times(circle, num_landmarks=16, num_runs=9, gamma=0.2)
    >>> bool(times[1] > 0.9)
    True

    References:
        [Khrulkov & Oseledets, 2018](https://arxiv.org/abs/1802.02664),
        [de Silva & Carlsson, 2004](https://doi.org/10.2312/SPBG/SPBG04/157-166)
    """
    name = "relative_living_times"
    points = numbers(name, "points", points, axes=2, rows=1).astype("float64")
    points = points.reshape(len(points), -1)
    return _mean_times(name, points, num_landmarks, num_runs, max_holes, gamma, seed)


def _mean_times(name, points, num_landmarks, num_runs, max_holes, gamma, seed):
    """The times, see `relative_living_times`; `name` is for the errors."""
    num_landmarks = check_count(name, "num_landmarks", num_landmarks, fewest=4)
    num_runs = check_count(name, "num_runs", num_runs)
    max_holes = check_count(name, "max_holes", max_holes)
    if not check_number("gamma", gamma):
        raise ValueError(f"`{name}` was given gamma=0, but expects a number above 0.")
    rng = np.random.default_rng(check_seed(name, seed))
    if len(points) < num_landmarks:
        raise ValueError(
            f"`{name}` was given num_landmarks={num_landmarks} and {len(points)} rows, "
            "but expects as many rows or more. Pass fewer landmarks, or more rows."
        )
    times = np.zeros(max_holes + 1)
    for _ in range(num_runs):
        landmarks = rng.choice(points, num_landmarks, replace=False)
        intervals, end = hole_intervals(points, landmarks, gamma)
        times += times_of(intervals, end, max_holes) / num_runs
    return times


def hole_intervals(points, landmarks, gamma):
    """Times of birth and death of each hole of a witness complex.

    Args:
        points: `(n, d)`.
        landmarks: `(m, d)`, 4 or more.
        gamma: See `relative_living_times`.

    Returns:
        `(intervals, end)`: times `(num_holes, 2)`, and the time at which all ends. A
        hole that outlives it has an infinite death.
    """
    from scipy.spatial.distance import cdist

    try:
        from gudhi import WitnessComplex
    except ImportError as error:
        raise ImportError(
            "The geometry score needs the package gudhi, which is not installed: "
            'pip install "kgen[evaluation]".'
        ) from error
    distances = cdist(points, landmarks)
    end = gamma * float(np.max(distances))
    if not end:  # All points are one, which has no holes.
        return np.zeros((0, 2)), 1.0
    order = np.argsort(distances, axis=1)
    ranked = np.take_along_axis(distances, order, axis=1)
    # In a triangle with a farther landmark, one of a point's three nearest is missing.
    # Landmarks that are farther than the third by more than `end` are in no triangle of
    # the point, and are left out: lists are slow.
    width = np.max(np.sum(ranked <= ranked[:, 2:3] + end, axis=1))
    pairs = zip(order[:, :width].tolist(), ranked[:, :width].tolist(), strict=True)
    table = [list(zip(*row, strict=True)) for row in pairs]
    # gudhi speaks of squared distances. Like the authors of the score we give it
    # distances, so that times are lengths.
    tree = WitnessComplex(table).create_simplex_tree(end, limit_dimension=2)
    # Without this switch a ring of edges is no hole as long as there is no triangle.
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    return tree.persistence_intervals_in_dimension(1), end


def times_of(intervals, end, max_holes):
    """Parts `(max_holes + 1,)` of the time from 0 to `end` with 0, 1, ... holes."""
    born, dead = np.minimum(np.reshape(intervals, (-1, 2)), end).T
    changes = np.unique([0.0, end, *born, *dead])
    middles = (changes[1:] + changes[:-1]) / 2
    holes = np.sum((born[:, None] <= middles) & (middles < dead[:, None]), axis=0)
    parts = np.diff(changes) / end
    return np.bincount(np.minimum(holes, max_holes), parts, max_holes + 1)
