"""Flows over levels: all their probability is on images, and samples follow it."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

import kgen
from kgen.recipes import RECIPES, settings_of

LEVELS = 3
SHAPE = (1, 2, 1)  # Nine images.
SIZES = {"hidden": (8,), "num_steps": 2, "num_levels": 1, "width": 8}
FLOWS = [name for name, r in RECIPES.items() if r.model is kgen.Flow]
GRID = np.linspace(-6.5, 6.5, 401)
# Pixels that are mostly the lowest level, or the highest: the hard case.
X = np.random.default_rng(0).choice(LEVELS, (200, *SHAPE), p=[0.7, 0.0, 0.3]) / 2.0


@pytest.fixture(scope="module", params=FLOWS)
def flow(request):
    known = settings_of(RECIPES[request.param])
    sizes = {name: size for name, size in SIZES.items() if name in known}
    if "levels" not in known:
        pytest.skip("not over levels")
    flow = kgen.build(
        request.param, SHAPE, levels=LEVELS, learning_rate=1e-2, seed=0, **sizes
    )
    flow.fit(X.astype("float32"), epochs=8, batch_size=50, verbose=0)
    return flow


def probabilities(flow):
    """P of each image, `(3, 3)`, by integration on a grid of normal quantiles."""
    z1, z2 = np.meshgrid(GRID, GRID, indexing="ij")
    normal = scipy.stats.norm
    y = normal.cdf(np.stack([z1, z2], -1)).astype("float32").reshape(-1, *SHAPE)
    y = np.clip(y, 1e-10, 1 - 2.0**-23)
    conditions = {"labels": None, "context": None}
    density = np.exp(flow._log_density(tf.constant(y), conditions))
    area = normal.pdf(z1) * normal.pdf(z2) * (GRID[1] - GRID[0]) ** 2
    mass = density.astype("float64") * area.reshape(-1)
    cells = np.minimum((LEVELS * y.reshape(-1, 2)).astype(int), LEVELS - 1)
    found = np.zeros((LEVELS, LEVELS))
    np.add.at(found, tuple(cells.T), mass)
    return found


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
    rows = np.asarray(flow.sample(20_000, seed=1)).reshape(-1, 2) * (LEVELS - 1)
    counts = np.zeros((LEVELS, LEVELS))
    np.add.at(counts, tuple(np.round(rows).astype(int).T), 1)
    expected = probabilities(flow).reshape(-1)
    large = expected > 1e-3  # So many that the test holds for them.
    observed = counts.reshape(-1)[large]
    expected = expected[large] / expected[large].sum() * observed.sum()
    # The grid knows the share of a cell to about one in a hundred.
    assert scipy.stats.chisquare(observed, expected).pvalue > 1e-6


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
