"""What holds for every 2-D density, and for the table of them."""

import re
import subprocess
import sys

import numpy as np
import pytest

import kgen.data
from kgen.data.densities import Density, mixture_log_prob
from kgen.data.sources.points import DENSITIES

NUM_SAMPLES = 10_000


@pytest.fixture(scope="module", params=DENSITIES)
def density(request):
    return kgen.data.density(request.param)


def test_integrates_to_one(density):
    grid, cell = density.grid()
    assert np.exp(density.log_prob(grid)).sum() * cell == pytest.approx(1, abs=1e-9)


def test_entropy_is_the_mean_of_minus_log_prob(density):
    surprise = -density.log_prob(density.sample(NUM_SAMPLES, seed=1))
    standard_error = surprise.std() / NUM_SAMPLES**0.5
    # Four standard errors; the checkerboard has none, its density being constant.
    assert abs(surprise.mean() - density.entropy) <= 4 * standard_error + 1e-9


def test_entropy_does_not_depend_on_the_grid(density):
    if density.name == "checkerboard":
        assert density.entropy == np.log(32)
        return
    grid, cell = density.grid(step=0.61 * density.scale)
    log_prob = density.log_prob(grid)
    entropy = -np.sum(np.exp(log_prob) * log_prob) * cell
    assert entropy == pytest.approx(density.entropy, abs=1e-6)


def test_documented_entropy(density):
    (documented,) = re.findall(
        rf"\| `{density.name}` \|.*\| (\S+) \|", kgen.data.density.__doc__
    )
    assert f"{density.entropy:.3f}" == documented


def test_samples_lie_in_the_bounds(density):
    low, high = np.transpose(density.bounds)
    points = density.sample(NUM_SAMPLES)
    assert np.all((points >= low) & (points <= high))


def test_sample_repeats_for_a_seed(density):
    points, labels = density.sample(50, seed=3, return_labels=True)
    assert points.shape == (50, 2) and points.dtype == np.float32
    assert labels.shape == (50,) and labels.dtype == np.int32
    np.testing.assert_array_equal(points, density.sample(50, seed=3))
    assert np.all(points != density.sample(50, seed=4))


def test_sample_may_be_empty(density):
    points = density.sample(0)
    assert points.shape == (0, 2)
    assert density.log_prob(points).shape == (0,)


def test_labels_are_equally_frequent(density):
    _, labels = density.sample(NUM_SAMPLES, return_labels=True)
    counts = np.bincount(labels)
    expected = NUM_SAMPLES / len(counts)
    assert np.all(abs(counts - expected) <= 4 * np.sqrt(expected))


def test_log_prob_in_chunks_is_that_of_each_point():
    rng = np.random.default_rng(0)
    means, log_weights = rng.normal(size=(3000, 2)), np.full(3000, -np.log(3000))
    x = rng.normal(size=(1000, 2))
    log_prob = mixture_log_prob(x, means, 0.1, log_weights)
    for i in (0, 500, 999):
        alone = mixture_log_prob(x[i : i + 1], means, 0.1, log_weights)
        assert log_prob[i] == pytest.approx(alone[0], rel=1e-12)


@pytest.mark.parametrize("shape", [(2,), (3, 3), (1, 3, 2)])
def test_log_prob_refuses_other_shapes(density, shape):
    with pytest.raises(ValueError, match=rf"\(batch, 2\), got {re.escape(str(shape))}"):
        density.log_prob(np.zeros(shape))


def test_incomplete_subclass():
    incomplete = Density("mine", bounds=((0, 1), (0, 1)), scale=0.1)
    with pytest.raises(TypeError, match="define draw"):
        incomplete.sample(1)
    with pytest.raises(TypeError, match="define log_prob"):
        incomplete.log_prob(np.zeros((1, 2)))


def test_unknown_density():
    with pytest.raises(ValueError, match="no density 'moon'. Did you mean 'moons'?"):
        kgen.data.density("moon")
    with pytest.raises(ValueError, match="no density .'moons'."):
        kgen.data.density(["moons"])
    with pytest.raises(ValueError, match="no density 'x'. There are: 8gaussians, "):
        kgen.data.density("x")


def test_names():
    others = ["chorales", "sprites", "swiss_roll", "s_curve"]
    assert kgen.data.names() == ["digits", "faces", *DENSITIES, *others]


def test_unknown_attribute():
    assert "load" in dir(kgen.data) and "curves" in dir(kgen.data)
    with pytest.raises(AttributeError, match="kgen.data.*lod"):
        _ = kgen.data.lod


def test_densities_need_no_tensorflow():
    code = """
import sys
import kgen.data
kgen.data.names()
kgen.data.gaussians.ring_of_gaussians(6, 2.0).sample(3)
density = kgen.data.density("8gaussians")
density.entropy, density.log_prob(density.sample(3))
heavy = {"tensorflow", "tensorflow_datasets", "keras", "sklearn", "matplotlib"}
sys.exit(str(heavy & set(sys.modules) or ""))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stderr.strip() == ""
