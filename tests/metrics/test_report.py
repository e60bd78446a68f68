"""The report: one page with pictures, one JSON file, and several models."""

import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.metrics import evaluate
from kgen.metrics.ingredients import Ingredients

RNG = np.random.default_rng(0)
IMAGES = (RNG.random((120, 4, 4, 1)) < 0.4).astype("float32")
LABELS = np.arange(120) % 3
pytestmark = pytest.mark.filterwarnings("ignore::kgen.metrics.FewSamplesWarning")


@pytest.fixture(scope="module")
def models():
    keras.utils.set_random_seed(0)
    return {
        "cvae": kgen.build("cvae", (4, 4, 1), 3, latent_dim=2, filters=(2,), seed=0),
        "a <gan>": kgen.build("gan", (4, 4, 1), 3, filters=(2,), seed=0),
    }


@pytest.fixture(scope="module")
def report(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "new" / "page.html"
    names = ["likelihood", "frechet_distance", "birthday_paradox"]
    with pytest.warns(kgen.metrics.FewSamplesWarning):
        found = evaluate(
            {"cvae": models["cvae"]}, (IMAGES, LABELS), names, report=path, num_draws=2
        )
    return path, found


@pytest.mark.slow
def test_all_figures_of_several_models_share_a_judge(models, tmp_path):
    path = tmp_path / "all.html"
    found = evaluate(
        models, (IMAGES, LABELS), "all", (IMAGES, LABELS), num_draws=2, report=path
    )
    assert set(found) == set(models)
    cvae, gan = found.values()
    assert cvae.judge == gan.judge and "elbo" in cvae and "elbo" not in gan
    assert "has no likelihood" in gan.left_out["likelihood"]
    assert "no factors" in cvae.left_out["dci"]
    # What a model has is computed, and what is left out has a reason.
    assert {"classifier_accuracy", "trained_on_samples", "support"} <= set(gan)
    page = path.read_text()
    assert "a &lt;gan&gt;" in page and "<gan>" not in page
    assert page.count("<figure>") > 10


def test_the_page_stands_alone_and_names_its_conditions(report):
    path, found = report
    page = path.read_text()
    assert "120 held-out examples; 120 samples; features: " in page
    sources = re.findall(r'(?:src|href)="([^"]{30})', page)
    assert sources and all(s.startswith("data:image/png;base64,") for s in sources)
    assert "http" not in page.replace("http-equiv", "")
    for title in ("Samples, not chosen", "Mean power spectrum", "Codes of held-out"):
        assert title in page
    value = found["cvae"]["frechet_distance"]
    assert f"{value:.4g}" in page and "± " in page


def test_the_json_file_has_the_same_numbers(report):
    path, found = report
    record = json.loads(path.with_suffix(".json").read_text())["cvae"]
    figures = record["figures"]
    assert figures["elbo"]["value"] == found["cvae"]["elbo"]
    assert figures["elbo"]["spread"] == found["cvae"].spread["elbo"]
    assert figures["elbo"]["unit"] == "nats" and figures["elbo"]["better"] == "higher"
    assert record["num_examples"] == record["num_samples"] == 120
    assert record["features"].endswith("features, 64 features; classes by classifier")


def test_the_best_value_is_marked_by_its_direction():
    from kgen.metrics.report.page import best_of

    values = {"a": 1.0, "b": 2.0, "c": None}
    assert best_of(values, "higher") == ["b"] and best_of(values, "lower") == ["a"]
    assert best_of(values, "") == [] and best_of({"a": 1.0}, "lower") == []


def test_neighbours_are_nearest_though_the_data_comes_in_another_order(models):
    """The order of training data changes from pass to pass."""
    rows = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).shuffle(120).batch(32)
    found = Ingredients(models["cvae"], (IMAGES, LABELS), rows, num_samples=20)
    see = found["feature_network"]
    queries, features = found["sample_features"][:8], see.predict(IMAGES)
    gaps = np.sum((features[None] - queries[:, None]) ** 2, axis=-1)
    nearest = see.predict(found["nearest_training_examples"])
    got = np.sum((nearest - queries) ** 2, axis=-1)
    np.testing.assert_allclose(got, gaps.min(axis=1), rtol=1e-3)


def test_unlabelled_data_has_all_that_needs_no_labels(tmp_path):
    gan = kgen.build("gan", (4, 4, 1), filters=(2,), seed=0)
    path = tmp_path / "page.html"
    train = tf.data.Dataset.from_tensor_slices(IMAGES).batch(32)
    names = ["psnr", "image_statistics", "parzen_log_likelihood"]
    found = evaluate(gan, IMAGES, names, train, report=path)
    assert found["psnr"] > 0 and found["spectrum_distance"] > 0
    assert "Not shown: Features of held-out" in path.read_text()
    cgan = kgen.build("gan", (4, 4, 1), 3, filters=(2,), seed=0)
    with pytest.raises(ValueError, match="as the data has no labels"):
        evaluate(cgan, IMAGES, "psnr")


def test_the_classifier_learns_from_training_data_of_any_structure():
    gan = kgen.build("gan", (4, 4, 1), 3, filters=(2,), seed=0)
    weights = np.ones(120, "float32")
    slices = tf.data.Dataset.from_tensor_slices
    found = [
        Ingredients(gan, (IMAGES, LABELS), slices(train).batch(40))["probabilities"]
        for train in (
            (IMAGES, LABELS),
            (IMAGES, LABELS, weights),
            {"x": IMAGES, "labels": LABELS},
        )
    ]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-4)
    with pytest.raises(ValueError, match="the training data has no labels"):
        Ingredients(gan, (IMAGES, LABELS), slices(IMAGES).batch(40))["probabilities"]


def test_names_of_models_are_texts(models):
    for given in ({}, {"": models["cvae"]}, {3: models["cvae"]}):
        with pytest.raises(ValueError, match="one model or more, by names"):
            evaluate(given, (IMAGES, LABELS), "psnr")


def test_the_order_of_the_data_does_not_matter():
    """Data in the order of classes, and fewer samples than examples."""
    order = np.argsort(LABELS, kind="stable")
    gan = kgen.build("gan", (4, 4, 1), 3, filters=(2,), seed=0)
    data = (IMAGES[order], LABELS[order])
    labels = Ingredients(gan, data, num_samples=60)["sample_labels"]
    assert np.all(np.bincount(labels, minlength=3) > 8)
    found = Ingredients(gan, data, num_samples=150)
    assert np.array_equal(found["sample_labels"][:120], LABELS[order])
    assert len(np.unique(found["sample_labels"][120:])) == 3
    few = Ingredients(gan, data, num_samples=40)
    few.shared["features"] = LABELS[order][:, None].astype("float32")
    few.made["sample_features"] = np.zeros((40, 1), "float32")
    assert np.all(np.bincount(few["equal_features"][:, 0].astype(int)) > 5)


def test_another_ending_is_refused_before_anything_is_computed(models):
    with pytest.raises(ValueError, match="a file whose name ends in .html"):
        evaluate(models["cvae"], (IMAGES, LABELS), "psnr", report="report.pdf")


def test_contests_compare_models_and_need_two(models):
    data = (IMAGES, LABELS)
    name = "relative_discriminative_score"
    found = evaluate(models, data, [name])
    assert sum(each[name] for each in found.values()) == pytest.approx(1.0)
    assert all(set(each) == {"num_examples", name} for each in found.values())
    twice = {"one": models["a <gan>"], "other": models["a <gan>"]}
    found = evaluate(twice, data, ["tournament"])
    assert found["one"]["win_rate"] == found["other"]["win_rate"]
    assert found["one"]["skill"] == pytest.approx(found["other"]["skill"])
    assert found["one"].better["skill"] == "higher"
    three = evaluate({**twice, "cvae": models["cvae"]}, data, ["tournament"])
    assert three["cvae"].left_out == {"tournament": "this model cannot take part"}
    with pytest.raises(ValueError, match="there are 1: pass two or more in a dict"):
        evaluate(models, data, ["tournament"])
    with pytest.raises(ValueError, match="Did you mean 'tournament'"):
        evaluate(models, data, ["tournamen"])
