"""The generative adversarial metric against its closed form for shifted Gaussians."""

import numpy as np
import pytest
from scipy import stats

from kgen.metrics.swap import generative_adversarial_metric, ratio
from tests.metrics.test_rivals import NORMAL, shifted


def test_ratios_are_those_of_the_normal_distribution():
    found = generative_adversarial_metric(shifted(0.8), shifted(1.6), NORMAL, 4000)
    e_test = [stats.norm.sf(0.4), stats.norm.sf(0.8)]
    e_samples = [stats.norm.cdf(0.4 - 1.6), stats.norm.cdf(0.8 - 0.8)]
    assert found["r_test"] == pytest.approx(e_test[0] / e_test[1], rel=0.05)
    assert found["r_samples"] == pytest.approx(e_samples[0] / e_samples[1], rel=0.08)
    # The discriminators differ too much on the data.
    assert found["winner"] == "tie"


def test_the_generator_closer_to_the_data_wins_by_equal_discriminators():
    near, far = (shifted(shift, told=1.0) for shift in (0.5, 1.5))
    found = generative_adversarial_metric(near, far, NORMAL, 2000)
    assert found["r_test"] == 1.0 and found["winner"] == "one"
    expected = stats.norm.cdf(0.5 - 1.5) / stats.norm.cdf(0.5 - 0.5)
    assert found["r_samples"] == pytest.approx(expected, rel=0.12)
    back = generative_adversarial_metric(far, near, NORMAL, 2000)
    assert back["r_samples"] == pytest.approx(1.0 / found["r_samples"])
    assert back["winner"] == "other"
    assert generative_adversarial_metric(far, far, NORMAL)["winner"] == "tie"


def test_the_tolerance_says_what_is_about_1():
    models = shifted(0.8), shifted(1.0)
    found = generative_adversarial_metric(*models, NORMAL)
    assert 1.05 < found["r_test"] < 1.2 and found["winner"] == "one"
    for pair in (models, models[::-1]):  # A ratio and its inverse.
        strict = generative_adversarial_metric(*pair, NORMAL, tolerance=0.01)
        assert strict["winner"] == "tie"


def test_a_ratio_of_nothing_is_infinite_or_1():
    assert ratio(0.2, 0.0) == np.inf and ratio(0.0, 0.2) == 0.0
    assert ratio(0.0, 0.0) == 1.0 and ratio(0.1, 0.4) == 0.25
    # D told of a shift of 40 errs neither on the data nor on samples around 40.
    sure = shifted(40.0)
    found = generative_adversarial_metric(shifted(1.0), sure, NORMAL)
    assert found["r_test"] == np.inf and found["winner"] == "tie"


def test_what_makes_no_sense_is_refused():
    gan = shifted(1.0)
    with pytest.raises(ValueError, match="given None as other"):
        generative_adversarial_metric(gan, None, NORMAL)
    with pytest.raises(ValueError, match="num_samples=0"):
        generative_adversarial_metric(gan, gan, NORMAL, num_samples=0)
    with pytest.raises(ValueError, match="seed=-1"):
        generative_adversarial_metric(gan, gan, NORMAL, seed=-1)
    with pytest.raises(ValueError, match="tolerance was given as -1"):
        generative_adversarial_metric(gan, gan, NORMAL, tolerance=-1)
