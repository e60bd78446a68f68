"""Precision and recall on sets whose answers are plain, and against a loop."""

import statistics

import numpy as np
import pytest

from kgen.metrics import f1_score, precision_recall


def normal(num_examples, dim=2, seed=0):
    return np.random.default_rng(seed).normal(size=(num_examples, dim))


def test_balls_on_a_line():
    """Balls of the nearest neighbour: real ones reach 1, 1 and 8, fake ones 3 and 3."""
    real, fake = np.array([[0.0], [1.0], [9.0]]), np.array([[-1.5], [1.5]])
    figures = precision_recall(real, fake, num_neighbors=1)
    assert figures == {"precision": 0.5, "recall": 2 / 3}
    # The edge belongs to the ball.
    figures = precision_recall(real, [[2.0], [30.0]], num_neighbors=1)
    assert figures == {"precision": 0.5, "recall": 1.0}


@pytest.mark.parametrize("num_neighbors", [1, 3, 5])
def test_agrees_with_a_loop_over_balls(num_neighbors):
    real, fake = normal(40, 3), 1.5 * normal(30, 3, seed=1) + 0.5

    def share(centres, points):
        hits = 0
        for point in points:
            for centre in centres:
                reach = np.sort(np.linalg.norm(centres - centre, axis=1))[num_neighbors]
                if np.linalg.norm(point - centre) <= reach:
                    hits += 1
                    break
        return hits / len(points)

    figures = precision_recall(real, fake, num_neighbors)
    assert figures == {"precision": share(real, fake), "recall": share(fake, real)}
    assert 0.0 < figures["precision"] < 1.0


def test_the_f1_score_is_scikit_learns_harmonic_mean():
    real, fake = normal(40, 3), 1.5 * normal(30, 3, seed=1) + 0.5
    shares = precision_recall(real, fake)
    expected = statistics.harmonic_mean(shares.values())
    assert f1_score(real, fake) == pytest.approx(expected)
    # Of four modes one: precision 1, recall 0.25.
    modes = 100.0 * np.eye(4)
    real = (modes[:, None] + normal(200, 4).reshape(4, 50, 4)).reshape(200, 4)
    assert f1_score(real, real[:50]) == pytest.approx(2 * 0.25 / 1.25)
    assert f1_score(real, real + 1e4) == 0.0


def test_dropped_modes_cost_recall_alone():
    modes = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0], [100.0, 100.0]])
    real = (modes[:, None] + normal(200).reshape(4, 50, 2)).reshape(-1, 2)
    figures = precision_recall(real, real[:50])
    assert figures == {"precision": 1.0, "recall": 0.25}


def test_samples_off_the_data_cost_precision_alone():
    real = normal(100)
    fake = np.concatenate([real, real[:50] + 1000.0])
    figures = precision_recall(real, fake)
    assert figures == {"precision": pytest.approx(2 / 3), "recall": 1.0}


@pytest.mark.parametrize("dim", [2, 64])
def test_equal_sets_are_within_each_other_though_examples_repeat(dim):
    points = np.repeat(1000.0 + normal(25, dim), 4, axis=0).astype("float32")
    figures = precision_recall(points, points[::-1])
    assert figures == {"precision": 1.0, "recall": 1.0}
    moved = precision_recall(points, points + 0.01)
    assert moved == {"precision": 0.0, "recall": 0.0}  # Balls of radius 0.


def test_too_few_examples_are_refused():
    with pytest.raises(ValueError, match="at least 4 rows"):
        precision_recall(normal(10), normal(3))


def test_no_neighbour_is_refused():
    with pytest.raises(ValueError, match="num_neighbors=0"):
        precision_recall(np.zeros((3, 1)), np.ones((3, 1)), num_neighbors=0)
