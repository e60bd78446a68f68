"""The test by nearest neighbours against scikit-learn, and on plain sets."""

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from kgen.metrics import nearest_neighbor_test


def normal(num_examples, dim=2, seed=0):
    return np.random.default_rng(seed).normal(size=(num_examples, dim))


def test_it_is_scikit_learns_classifier_leaving_one_out():
    real, fake = normal(40, 3), 1.3 * normal(40, 3, seed=1) + 0.3
    labels = np.repeat([1, 0], 40)
    judged = cross_val_predict(
        KNeighborsClassifier(1), np.concatenate([real, fake]), labels, cv=LeaveOneOut()
    )
    right = judged == labels
    assert nearest_neighbor_test(real, fake) == {
        "accuracy": pytest.approx(right.mean()),
        "real_accuracy": pytest.approx(right[:40].mean()),
        "fake_accuracy": pytest.approx(right[40:].mean()),
    }


def test_equal_distributions_give_a_half_and_copies_0():
    found = [
        nearest_neighbor_test(normal(60, 2, 2 * s), normal(60, 2, 2 * s + 1))
        for s in range(100)
    ]
    mean = np.mean([one["accuracy"] for one in found])
    # With both sets known, the nearest of 119 others is of the same set for 59.
    assert mean == pytest.approx(59 / 119, abs=0.02)
    assert nearest_neighbor_test(normal(50), normal(50))["accuracy"] == 0.0


def test_missing_modes_show_in_the_two_accuracies():
    modes = np.array([[0.0, 0.0], [100.0, 0.0]])
    real = (modes[:, None] + normal(200).reshape(2, 100, 2)).reshape(-1, 2)
    fake = normal(200, seed=1)  # One of two modes, twice as dense.
    found = nearest_neighbor_test(real, fake)
    assert found["real_accuracy"] > 0.6 and found["fake_accuracy"] > 0.6
    assert found["real_accuracy"] == pytest.approx((1.0 + 1 / 3) / 2, abs=0.06)
    assert found["fake_accuracy"] == pytest.approx(2 / 3, abs=0.06)


def test_neighbours_at_the_same_distance_share():
    found = nearest_neighbor_test([[0.0], [2.0]], [[1.0], [9.0]])
    # 0 and 2 are nearest to the fake 1, this to both, and 9 to the real 2.
    assert found == {"accuracy": 0.0, "real_accuracy": 0.0, "fake_accuracy": 0.0}
    found = nearest_neighbor_test([[1.0], [9.0]], [[0.0], [2.0]])
    assert found["real_accuracy"] == 0.0
    found = nearest_neighbor_test([[0.0], [1.0]], [[-1.0], [50.0]])
    assert found["real_accuracy"] == pytest.approx((0.5 + 1.0) / 2)


def test_unequal_numbers_are_refused():
    with pytest.raises(ValueError, match="5 real and 4 fake rows, but expects equal"):
        nearest_neighbor_test(normal(5), normal(4))
