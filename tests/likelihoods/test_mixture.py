"""The mixture of logistics, against its formula."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from kgen.likelihoods import Codes, LogisticMixture

LEVELS, COMPONENTS = 4, 3
MIXTURE = LogisticMixture(LEVELS, COMPONENTS)


def pixel(channels, seed=0):
    size = MIXTURE.num_outputs(channels)
    return np.random.default_rng(seed).normal(size=(1, 1, 1, size)).astype("float32")


def every(channels):
    levels = itertools.product(range(LEVELS), repeat=channels)
    x = np.array(list(levels), "float32") / (LEVELS - 1)
    return x.reshape(-1, 1, 1, channels)


def by_hand(parameters, x):
    """log p of pixels of three channels, as the paper writes it, in [-1, 1]."""
    blocks = parameters.reshape(-1, COMPONENTS).astype("float64")
    log_weights = special.log_softmax(blocks[0])
    loc, log_scale = blocks[1:4], blocks[4:7]
    alpha, beta, gamma = np.tanh(blocks[7:])
    red, green, blue = 2 * x.reshape(3).astype("float64") - 1
    means = [loc[0], loc[1] + alpha * red, loc[2] + beta * red + gamma * green]
    total, half = log_weights, 1 / (LEVELS - 1)
    for value, mean, s in zip((red, green, blue), means, log_scale, strict=True):
        upper = special.expit((value + half - mean) / np.exp(s)) if value < 1 else 1.0
        lower = special.expit((value - half - mean) / np.exp(s)) if value > -1 else 0.0
        total = total + np.log(upper - lower)
    return special.logsumexp(total)


def test_by_hand():
    parameters, x = pixel(3), every(3)
    found = MIXTURE.log_prob(np.repeat(parameters, len(x), 0), x)
    expected = [by_hand(parameters, row) for row in x]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sums_to_one_and_draws_agree(channels):
    parameters, x = pixel(channels, channels), every(channels)
    assert MIXTURE.num_outputs(channels) == COMPONENTS * (
        1 + 2 * channels + channels * (channels - 1) // 2
    )
    probability = np.exp(MIXTURE.log_prob(np.repeat(parameters, len(x), 0), x))
    assert probability.sum() == pytest.approx(1.0, abs=1e-5)
    count = 40_000
    size = (count, MIXTURE.num_uniforms(channels))
    u = np.random.default_rng(1).random(size).astype("float32")
    rows = tf.constant(np.repeat(parameters[0, 0], count, 0))
    draws = MIXTURE.quantile(rows, tf.constant(u)).numpy()
    place = np.round(draws * (LEVELS - 1)).astype(int) @ LEVELS ** np.arange(channels)
    order = np.round(x.reshape(-1, channels) * (LEVELS - 1)).astype(int)
    shares = np.bincount(place, minlength=len(x))[order @ LEVELS ** np.arange(channels)]
    error = np.sqrt(probability * (1 - probability) / count)
    assert np.all(np.abs(shares / count - probability) < 5 * error + 1e-4)


def test_extremes_are_finite():
    x = every(3)
    for scale in (30.0, -30.0):
        parameters = np.full((len(x), 1, 1, MIXTURE.num_outputs(3)), scale, "float32")
        log_prob = MIXTURE.log_prob(parameters, x).numpy()
        assert not np.isnan(log_prob).any()
        assert np.exp(log_prob).sum() == pytest.approx(1.0, abs=1e-4)


def test_codes_are_ints():
    logits = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    codes = np.array([[0, 1, 2], [3, 3, 0]], "int32")
    expected = np.take_along_axis(special.log_softmax(logits, -1), codes[..., None], -1)
    found = Codes(4).log_prob(tf.constant(logits), tf.constant(codes))
    np.testing.assert_allclose(found, expected[..., 0].sum(1), rtol=1e-5)
    draws = Codes(4).quantile(
        tf.constant(logits[0]), tf.constant([[0.0], [0.5], [0.9]])
    )
    assert draws.dtype == tf.int32
