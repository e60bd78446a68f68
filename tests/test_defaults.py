"""Every recipe as it comes, as `kgen train` runs it: what it draws are digits."""

import keras
import numpy as np
import pytest

import kgen
from kgen import runs
from kgen.metrics import class_coverage, fit_classifier, mode_coverage
from kgen.recipes import RECIPES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def digits(tfds_dir):
    train, test = kgen.data.load("digits", batch_size=64)
    images = [
        np.concatenate([x for x, _ in part.as_numpy_iterator()])
        for part in (train, test)
    ]
    return *images, fit_classifier(train)


def drawn(model, held_out):
    """A thousand samples; where nothing is drawn, reconstructed or restored digits."""
    if hasattr(model, "sample"):
        labels = None if model.num_classes is None else np.arange(1000) % 10
        return np.asarray(model.sample(1000, labels=labels, seed=0))
    if hasattr(model, "upscale"):
        return np.asarray(model.upscale(model.downscale(held_out)))
    if hasattr(model, "complete"):
        hole = np.zeros((len(held_out), 8, 8, 1), bool)
        hole[:, 2:6, 2:6] = True
        return np.asarray(model.complete(held_out, hole))
    return np.asarray(model.reconstruct(held_out))


# Translators neither draw digits nor restore them, and melodies are no digits.
DRAWING = [
    name
    for name, recipe in sorted(RECIPES.items())
    if not hasattr(recipe.model, "translate_back") and recipe.example_shape is None
]


@pytest.mark.parametrize("name", DRAWING)
def test_digits_of_a_recipe_as_it_comes(name, digits, tmp_path, recwarn):
    train, held_out, classifier = digits
    conditional = RECIPES[name].conditional
    model, figures = runs.train(name, run_dir=tmp_path, conditional=conditional)
    images = np.clip(drawn(model, held_out), 0.0, 1.0)
    assert 0.5 < images.var(axis=0).sum() / train.var(axis=0).sum() < 1.5
    found = classifier.predict(images, verbose=0)
    sure = np.argmax(found[np.max(found, axis=1) > 0.9], axis=1)
    assert class_coverage(sure, 10)["modes"] == 10
    assert "note" not in figures  # Its nats, if it has any, are a likelihood.
    assert not [w for w in recwarn if "collapse" in str(w.message)]


@pytest.mark.parametrize("name", ["gan", "wgan-gp", "r1-gan"])
def test_a_gan_of_vectors_as_it_comes_keeps_all_modes_of_the_ring(name):
    density = kgen.data.density("8ring")
    keras.utils.set_random_seed(0)
    gan = kgen.build(name, (2,), seed=0)
    gan.compile(
        gan.generator_optimizer, gan.discriminator_optimizer, steps_per_execution=50
    )
    points = density.sample(128 * 12_000, seed=0).astype("float32")
    gan.fit(points, batch_size=128, verbose=0)
    figures = mode_coverage(gan.sample(2500, seed=0), density)
    assert figures["modes"] == 8
    assert figures["high_quality"] > 0.93
