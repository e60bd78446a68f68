"""The relative discriminative score of sets at known distances."""

import numpy as np
import pytest
from sklearn.metrics import auc

from kgen.metrics.relative_score import (
    discriminator_curves,
    relative_discriminative_score,
)


def normal(seed, shift=0.0, num_examples=400):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(num_examples, 2)) + [shift, 0.0]


def test_shares_follow_the_distance_from_the_data():
    fakes = {str(s): normal(1 + i, s) for i, s in enumerate((3.0, 0.0, 1.0, 6.0))}
    found = relative_discriminative_score(normal(0), fakes, num_epochs=10)
    assert list(found) == list(fakes) and sum(found.values()) == pytest.approx(1.0)
    assert sorted(found, key=found.get, reverse=True) == ["0.0", "1.0", "3.0", "6.0"]
    assert found["0.0"] > 1.5 * found["3.0"]


def test_it_is_the_area_under_the_curves():
    fakes = {"a": normal(1), "b": normal(2, 2.0), "c": normal(3, 4.0)}
    curves = discriminator_curves(normal(0), fakes, 6, seed=3)
    areas = {name: auc(np.arange(6), curve) for name, curve in curves.items()}
    found = relative_discriminative_score(normal(0), fakes, 6, seed=3)
    total = sum(areas.values())
    assert found == pytest.approx({name: area / total for name, area in areas.items()})
    assert all(curve.shape == (6,) for curve in curves.values())


def test_curves_reach_the_best_classifiers_output():
    # Half of the fakes are far away, so that the density of fakes at the data is half
    # of that of the data: the best output there is 1 / (1 + 1 / 2).
    fakes = {"data": normal(1, num_examples=2000), "far": normal(2, 30.0, 2000)}
    curves = discriminator_curves(normal(0, num_examples=2000), fakes)
    assert curves["data"][-1] == pytest.approx(2 / 3, abs=0.03)
    assert curves["far"][-1] < 0.01


def test_equal_sets_tie():
    one = normal(1)
    found = relative_discriminative_score(normal(0), {"a": one, "b": one}, 3)
    assert found == pytest.approx({"a": 0.5, "b": 0.5}, abs=1e-12)
    fakes = {"a": normal(1), "b": normal(2), "c": normal(3)}
    found = relative_discriminative_score(normal(0), fakes, 5)
    assert found == pytest.approx(dict.fromkeys("abc", 1 / 3), abs=0.01)
    # All are told at once: the classifier's outputs are 0 in floating point.
    far = {"a": normal(1) + 1e8, "b": normal(2) + 1e8}
    assert relative_discriminative_score(normal(0), far, 5) == {"a": 0.5, "b": 0.5}


def test_units_of_features_do_not_matter():
    fakes = {"a": normal(1), "b": normal(2, 1.0)}
    found = relative_discriminative_score(normal(0), fakes, 3)
    scaled = {name: [1000.0, 0.001] * rows + 7.0 for name, rows in fakes.items()}
    real = [1000.0, 0.001] * normal(0) + 7.0
    assert relative_discriminative_score(real, scaled, 3) == pytest.approx(found)
    # A feature that is constant in the data, and another number in samples.
    real, fake = np.zeros((50, 1)), np.ones((50, 1))
    found = relative_discriminative_score(real, {"a": fake, "b": real}, 5)
    assert found["b"] > found["a"]


def test_what_makes_no_sense_is_refused():
    real = normal(0)
    for fakes, message in (
        ({"a": real}, "fakes as a dict of 1, but expects a dictionary of two"),
        (real, "fakes as a ndarray, but"),
        ({"a": real, "b": real[:, :1]}, r"fakes\['b'\] of shape \(400, 1\)"),
        ({"a": real, "b": real[:9]}, "400 of a, 9 of b, but expects equal ones"),
    ):
        with pytest.raises(ValueError, match=message):
            relative_discriminative_score(real, fakes)
    pair = {"a": real, "b": real}
    with pytest.raises(ValueError, match="`discriminator_curves` .* num_epochs=1"):
        discriminator_curves(real, pair, 1)
    with pytest.raises(ValueError, match="seed=-1"):
        relative_discriminative_score(real, pair, seed=-1)
