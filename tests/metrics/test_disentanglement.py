"""The mutual information gap against scikit-learn, and where it is 1 or 0."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score

from kgen.metrics import FIGURES
from kgen.metrics.disentanglement import mutual_information_gap


def grid(*sizes):
    """Each combination of values once: uniform factors, independent of each other."""
    axes = np.meshgrid(*(np.arange(size) for size in sizes), indexing="ij")
    return np.stack(axes, axis=-1).reshape(-1, len(sizes))


def test_it_is_the_gap_of_scikit_learns_information():
    rng = np.random.default_rng(0)
    factors = rng.integers([3, 5], size=(400, 2))
    codes = rng.normal(size=(400, 4))
    codes[:, 1] += factors[:, 0]
    # Whole numbers from 0 to 7 are edges of 7 bins.
    codes[:, 2] = factors[:, 1] + rng.integers(4, size=400)
    codes[:, 3] += factors[:, 1] - factors[:, 0]
    gaps = []
    for factor in factors.T:
        found = []
        for column in codes.T:
            edges = np.histogram_bin_edges(column, bins=7)
            found.append(mutual_info_score(np.digitize(column, edges[1:-1]), factor))
        found.sort()
        entropy = stats.entropy(np.unique(factor, return_counts=True)[1])
        gaps.append((found[-1] - found[-2]) / entropy)
    assert mutual_information_gap(codes, factors, 7) == pytest.approx(np.mean(gaps))
    assert 0.05 < np.mean(gaps) < 0.9


def test_codes_equal_to_independent_factors_have_a_gap_of_1():
    factors = grid(3, 4, 5)
    codes = np.concatenate([factors, np.zeros((60, 2))], axis=1)
    assert mutual_information_gap(codes, factors) == pytest.approx(1.0)
    # The order of the coordinates, their scale and the names of values say nothing.
    other = codes[:, [4, 2, 0, 3, 1]] * [1.0, -2.0, 3.0, 1.0, 0.1]
    assert mutual_information_gap(other, 0.5 * factors - 7) == pytest.approx(1.0)


def test_shared_factors_have_no_gap():
    factors = grid(4, 4)
    rotated = factors @ [[1.0, 1.0], [1.0, -1.0]]
    assert mutual_information_gap(rotated, factors) == pytest.approx(0.0, abs=1e-12)
    # A repeated code has no gap, and those of the two factors count alike.
    twice = factors[:, [0, 0, 1]].astype("float64")
    assert mutual_information_gap(twice, factors) == pytest.approx(0.5)
    both = factors[:, [0, 0, 1, 1]].astype("float64")
    assert mutual_information_gap(both, factors) == pytest.approx(0.0, abs=1e-12)


def test_too_few_bins_blur_values():
    """Two bins tell which half of four values it is: 1 bit of 2."""
    factors = grid(4, 4)
    codes = factors.astype("float64")
    assert mutual_information_gap(codes, factors, 2) == pytest.approx(0.5)


def test_codes_without_information_seem_to_have_some_of_few_examples():
    rng = np.random.default_rng(1)
    factors = rng.integers(4, size=(4000, 1))
    information = np.mean(
        [
            mutual_information_gap(
                np.stack([rng.normal(size=4000), np.zeros(4000)], axis=1), factors, 10
            )
            for _ in range(60)
        ]
    )
    # The other coordinate is constant, so the gap is that of the noise.
    bias = 9 * 3 / (2 * 4000) / np.log(4)
    assert information == pytest.approx(bias, rel=0.15)


def test_it_is_a_figure_of_codes_and_factors():
    figure = FIGURES["mutual_information_gap"]
    assert figure.needs == ("codes", "factors") and figure.enough == 1000
    assert figure.reading("mutual_information_gap")[1] == "higher"


def test_what_makes_no_sense_is_refused():
    factors = grid(4, 4)
    codes = factors.astype("float64")
    with pytest.raises(ValueError, match="expects floats: integers are indices"):
        mutual_information_gap(factors, factors)
    with pytest.raises(ValueError, match=r"of shape \(16, 1\) .* d of 2 or more"):
        mutual_information_gap(codes[:, :1], factors)
    with pytest.raises(ValueError, match=r"factors of shape \(15, 2\), but expects"):
        mutual_information_gap(codes, factors[1:])
    with pytest.raises(
        ValueError, match=r"Give one factor an axis: factors\[:, None\]"
    ):
        mutual_information_gap(codes, factors[:, 0])
    with pytest.raises(ValueError, match="1 values in column 1, of 16 rows"):
        mutual_information_gap(codes, factors * [1, 0])
    with pytest.raises(ValueError, match="16 values in column 0.*np.digitize"):
        mutual_information_gap(codes, np.arange(16.0)[:, None])
    with pytest.raises(ValueError, match="codes with NaN or infinity in 32 of 32"):
        mutual_information_gap(codes * np.nan, factors)
    with pytest.raises(ValueError, match="num_bins=1"):
        mutual_information_gap(codes, factors, 1)
