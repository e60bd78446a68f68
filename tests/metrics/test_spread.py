"""Standard errors of figures: by rows, by weights, by splits; known where possible."""

import numpy as np
import pytest
from scipy import stats

import kgen
from kgen.metrics import FIGURES, evaluate, frechet_distance
from kgen.metrics.likelihood import WeightedMean
from kgen.metrics.spread import standard_errors

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.filterwarnings("ignore::kgen.metrics.FewSamplesWarning")


def test_a_mean_over_rows_has_scipys_standard_error():
    values = RNG.normal(size=50)
    figure, needed = FIGURES["psnr"], {"originals": values, "reconstructions": values}
    found = standard_errors("psnr", figure, values, needed, splits=5)
    assert found == {"psnr": pytest.approx(stats.sem(values))}


def test_a_weighted_mean_in_batches_has_the_error_of_its_formula():
    values, weights = RNG.normal(3.0, 1.0, 40), RNG.random(40)
    mean = WeightedMean()
    for part in np.split(np.arange(40), [7, 30]):
        mean.add(values[part], weights[part])
    expected = np.average(values, weights=weights)
    assert mean.estimate() == pytest.approx(expected)
    error = np.sqrt(np.sum((weights * (values - expected)) ** 2)) / weights.sum()
    assert mean.estimate().error == pytest.approx(error)


def test_a_distance_has_the_deviation_of_its_splits():
    real, fake = RNG.normal(size=(2, 1000, 3))
    needed = {"features": real, "sample_features": fake}
    figure = FIGURES["frechet_distance"]
    found = standard_errors("frechet_distance", figure, 0.0, needed, splits=5)
    parts = [frechet_distance(real[i::5], fake[i::5]) for i in range(5)]
    assert found == {"frechet_distance": pytest.approx(stats.sem(parts))}
    assert standard_errors("frechet_distance", figure, 0.0, needed, splits=0) == {}
    few = {name: rows[:499] for name, rows in needed.items()}
    assert standard_errors("frechet_distance", figure, 0.0, few, splits=5) == {}


def test_splits_tell_how_far_a_figure_moves():
    """The error of a divergence between shares that are binomial."""
    figure = FIGURES["class_coverage"]
    labels = (RNG.random(5000) < 0.3).astype(int)
    needed = {"sample_classes": labels, "num_classes": 2}
    found = standard_errors("class_coverage", figure, {}, needed, splits=10)
    # d KL / d p = log(p / (1 - p)), by the delta method.
    expected = abs(np.log(0.3 / 0.7)) * np.sqrt(0.3 * 0.7 / 5000)
    assert 0.4 * expected < found["reverse_kl"] < 1.9 * expected


def test_likelihoods_have_errors_in_their_units():
    vae = kgen.build("vae", (4, 4, 1), latent_dim=1, filters=(2,), seed=0)
    x = (RNG.random((30, 4, 4, 1)) < 0.5).astype("float32")
    found = evaluate(vae, x, num_draws=2)
    each = np.asarray(vae.elbo(x, seed=kgen.core.random.row_seeds(0, 30)))
    assert found.spread["elbo"] == pytest.approx(stats.sem(each, ddof=0), rel=1e-4)
    bits = found.spread["iwae_bound"] / (16 * np.log(2))
    assert found.spread["bits_per_dimension"] == pytest.approx(bits)
    assert " ± " in next(line for line in found.lines() if line.startswith("elbo"))
