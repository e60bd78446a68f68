"""`evaluate`: figures by name, with their units, or a reason why there is none."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

import kgen
from kgen import metrics
from kgen.cli import main
from kgen.core.specs import Real
from kgen.metrics import FIGURES, evaluate

# Tiny sets suffice to show which figure is of what.
pytestmark = pytest.mark.filterwarnings("ignore::kgen.metrics.FewSamplesWarning")

RNG = np.random.default_rng(0)
IMAGES = (RNG.random((24, 4, 4, 1)) < 0.4).astype("float32")
CLASSES = np.arange(24) % 3
POINTS = RNG.normal(size=(40, 2)).astype("float32")


@pytest.fixture(scope="module")
def vae():
    keras.utils.set_random_seed(0)
    return kgen.build("vae", (2,), latent_dim=1, hidden=(4,), seed=0)


@pytest.fixture(scope="module")
def cvae():
    keras.utils.set_random_seed(0)
    sizes = {"latent_dim": 1, "hidden": (4,), "filters": (2,), "seed": 0}
    return kgen.build("cvae", (4, 4, 1), 3, **sizes)


def batched(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(7)


def test_default_figures_are_those_of_the_likelihood(vae):
    found = evaluate(vae, POINTS, num_draws=5)
    expected = metrics.evaluate_likelihood(vae, POINTS, num_samples=5)
    assert dict(found) == expected
    assert found.units == dict.fromkeys(list(expected)[1:], "nats")
    assert found.better == {"elbo": "higher", "iwae_bound": "higher"}
    assert list(found)[0] == "num_examples" and found["num_examples"] == 40


def test_units_come_from_the_table(cvae):
    found = evaluate(cvae, (IMAGES, CLASSES), num_draws=2)
    assert found.units["bits_per_dimension"] == "bits"
    assert found.better["bits_per_dimension"] == "lower"
    note = evaluate(cvae, (IMAGES / 2, CLASSES), num_draws=2)
    assert "Bernoulli" in note["note"] and "note" not in note.units


def test_without_likelihood_they_are_the_terms_of_the_objective():
    model = kgen.build("autoencoder", (2,), latent_dim=1)
    found = evaluate(model, batched(POINTS))
    assert found["num_examples"] == 40 and found["loss"] > 0 and not found.units
    terms = model.evaluate(batched(POINTS), verbose=0, return_dict=True)
    assert found == {"num_examples": 40, **terms}


def test_points_are_their_own_features(vae):
    names = ["frechet_distance", "precision_recall", "sliced_wasserstein"]
    found = evaluate(vae, POINTS, names, num_samples=30, seed=3)
    samples = np.asarray(vae.sample(30, seed=3))
    assert found["frechet_distance"] == metrics.frechet_distance(POINTS, samples)
    shares = metrics.precision_recall(POINTS, samples)
    assert {k: found[k] for k in ("precision", "recall")} == shares
    distance = metrics.sliced_wasserstein(POINTS, samples)
    assert found["sliced_wasserstein"] == distance
    assert found.better["precision"] == "higher"
    assert found.better["sliced_wasserstein"] == "lower"


def test_windows_and_bins_of_points(vae):
    names = ["parzen_log_likelihood", "different_bins"]
    found = evaluate(vae, POINTS, names)
    samples = np.asarray(vae.sample(40, seed=0))
    expected = metrics.parzen_log_likelihood(POINTS, samples)
    expected |= metrics.different_bins(POINTS, samples)
    assert found == pytest.approx({"num_examples": 40, **expected}, rel=1e-5)
    assert found.units == {"parzen_log_likelihood": "nats"}


def test_samples_are_compared_with_training_data(vae):
    train = POINTS + 0.1
    found = evaluate(vae, POINTS, "memorization", train=train)
    samples = np.asarray(vae.sample(40, seed=0))
    expected = metrics.memorization(train, POINTS, samples)
    assert found == pytest.approx({"num_examples": 40, **expected}, rel=1e-5)


def test_arrays_batches_and_dictionaries_of_parts_are_the_same_data(cvae):
    parts = {"x": IMAGES, "labels": CLASSES}
    data = ((IMAGES, CLASSES), parts, batched(IMAGES, CLASSES))
    data += (tf.data.Dataset.from_tensor_slices(parts).batch(7),)
    figures = ["likelihood", "sharpness", "psnr"]
    first, *others = (evaluate(cvae, each, figures, num_draws=2) for each in data)
    for found in others:
        assert found == pytest.approx(dict(first), rel=1e-5)


def test_images_are_seen_by_one_classifier_of_the_training_data(cvae):
    names = ["frechet_distance", "class_coverage", "psnr", "inception_score"]
    names += ["am_score", "density_coverage", "nearest_neighbor_test"]
    data = batched(IMAGES, CLASSES)
    found = evaluate(cvae, data, names, train=data)
    samples = np.asarray(cvae.sample(labels=CLASSES, seed=0))
    classifier = metrics.fit_classifier(data)
    see = metrics.features(classifier)
    expected = metrics.frechet_distance(*(see.predict(x) for x in (IMAGES, samples)))
    assert found["frechet_distance"] == pytest.approx(expected, rel=1e-3)
    told, guessed = (classifier.predict(x) for x in (samples, IMAGES))
    assert found["inception_score"] == pytest.approx(
        metrics.inception_score(told), rel=1e-3
    )
    assert found["am_score"] == pytest.approx(metrics.am_score(guessed, told), rel=1e-3)
    assert 0.0 <= found["coverage"] <= 1.0 and 0.0 <= found["real_accuracy"] <= 1.0
    assert 1 <= found["modes"] <= 3 and found.units["reverse_kl"] == "nats"
    back = np.asarray(cvae.reconstruct(IMAGES, CLASSES))
    assert found["psnr"] == pytest.approx(np.mean(metrics.psnr(IMAGES, back)), rel=1e-5)
    assert found.units["psnr"] == "dB"


def test_what_cannot_be_computed_is_said_by_name(cvae):
    model = kgen.build("autoencoder", (4, 4, 1), latent_dim=1)
    gan = kgen.build("gan", (4, 4, 1), filters=(2,))
    zeros = np.zeros(24, "int32")
    for figure, of, data, message in (
        (
            "sharpness",
            model,
            IMAGES,
            "for this Autoencoder, as it has no verb 'sample'",
        ),
        ("memorization", gan, (IMAGES, CLASSES), "training data was not given: pass"),
        ("frechet_distance", gan, IMAGES, "as the data has no labels"),
        ("class_coverage", gan, (IMAGES, zeros), "as the data is of one class"),
        ("sharpness", cvae, IMAGES, "as the data has no labels"),
        ("likelihood", gan, IMAGES, "GAN has no likelihood.*elbo"),
        ("code_bits", model, IMAGES, "codes of a Autoencoder are real numbers"),
        ("sharpnes", gan, IMAGES, "'sharpnes'. Did you mean 'sharpness'?"),
        ("dci", model, (IMAGES, CLASSES), "has no factors"),
        ("dci", model, (IMAGES, np.eye(3)[CLASSES]), "one-hot labels"),
        ("frechet_distance", gan, (IMAGES, CLASSES + 1), r"no example of \[0\]"),
        ("sharpness", gan, 2 * IMAGES, r"test from 0 to 2.*in \[0, 1\]"),
        ("likelihood_calibration", gan, IMAGES, "neither .log_prob. nor .elbo."),
        (3, gan, IMAGES, "figures=3, but expects a list of names"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluate(of, data, figure)


def test_models_of_different_shapes_are_refused(vae, cvae):
    with pytest.raises(ValueError, match=r"different shapes, \{'a': \(2,\), 'b'"):
        evaluate({"a": vae, "b": cvae}, POINTS, "precision_recall")


def test_likelihoods_are_calibrated_against_those_of_training_data(vae, cvae):
    found = evaluate(vae, POINTS, "likelihood_calibration", train=POINTS + 0.1)
    train, test = (np.asarray(vae.elbo(x, seed=0)) for x in (POINTS + 0.1, POINTS))
    expected = metrics.likelihood_calibration(train, test)["calibration_error"]
    assert found["calibration_error"] == pytest.approx(expected, abs=1e-6)
    # A flow has exact likelihoods, and equal sets no error.
    flow = kgen.build("realnvp", (2,), num_steps=2, hidden=(4,), seed=0)
    found = evaluate(flow, POINTS, "likelihood_calibration", train=POINTS)
    assert found["calibration_error"] == 0.0
    ae = kgen.build("autoencoder", (2,), latent_dim=1)
    with pytest.raises(ValueError, match="neither 'log_prob' nor 'elbo'"):
        evaluate(ae, POINTS, "likelihood_calibration", train=POINTS)


@pytest.fixture
def brightness():
    """A figure of a user's: a mean of each sample, also by default."""

    @metrics.register("brightness", ("samples",), "%", default=lambda model: True)
    def brightness(samples):
        return 100 * samples.reshape(len(samples), -1).mean(axis=1)

    yield
    del FIGURES["brightness"]


def test_a_registered_figure_is_in_kgen_evaluate(brightness, vae, tmp_path, tfds_dir):
    found = evaluate(vae, POINTS)
    expected = 100 * np.mean(np.asarray(vae.sample(40, seed=0)))
    assert found["brightness"] == pytest.approx(expected, rel=1e-5)
    assert "elbo" in found and found.units["brightness"] == "%"
    command = ["train", "gan", "--data", "moons", "--epochs", "0"]
    assert (
        not CliRunner().invoke(main, [*command, "--run-dir", str(tmp_path)]).exit_code
    )
    output = CliRunner().invoke(main, ["evaluate", str(tmp_path)]).output
    assert " %" in next(line for line in output.splitlines() if "brightness" in line)
    assert "brightness" in CliRunner().invoke(main, ["list"]).output


def test_double_names_are_refused_and_equal_names_of_numbers_kept_apart(vae):
    with pytest.raises(ValueError, match="There is a figure 'psnr' already"):
        metrics.register("psnr", ())(print)
    with pytest.raises(ValueError, match="There is an ingredient 'x' already"):
        metrics.ingredient("x")(print)
    found = evaluate(vae, POINTS, ["likelihood", "objective"], num_draws=2)
    assert found["objective/kl"] == pytest.approx(found["kl"], rel=1e-5)
    assert found.units["kl"] == "nats" and "objective/kl" not in found.units


def test_likelihoods_count_examples_by_their_weights():
    vae = kgen.build("vae", (2,), latent_dim=1, hidden=(3,), seed=0)
    points = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
    weights = np.array([1, 0, 3, 0], "float32")
    found = evaluate(vae, (points, None, weights), num_draws=2)
    each = np.asarray(vae.elbo(points, seed=kgen.core.random.row_seeds(0, 4)))
    assert found["elbo"] == pytest.approx((each[0] + 3 * each[2]) / 4, rel=1e-5)


class Shifted(kgen.GenerativeModel):
    """A density around a vector that belongs to each example."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.data_shape = (2,)

    @property
    def data_specs(self):
        x, weights = super().data_specs.values()
        return {"x": x, "wind": Real((2,)), "weights": weights}

    @kgen.verb
    def log_prob(self, x, wind):
        return -tf.reduce_sum((x - wind) ** 2, -1)

    @kgen.verb(returns="x")
    def sample(self, wind, seed=None):
        return wind


def test_figures_give_a_verb_every_part_that_it_takes():
    model, x = Shifted(seed=0), np.zeros((3, 2), "float32")
    wind = np.arange(6, dtype="float32").reshape(3, 2)
    data = tf.data.Dataset.from_tensor_slices((x, wind)).batch(2)
    found = evaluate(model, data, ["likelihood", "frechet_distance"])
    assert found["log_prob"] == pytest.approx(-np.sum(wind**2) / 3)
    with pytest.raises(ValueError, match="the data has no wind, which `sample` takes"):
        evaluate(model, x, "frechet_distance")
