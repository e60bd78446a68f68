"""Flows over levels: all their probability is on images, and samples follow it."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

import kgen
from kgen.recipes import RECIPES, settings_of

LEVELS = 3
SHAPE = (1, 2, 1)  # Nine images.
SIZES = {"hidden": (8,), "num_steps": 2, "num_scales": 1, "width": 8}
FLOWS = [name for name, r in RECIPES.items() if r.model is kgen.Flow]
NORMAL = scipy.stats.norm
EDGES = np.array([-6.5, *NORMAL.ppf(np.arange(1, LEVELS) / LEVELS), 6.5])
POINTS = 130  # Of each level, in normal quantiles, none of which crosses an edge.
# Pixels that are mostly the lowest level, or the highest: the hard case.
X = np.random.default_rng(0).choice(LEVELS, (200, *SHAPE), p=[0.7, 0.0, 0.3]) / 2.0


@pytest.fixture(scope="module", params=FLOWS)
def flow(request):
    known = settings_of(RECIPES[request.param])
    sizes = {name: size for name, size in SIZES.items() if name in known}
    flow = kgen.build(
        request.param, SHAPE, levels=LEVELS, learning_rate=1e-2, seed=0, **sizes
    )
    flow.fit(X.astype("float32"), epochs=8, batch_size=50, verbose=0)
    return flow


def probabilities(flow, label=None):
    """P of each image, `(3, 3)`, by integration over the cells of the levels."""
    steps = np.repeat(np.diff(EDGES) / POINTS, POINTS)
    z = EDGES[0] + np.cumsum(steps) - steps / 2.0
    y = np.stack(np.meshgrid(*[NORMAL.cdf(z)] * 2, indexing="ij"), -1)
    y = tf.constant(np.clip(y, 1e-10, 1.0 - 2.0**-23).reshape(-1, *SHAPE), tf.float32)
    labels = None if label is None else tf.fill([len(y)], label)
    density = np.exp(flow._log_density(y, {"labels": labels, "context": None}))
    widths = NORMAL.pdf(z) * steps
    mass = np.float64(density).reshape(len(z), len(z)) * np.outer(widths, widths)
    return mass.reshape(LEVELS, POINTS, LEVELS, POINTS).sum(axis=(1, 3))


def assert_follow(samples, expected):
    """Asserts that counts of 20,000 draws follow the probabilities of images."""
    rows = np.asarray(samples).reshape(-1, 2) * (LEVELS - 1)
    counts = np.zeros((LEVELS, LEVELS))
    np.add.at(counts, tuple(np.round(rows).astype(int).T), 1)
    large = expected > 1e-3  # So many that the test holds for them.
    observed = counts[large]
    expected = expected[large] / expected[large].sum() * observed.sum()
    assert scipy.stats.chisquare(observed, expected).pvalue > 1e-3


def test_probabilities_of_all_images_sum_to_one(flow):
    assert probabilities(flow).sum() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.slow
def test_the_bound_tends_to_the_probability(flow):
    images = np.indices((LEVELS, LEVELS)).reshape(2, -1).T / (LEVELS - 1)
    x = images.reshape(-1, *SHAPE).astype("float32")
    bound = np.exp(flow.iwae_bound(x, num_samples=20_000, seed=0))
    expected = probabilities(flow).reshape(-1)
    np.testing.assert_allclose(bound, expected, atol=0.01)
    assert bound.sum() == pytest.approx(1.0, abs=0.02)


def test_samples_follow_the_probabilities(flow):
    assert_follow(flow.sample(20_000, seed=1), probabilities(flow))


@pytest.mark.parametrize("settings", [{"num_classes": 2}, {"variational": True}])
def test_they_do_so_with_classes_and_with_learned_noise(settings):
    name = "glow" if "num_classes" in settings else "realnvp"
    sizes = {"width": 8, "num_scales": 1} if name == "glow" else {"hidden": (8,)}
    flow = kgen.build(
        name,
        SHAPE,
        levels=LEVELS,
        num_steps=2,
        learning_rate=1e-2,
        seed=0,
        **sizes,
        **settings,
    )
    classes = np.int32(X[:, 0, 0, 0] > 0.5)
    flow.fit(X.astype("float32"), classes, epochs=8, batch_size=50, verbose=0)
    for label in (0, 1) if name == "glow" else (None,):
        found = probabilities(flow, label)
        assert found.sum() == pytest.approx(1.0, abs=1e-3)
        labels = {} if label is None else {"labels": [label] * 20_000}
        assert_follow(flow.sample(20_000, seed=1, **labels), found)


def test_no_draw_lies_outside(flow):
    draws = []
    quantized = flow.dequantization.quantized

    def seen(y):
        draws.append(y)
        return quantized(y)

    flow.dequantization.quantized = seen
    z = np.random.default_rng(1).normal(size=(2000, *flow.latent_shape)) * 2
    type(flow).decode.method(flow, tf.constant(z, tf.float32))
    del flow.dequantization.quantized
    y = np.asarray(draws[0])
    assert y.min() >= 0.0 and y.max() <= 1.0
