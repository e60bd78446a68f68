"""PRD curves against a loop, their definition, and closed forms of separate points."""

import numpy as np
import pytest
from scipy import optimize
from sklearn.cluster import KMeans

from kgen.metrics import FIGURES
from kgen.metrics.prd import prd, prd_curve

ANGLES = np.linspace(1e-10, np.pi / 2 - 1e-10, 1001)


def points(*counts):
    """So many copies of points far from each other, which are clusters of their own."""
    return np.repeat(100.0 * np.eye(len(counts)), counts, axis=0)


def area(precision, recall):
    """Area below the curve, with the recall from 0 on."""
    return np.trapezoid(precision[::-1], recall[::-1])


def f_score(precision, recall, beta):
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def test_the_curve_is_that_of_a_loop_over_clusters_and_angles():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(40, 3)), 1.5 * rng.normal(size=(30, 3)) + 0.5
    state, curves = np.random.RandomState(3), []
    for _ in range(2):
        means = KMeans(5, n_init=1, random_state=state).fit(np.vstack([real, fake]))
        p = [np.mean(means.predict(real) == cluster) for cluster in range(5)]
        q = [np.mean(means.predict(fake) == cluster) for cluster in range(5)]
        curve = []
        for angle in ANGLES:
            slope = np.tan(angle)
            one = sum(min(slope * a, b) for a, b in zip(p, q, strict=True))
            other = sum(min(a, b / slope) for a, b in zip(p, q, strict=True))
            curve.append((one, other))
        curves.append(curve)
    assert not np.allclose(*curves), "the runs are to differ"
    expected = np.mean(curves, axis=0).T
    found = prd_curve(real, fake, num_clusters=5, num_runs=2, seed=3)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    scores = prd(real, fake, num_clusters=5, num_runs=2, seed=3)
    assert scores == {
        "f_8": pytest.approx(max(f_score(*pair, 8) for pair in expected.T)),
        "f_1_8": pytest.approx(max(f_score(*pair, 1 / 8) for pair in expected.T)),
    }


@pytest.mark.parametrize("index", [100, 400, 500, 700])
def test_the_precision_is_the_largest_that_the_definition_allows(index):
    """A part a of q and a part a / l of p that are one distribution: m, of sum a."""
    p, q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.1, 0.5, 0.0, 0.4])
    slope = np.tan(ANGLES[index])
    bounds = [(0, min(b, slope * a)) for a, b in zip(p, q, strict=True)]
    largest = -optimize.linprog(-np.ones(4), bounds=bounds).fun
    found = prd_curve(points(5, 3, 2, 0), points(1, 5, 0, 4), 4, num_runs=1)
    assert found[0][index] == pytest.approx(largest)
    assert found[1][index] == pytest.approx(largest / slope)


def test_equal_distributions_fill_the_square_and_separate_ones_are_at_0():
    real = points(3, 5, 2)
    assert prd(real, real, 3) == {"f_8": pytest.approx(1), "f_1_8": pytest.approx(1)}
    assert area(*prd_curve(real, real, 3)) == pytest.approx(1.0, abs=1e-6)
    real, fake = points(5, 5, 0, 0), points(0, 0, 5, 5)
    assert prd(real, fake, 4) == {"f_8": 0.0, "f_1_8": 0.0}
    assert np.max(prd_curve(real, fake, 4)) == 0.0


def test_dropped_modes_lower_the_recall_and_invented_ones_the_precision():
    """The curve is a rectangle of sides 1 and 1/2, with its corner at the slope 2."""
    real, fake = points(5, 5, 5, 5), points(5, 5, 0, 0)
    precision, recall = prd_curve(real, fake, 4, num_runs=1)
    slopes = np.tan(ANGLES)
    np.testing.assert_allclose(precision, np.minimum(slopes / 2, 1), atol=1e-12)
    np.testing.assert_allclose(recall, np.minimum(1 / 2, 1 / slopes), atol=1e-12)
    assert area(precision, recall) == pytest.approx(0.5, abs=1e-5)
    dropped, invented = prd(real, fake, 4), prd(fake, real, 4)
    assert dropped["f_8"] == pytest.approx(f_score(1, 0.5, 8), abs=1e-3)
    assert dropped["f_1_8"] == pytest.approx(f_score(1, 0.5, 1 / 8), abs=1e-3)
    assert invented["f_8"] == pytest.approx(dropped["f_1_8"])
    assert invented["f_1_8"] == pytest.approx(dropped["f_8"])


def test_curves_of_other_sets_fall_from_recall_to_precision():
    real, fake = np.random.default_rng(1).normal(size=(2, 90, 2))
    precision, recall = prd_curve(real, fake + 1.0, 6, num_runs=3)
    assert precision.shape == recall.shape == (1001,)
    assert np.all(np.diff(precision) >= -1e-12) and np.all(np.diff(recall) <= 1e-12)
    assert 0.2 < area(precision, recall) < 0.9
    same = prd_curve(real, fake + 1.0, 6, num_runs=3)
    np.testing.assert_array_equal(same, (precision, recall))
    other = prd_curve(real, fake + 1.0, 6, num_runs=3, seed=1)
    assert not np.allclose(other, (precision, recall))


def test_it_is_a_figure_of_features_of_which_more_is_better():
    figure = FIGURES["prd"]
    assert figure.needs == ("features", "sample_features")
    assert figure.reading("f_8")[1] == "higher" and figure.enough == 1000


def test_what_makes_no_sense_is_refused_by_the_name_of_the_function():
    few = np.zeros((19, 2))
    with pytest.raises(ValueError, match="`prd` was given real .* at least 20 rows"):
        prd(few, few)
    with pytest.raises(ValueError, match="`prd_curve` was given num_clusters=0"):
        prd_curve(few, few, 0)
    with pytest.raises(ValueError, match="`prd` was given num_runs=0"):
        prd(few, few, 4, num_runs=0)
    with pytest.raises(ValueError, match="`prd` was given seed=-1"):
        prd(few, few, 4, seed=-1)
    with pytest.raises(ValueError, match="fake has features that are not finite"):
        prd(few, few * np.nan, 4)
