"""DCI against loops over a forest's importances, and where it is 1 or low."""

import math

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from kgen.metrics import FIGURES
from kgen.metrics.dci import concentration, dci


def drawn(num_examples, seed=0):
    return np.random.default_rng(seed).integers([3, 4], size=(num_examples, 2))


def entropy(shares, base):
    return -sum(p * math.log(p, base) for p in shares if p > 0)


def test_it_is_the_formulas_on_a_forests_importances():
    rng = np.random.default_rng(1)
    factors = drawn(300)
    codes = rng.normal(size=(300, 3))
    codes[:, 0] += factors[:, 0]
    codes[:, 1] += 2 * factors[:, 1] - factors[:, 0]
    parts = train_test_split(codes, factors, test_size=0.5, random_state=2)
    z, z_test, v, v_test = parts
    assert len(z) == len(z_test) == 150
    importance, right = np.zeros((3, 2)), []
    for k in range(2):
        forest = RandomForestClassifier(max_features=None, random_state=2)
        forest.fit(z, v[:, k])
        importance[:, k] = forest.feature_importances_
        right.append(np.mean(forest.predict(z_test) == v_test[:, k]))
    disentanglement = completeness = 0.0
    for row in importance:
        share = row.sum() / importance.sum()
        disentanglement += share * (1 - entropy(row / row.sum(), 2))
    for column in importance.T:
        completeness += (1 - entropy(column / column.sum(), 3)) / 2
    assert dci(codes, factors, seed=2) == {
        "disentanglement": pytest.approx(disentanglement),
        "completeness": pytest.approx(completeness),
        "informativeness": pytest.approx(np.mean(right)),
    }
    assert 0.1 < disentanglement < 0.9 and 0.1 < completeness < 0.9


def test_codes_equal_to_factors_are_perfect_and_noise_beside_them_is_no_harm():
    factors = drawn(200)
    noise = np.random.default_rng(1).normal(size=(200, 2))
    codes = np.concatenate([noise, factors], axis=1)
    assert dci(codes, factors) == {
        "disentanglement": pytest.approx(1.0),
        "completeness": pytest.approx(1.0),
        "informativeness": 1.0,
    }


def test_rotated_codes_are_informative_and_not_disentangled():
    factors = drawn(200)
    found = dci(factors @ [[1.0, 1.0], [1.0, -1.0]], factors)
    assert found["informativeness"] == 1.0
    assert found["disentanglement"] < 0.4 and found["completeness"] < 0.4


def test_a_repeated_code_lowers_the_completeness_alone():
    factors = drawn(200)
    found = dci(factors[:, [0, 0, 1]].astype("float64"), factors)
    assert found["disentanglement"] == pytest.approx(1.0)
    # Trees choose one of the two at random: log 2 of log 3, in one of two factors.
    expected = (1.0 + 1.0 - math.log(2, 3)) / 2
    assert found["completeness"] == pytest.approx(expected, abs=0.05)


def test_codes_without_information_are_guesses():
    factors = drawn(400)
    found = dci(np.random.default_rng(1).normal(size=(400, 3)), factors)
    assert found["informativeness"] == pytest.approx((1 / 3 + 1 / 4) / 2, abs=0.08)
    assert found["disentanglement"] < 0.05 and found["completeness"] < 0.05


def test_codes_that_never_change_have_no_importance():
    found = dci(np.ones((200, 2)), drawn(200))
    assert found["disentanglement"] == 0.0 and found["completeness"] == 0.0


def test_concentration_of_one_of_all_and_of_none():
    found = concentration(np.array([[0.0, 3.0], [2.0, 2.0], [0.0, 0.0], [1.0, 3.0]]))
    expected = 1 - entropy([0.25, 0.75], 2)
    np.testing.assert_allclose(found, [1.0, 0.0, 0.0, expected], atol=1e-12)


def test_it_is_a_figure_of_codes_and_factors():
    figure = FIGURES["dci"]
    assert figure.needs == ("codes", "factors") and figure.enough == 1000
    assert figure.reading("completeness")[1] == "higher"


def test_what_makes_no_sense_is_refused():
    factors = drawn(20)
    codes = factors.astype("float64")
    with pytest.raises(ValueError, match="`dci` was given one factor"):
        dci(codes, factors[:, :1])
    with pytest.raises(ValueError, match="`dci` .* d of 2 or more"):
        dci(codes[:, :1], factors)
    with pytest.raises(ValueError, match="`dci` was given factors with 20 values"):
        dci(codes, codes + np.random.default_rng(0).normal(size=(20, 2)))
    with pytest.raises(ValueError, match="seed='a'"):
        dci(codes, factors, seed="a")
