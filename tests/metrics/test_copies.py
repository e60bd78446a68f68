"""Copies of training examples among samples, and distances against a loop."""

import numpy as np
import pytest

from kgen.metrics import memorization


def normal(num_examples, dim=2, seed=0):
    return np.random.default_rng(seed).normal(size=(num_examples, dim))


def test_copies_are_found_among_honest_samples():
    train, test, honest = (normal(400, 4, seed) for seed in range(3))
    fake = np.concatenate([honest[:300], train[:100] + 1e-3])
    found = memorization(train, test, fake, share=0.05)
    assert found["copies"] == pytest.approx(0.25 + 0.75 * 0.05, abs=0.03)
    honest = memorization(train, test, honest)
    assert honest["copies"] == pytest.approx(0.05, abs=0.03)
    assert honest["nearness"] == pytest.approx(1.0, abs=0.1)
    assert memorization(train, test, train)["nearness"] == 0.0


def test_the_distances_are_those_of_a_loop():
    train, test, fake = normal(20, 3), normal(9, 3, 1), normal(7, 3, 2)
    nearest = [
        [min(np.linalg.norm(row - other) for other in train) for row in rows]
        for rows in (test, fake)
    ]
    found = memorization(train, test, fake, share=0.5)
    assert found["nearness"] == pytest.approx(
        np.median(nearest[1]) / np.median(nearest[0])
    )
    assert found["copies"] == np.mean(nearest[1] < np.median(nearest[0]))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="share was given as 1.5"):
        memorization(normal(5), normal(5, 2, 1), normal(5), share=1.5)
    with pytest.raises(ValueError, match="half of its rows or more among those"):
        memorization(normal(5), normal(5), normal(5, 2, 1))
    with pytest.raises(ValueError, match=r"train of shape \(5, 2\) and test of shape"):
        memorization(normal(5), normal(5, 3), normal(5))


def test_copies_are_seen_though_some_held_out_examples_are_in_the_training_data():
    train, test = np.random.default_rng(3).normal(size=(2, 200, 4))
    test[:20] = train[:20]
    assert memorization(train, test, train[50:100])["copies"] == 1.0
