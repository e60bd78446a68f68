"""The support by pairs that are alike, where it is known."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from kgen.metrics import birthday_paradox

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(300, 8))


@pytest.mark.parametrize("support", [10, 100, 1000])
def test_as_many_different_samples_as_there_are(support):
    atoms = RNG.normal(size=(support, 8))
    found = birthday_paradox(REAL, atoms[RNG.integers(support, size=2000)])
    # The number of equal pairs is nearly a Poisson variable.
    pairs = 2000 * 1999 / 2 / support
    assert found["support"] == pytest.approx(support, rel=4 / np.sqrt(pairs))


def test_it_counts_pairs_below_the_threshold():
    fake = RNG.normal(size=(200, 2))
    distances = pdist(fake)
    found = birthday_paradox(REAL[:, :2], fake, threshold=0.1)
    assert found["support"] == pytest.approx(len(distances) / np.sum(distances <= 0.1))
    assert found["threshold"] == 0.1 and 0 < found["duplicates"] < 1


def test_the_threshold_is_the_closest_pair_of_real_examples():
    found = birthday_paradox(REAL, REAL + 1.0)
    assert found["threshold"] == pytest.approx(pdist(REAL).min())
    assert found["support"] == pytest.approx(300 * 299 / 2)
    assert found["duplicates"] == pytest.approx(2 / 300)


def test_equal_real_examples_are_no_threshold():
    real = np.concatenate([REAL, REAL[:1]])
    assert birthday_paradox(real, REAL)["threshold"] == pytest.approx(pdist(REAL).min())
    with pytest.raises(ValueError, match="equal rows only"):
        birthday_paradox(np.ones((9, 2)), np.ones((9, 2)))


def test_without_a_pair_the_support_is_infinite():
    found = birthday_paradox(REAL, REAL * 100)
    assert found["support"] == np.inf and found["duplicates"] == 0.0


def test_one_sample_is_refused():
    with pytest.raises(ValueError, match="at least 2 rows"):
        birthday_paradox(REAL, REAL[:1])
    with pytest.raises(ValueError, match="threshold was given as -1"):
        birthday_paradox(REAL, REAL, threshold=-1)
