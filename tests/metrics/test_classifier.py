"""The classifier names digits, gives its features, and disturbs nobody's noise."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.metrics import features, fit_classifier, frechet_distance


@pytest.fixture(scope="module")
def digits(tfds_dir):
    train, test = kgen.data.load("digits", batch_size=64)
    return fit_classifier(train), test


def test_held_out_digits_are_named(digits):
    classifier, test = digits
    figures = classifier.evaluate(test, verbose=0, return_dict=True)
    assert figures["accuracy"] >= 0.97
    images, labels = next(iter(test))
    probabilities = classifier(images).numpy()
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, rtol=1e-5)
    log_prob = np.log(probabilities[np.arange(len(labels)), labels])
    batch = classifier.evaluate(images, labels, verbose=0, return_dict=True)
    assert batch["loss"] == pytest.approx(-log_prob.mean(), rel=1e-4)


def test_features_are_the_input_of_the_last_layer(digits):
    classifier, test = digits
    images, _ = next(iter(test))
    values = features(classifier)(images).numpy()
    kernel, bias = classifier.layers[-1].get_weights()
    logits = values @ kernel + bias
    np.testing.assert_allclose(
        keras.ops.softmax(logits), classifier(images), rtol=1e-4, atol=1e-6
    )
    assert values.shape == (64, 64)


def test_features_tell_digits_from_noise_and_from_part_of_the_classes(digits):
    classifier, test = digits
    images, labels = (np.concatenate(part) for part in zip(*test, strict=True))
    seen = features(classifier).predict(images, verbose=0)
    one, other = seen[::2], seen[1::2]
    within = frechet_distance(one, other)
    low = frechet_distance(one, other[labels[1::2] < 5])
    noise = np.random.default_rng(0).random(images.shape)
    beyond = frechet_distance(one, features(classifier).predict(noise, verbose=0))
    assert 5 * within < low
    assert 5 * within < beyond


def dataset(shape=(5, 9, 3), num_classes=3):
    rng = np.random.default_rng(0)
    images = rng.random((12, *shape)).astype("float32")
    labels = rng.permutation(np.arange(12) % num_classes).astype("int32")
    return tf.data.Dataset.from_tensor_slices((images, labels)).batch(5)


def test_a_seed_gives_the_same_weights_and_leaves_the_programs_noise_alone():
    random.seed(7)
    expected = random.random()
    random.seed(7)
    one, again, other = (
        fit_classifier(dataset((4, 3, 1)), 2, seed) for seed in (0, 0, 1)
    )
    assert random.random() == expected
    for a, b, c in zip(*(m.get_weights() for m in (one, again, other)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
        assert np.any(np.abs(a - c) > 1e-3)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 2, 1), (33, 40, 2)])
def test_images_of_any_size(shape):
    classifier = fit_classifier(dataset(shape, num_classes=4), epochs=1)
    assert classifier.output_shape == (None, 4)


def test_what_it_cannot_learn_from_is_said():
    with pytest.raises(ValueError, match=r"\(images, labels\).*TensorSpec"):
        fit_classifier(dataset().map(lambda x, y: x))
    with pytest.raises(ValueError, match=r"\(batch, height, width, channels\)"):
        fit_classifier(dataset((4,)))
    with pytest.raises(ValueError, match="empty"):
        fit_classifier(dataset().take(0))
    shifted = dataset().map(lambda x, y: (x, 2 * y + 1))
    with pytest.raises(ValueError, match=r"from 1 to \d.*no example of \[0, 2"):
        fit_classifier(shifted)
    assert fit_classifier(shifted, epochs=1, num_classes=9).output_shape == (None, 9)
    with pytest.raises(ValueError, match="num_classes=2, but the data has labels up"):
        fit_classifier(shifted, num_classes=2)
