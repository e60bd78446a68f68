"""Functions beside the models: containers, shapes that do not fit, and pictures."""

import warnings

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import kgen
from kgen import latent, metrics, plots

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(6, 3)).astype("float32")
Z = RANDOM.normal(size=(6, 2)).astype("float32")
P = RANDOM.dirichlet(np.ones(4), 6)
IMAGES = RANDOM.random((4, 4, 4, 1)).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1, 2])
VAE = kgen.build("vae", (3,), latent_dim=2, hidden=(4,), likelihood="gaussian", seed=0)
OF_CLASSES = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)


def total(x):
    return tf.reduce_sum(x, axis=-1)


def pandas_of(values):
    return pd.DataFrame(values) if np.ndim(values) > 1 else pd.Series(values)


CONTAINERS = {"list": np.ndarray.tolist, "tensor": tf.constant, "pandas": pandas_of}
FIGURES = [
    (metrics.frechet_distance, {"real": X, "fake": X + 1}),
    (
        lambda real, fake: metrics.kernel_distance(real, fake, 2, 3),
        {"real": X, "fake": 2 * X},
    ),
    (metrics.sliced_wasserstein, {"real": X, "fake": X + 1}),
    (
        lambda real, fake: list(metrics.density_coverage(real, fake).values()),
        {"real": X, "fake": X + 1},
    ),
    (
        lambda real, fake: list(metrics.nearest_neighbor_test(real, fake).values()),
        {"real": X, "fake": X + 1},
    ),
    (
        lambda train, test, fake: metrics.memorization(train, test, fake)["nearness"],
        {"train": X, "test": X + 1, "fake": 2 * X},
    ),
    (
        lambda real, fake: list(metrics.different_bins(real, fake, 2).values()),
        {"real": X, "fake": X + 1},
    ),
    (
        lambda real, fake: list(metrics.parzen_log_likelihood(real, fake).values()),
        {"real": X, "fake": X + 1},
    ),
    (metrics.inception_score, {"probabilities": P}),
    (metrics.am_score, {"real": P, "fake": P[::-1]}),
    (metrics.kl_divergence, {"p": np.array([0.5, 0.5]), "q": np.array([0.25, 0.75])}),
    (metrics.latent_gaussianity, {"z": Z}),
    (metrics.mean_activation, {"z": Z}),
    (metrics.fraction_active, {"z": Z}),
    (lambda nats: metrics.bits_per_dimension(nats, (4, 4)), {"nats": Z[:, 0]}),
    (lambda x: metrics.lipschitz_estimate(total, x), {"x": X}),
    (
        lambda labels: list(metrics.class_coverage(labels, 3).values()),
        {"labels": LABELS},
    ),
    (latent.attribute_vector, {"z_with": Z, "z_without": Z[:3]}),
    (latent.embed, {"z": Z}),
    (latent.path, {"z_start": Z, "z_end": Z[::-1]}),
    (lambda x: latent.morph(VAE, x, num_steps=2), {"x": X}),
    (
        lambda codes, queries: latent.nearest(codes, queries, 2),
        {"codes": Z, "queries": Z[:2]},
    ),
    (lambda codes: latent.clusters(codes, 2), {"codes": Z}),
    (
        lambda z, values: latent.traverse_all(VAE, z, values),
        {"z": Z[0], "values": np.array([0.0, 1.0], "float32")},
    ),
    (
        lambda z, labels: latent.decode_grid(OF_CLASSES, [z, z], labels),
        {"z": Z, "labels": np.array([0, 1])},
    ),
    (
        kgen.downstream.AnomalyDetector(VAE).auroc,
        {"x": X, "is_anomaly": np.arange(6) < 3},
    ),
    (
        kgen.downstream.bias_accuracy,
        {"codes": np.r_[Z, Z], "groups": np.arange(12) % 2},
    ),
    (
        lambda x, prior: kgen.downstream.class_probabilities(OF_CLASSES, x, prior),
        {"x": X, "prior": np.array([0.25, 0.75])},
    ),
    (kgen.data.density("8ring").log_prob, {"x": Z.astype("float64")}),
]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(("function", "given"), FIGURES)
def test_every_container_gives_the_number_of_an_array(function, given, container):
    expected = function(**given)
    held = {name: CONTAINERS[container](values) for name, values in given.items()}
    np.testing.assert_allclose(function(**held), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: latent.nearest(Z, X, 1), "queries of 3 numbers each and codes of 2"),
        (lambda: latent.attribute_vector(Z, X), "z_with .* and z_without .*3"),
        (lambda: latent.decode_grid(OF_CLASSES, Z[None], [0, 1]), r"labels .*\(1,\)"),
        (
            lambda: metrics.kl_divergence(np.ones((2, 1)), np.ones((3, 1))),
            r"p of shape \(2, 1\) and q of shape \(3, 1\)",
        ),
        (lambda: plots.save_latent(X, LABELS, "a.png"), r"z of shape \(6, 3\).*embed"),
        (
            lambda: plots.save_latent(Z, [0, 1], "a.png"),
            r"labels of shape \(2,\) for 6",
        ),
        (lambda: plots.save_samples(Z, "a"), "path='a'.*[.]png or"),
        (lambda: plots.save_gif(IMAGES, "a.jpg"), "path='a.jpg'.*[.]gif or"),
        (lambda: plots.save_gif(IMAGES[None], "a.gif"), "frames .*image_grid"),
        (
            lambda: plots.save_samples(np.ones((2, 4, 4, 2)), "a.png"),
            "`save_samples` was given x of 2 channels",
        ),
        (lambda: metrics.compression_factor(kgen.GenerativeModel()), "no codes"),
        (lambda: kgen.downstream.bayes_classify(OF_CLASSES, X, [np.inf, 1.0]), "prior"),
    ],
)
def test_arguments_that_do_not_fit_one_another(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_cannot_be_drawn_is_told_and_the_rest_drawn(tmp_path):
    dark = np.where(IMAGES > 0.9, np.nan, IMAGES)
    missing = np.isnan(dark).sum()
    with pytest.warns(UserWarning, match=f"`image_grid` .* in {missing} of 64 values"):
        grid = plots.image_grid(dark)
    assert np.array_equal(grid, plots.image_grid(np.where(IMAGES > 0.9, 0.0, IMAGES)))
    with pytest.warns(UserWarning, match="`save_samples` was given x .* left out"):
        plots.save_samples(np.where(Z == Z[0, 0], np.nan, Z), tmp_path / "points.png")


def test_codes_without_labels_and_a_history_as_fit_returns_it(tmp_path):
    history = VAE.fit(X, epochs=2, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = plots.save_history(history, tmp_path / "one.png")
        assert plots.save_latent(Z, None, tmp_path / "latent.png").exists()
    other = plots.save_history(history.history, tmp_path / "other.png")
    assert one.read_bytes() == other.read_bytes()
