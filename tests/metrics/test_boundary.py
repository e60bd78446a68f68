"""What is lost at the boundary of classes, and a linear probe."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kgen.metrics import boundary_distortion, linear_probe
from kgen.metrics.boundary import effective_rank

RNG = np.random.default_rng(0)
LABELS = np.arange(1000) % 2


def two_classes(spread):
    """Two classes, stretched aslant; `spread` scales their distance from the centre."""
    noise = RNG.normal(size=(1000, 2)) * [0.5, 4.0] * spread
    turned = noise @ np.array([[1, 1], [-1, 1]]) / np.sqrt(2)
    return turned + 3 * LABELS[:, None] * [1, 0]


def test_samples_of_the_data_lose_nothing_and_wrong_labels_much():
    real = two_classes(1.0)
    same = boundary_distortion(real, LABELS, two_classes(1.0), LABELS)
    assert abs(same["boundary_distortion"]) < 0.02
    assert same["spectrum"] == pytest.approx(1.0, abs=0.1)
    wrong = boundary_distortion(real, LABELS, two_classes(1.0), 1 - LABELS)
    assert wrong["boundary_distortion"] > 0.5


def test_samples_near_the_centres_leave_the_boundary_open():
    fake = two_classes(0.0) + 0.01 * RNG.normal(size=(1000, 2))
    found = boundary_distortion(two_classes(1.0), LABELS, fake, LABELS)
    # The border between two points is square to their connection: it cuts the classes,
    # which are stretched across it.
    assert found["boundary_distortion"] > 0.1


def test_the_effective_rank_of_known_covariances():
    equal = np.concatenate([np.eye(5), -np.eye(5)])
    assert effective_rank(equal) == pytest.approx(5.0)
    # Eigenvalues 4 and 1.
    assert effective_rank(np.array([[2, 0], [-2, 0], [0, 1], [0, -1]])) == (
        pytest.approx(25 / 17)
    )


def test_pixels_of_digits_are_linear_features():
    x, labels = load_digits(return_X_y=True)
    assert linear_probe(x[:600], labels[:600]) > 0.9
    shuffled = RNG.permutation(labels[:600])
    assert linear_probe(x[:600], shuffled) < 0.2


def test_one_class_equal_rows_and_small_classes_are_refused():
    x = two_classes(1.0)
    with pytest.raises(ValueError, match="of two classes or more"):
        boundary_distortion(x, LABELS, x, np.zeros(1000, int))
    with pytest.raises(ValueError, match="All 1000 rows of features are equal"):
        boundary_distortion(x, LABELS, x * 0.0, LABELS)
    with pytest.raises(ValueError, match="a class with 1 examples, but expects 5"):
        linear_probe(x[:11], [0] * 10 + [1])
