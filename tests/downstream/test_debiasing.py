"""Debiasing: exact reversed gradients, who moves whom, files, a bias that goes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.downstream.debiasing import (
    GradientReversal,
    bias_accuracy,
    debiased_classifier,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.random((12, 3)).astype("float32")
LABELS, GROUPS = np.arange(12) % 3, np.arange(12) // 6
TARGETS = {"task": LABELS, "bias": GROUPS}


@pytest.mark.parametrize("strength", [0.0, 0.5, 3])
def test_gradient_is_reversed_and_scaled(strength):
    x, weight = tf.constant(X), tf.constant(RANDOM.normal(size=(3,)), tf.float32)
    layer = GradientReversal(strength)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        total = tf.reduce_sum(weight * y**2)
    assert np.array_equal(y, X)
    by_hand = -strength * 2.0 * weight * X
    np.testing.assert_allclose(tape.gradient(total, x), by_hand, rtol=1e-6)


def make(strength=1.0, seed=0):
    """An encoder of one dense layer, and a classifier on it."""
    keras.utils.set_random_seed(seed)
    encoder = kgen.networks.mlp_encoder((3,), 2, hidden=())
    optimizer = keras.optimizers.SGD(0.1)
    return encoder, debiased_classifier(encoder, 3, 2, strength, (4,), optimizer)


def step(strength):
    """What one step of gradient descent adds to the encoder's and the head's kernel."""
    encoder, classifier = make(strength)
    layers = encoder.layers[-1], classifier.get_layer("bias")
    before = [layer.kernel.numpy() for layer in layers]
    targets = {name: tf.constant(value) for name, value in TARGETS.items()}
    classifier.train_on_batch(tf.constant(X), targets)
    return [layer.kernel.numpy() - b for layer, b in zip(layers, before, strict=True)]


def losses_by_hand(encoder, classifier, x):
    """Both cross-entropies, without any reversal."""
    z = encoder(x)
    h = classifier.get_layer("bias_hidden_0")(z)
    heads = {"task": z, "bias": h}
    crossentropy = keras.losses.sparse_categorical_crossentropy
    return [
        tf.reduce_mean(crossentropy(TARGETS[name], classifier.get_layer(name)(value)))
        for name, value in heads.items()
    ]


@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_step_descends_the_task_and_ascends_the_bias(strength):
    encoder, classifier = make(strength)
    variables = encoder.layers[-1].kernel, classifier.get_layer("bias").kernel
    variables = [variable.value for variable in variables]
    with tf.GradientTape(persistent=True) as tape:
        task, bias = losses_by_hand(encoder, classifier, X)
    by_encoder = tape.gradient(task, variables[0])
    by_encoder -= strength * tape.gradient(bias, variables[0])
    expected = [-0.1 * by_encoder, -0.1 * tape.gradient(bias, variables[1])]
    for found, by_hand in zip(step(strength), expected, strict=True):
        np.testing.assert_allclose(found, by_hand, rtol=1e-3, atol=1e-6)


def test_outputs_are_probabilities_of_the_code():
    encoder, classifier = make()
    outputs = classifier(X)
    kernel, bias = classifier.get_layer("task").get_weights()
    expected = keras.ops.softmax(encoder(X) @ kernel + bias)
    np.testing.assert_allclose(outputs["task"], expected, rtol=1e-5)
    np.testing.assert_allclose(np.sum(outputs["bias"], axis=1), 1.0, rtol=1e-5)


def test_files(tmp_path):
    encoder, classifier = make(strength=0.7)
    classifier.fit(X, TARGETS, epochs=2, verbose=0)
    classifier.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    assert loaded.get_layer("reversal").get_config()["strength"] == 0.7
    for name, expected in classifier(X).items():
        np.testing.assert_allclose(loaded(X)[name], expected, rtol=1e-6)
    np.testing.assert_array_equal(loaded.get_layer(encoder.name)(X), encoder(X))
    for model in (classifier, loaded):
        model.fit(X, TARGETS, shuffle=False, verbose=0)
    np.testing.assert_allclose(loaded(X)["bias"], classifier(X)["bias"], rtol=1e-5)


def test_config_of_the_layer():
    layer = GradientReversal(0.3, name="turn")
    copy = GradientReversal.from_config(layer.get_config())
    assert (copy.strength, copy.name) == (0.3, "turn")
    with pytest.raises(ValueError, match="strength was given as -1"):
        GradientReversal(-1)


def test_conditional_encoders_are_refused():
    encoder = kgen.networks.mlp_encoder((3,), 2, num_classes=3)
    with pytest.raises(ValueError, match="'x', 'labels'.*of x alone"):
        debiased_classifier(encoder, 3, 2)


def world(seed, num_rows, agreement):
    """x = (class, group, noise) turned around; how often the two agree."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=num_rows)
    groups = np.where(rng.random(num_rows) < agreement, labels, 1 - labels)
    x = np.stack([2.0 * labels - 1.0, 2.0 * groups - 1.0, np.zeros(num_rows)], axis=1)
    x += rng.normal(size=x.shape) * [0.3, 0.1, 0.3]
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    return (x @ turn).astype("float32"), labels, groups


@pytest.fixture(scope="module")
def learned():
    """For strengths 0 and 1: accuracy of the task, that of the bias."""
    results = {}
    x, labels, groups = world(1, 1000, agreement=0.8)
    test_x, test_labels, test_groups = world(2, 1000, agreement=0.5)
    for strength in (0.0, 1.0):
        keras.utils.set_random_seed(0)
        encoder = kgen.networks.mlp_encoder((3,), 2, hidden=())
        adam = keras.optimizers.Adam(2e-2, use_ema=True)
        classifier = debiased_classifier(encoder, 2, 2, strength, (256,), adam)
        targets = {"task": labels, "bias": groups}
        classifier.fit(x, targets, batch_size=250, epochs=100, verbose=0)
        named = np.argmax(classifier(test_x)["task"], axis=1)
        accuracy, chance = bias_accuracy(encoder(test_x), test_groups)
        results[strength] = np.mean(named == test_labels), accuracy - chance
    return results


@pytest.mark.slow
def test_bias_goes_and_the_task_stays(learned):
    task, bias = learned[0.0]
    assert task > 0.98 and bias > 0.45
    task, bias = learned[1.0]
    assert task > 0.98 and bias < 0.06


def test_bias_accuracy_of_known_codes():
    groups = np.arange(300) // 150
    noise = RANDOM.normal(size=(300, 2, 2))
    accuracy, chance = bias_accuracy(noise, groups)
    assert chance == 0.5
    assert abs(accuracy - 0.5) < 3.5 * np.sqrt(0.25 / 300)
    # Two normals at distance 2: Bayes' rule is right with probability Phi(1) = 0.841.
    shown = noise.copy()
    shown[:, 0, 0] += 2.0 * groups
    accuracy, _ = bias_accuracy(shown, groups)
    assert abs(accuracy - 0.841) < 3.5 * np.sqrt(0.841 * 0.159 / 300)
    # A ring around a disc: no straight line tells them apart.
    ring = noise[:, 0] * np.where(groups, 0.1, 1.0)[:, None] + 3.0 * groups[:, None] * (
        noise[:, 1] / np.linalg.norm(noise[:, 1], axis=1, keepdims=True)
    )
    assert bias_accuracy(ring, groups)[0] > 0.9


def test_chance_is_the_share_of_the_largest_group():
    _, chance = bias_accuracy(
        RANDOM.normal(size=(40, 2)), [0] * 25 + [1] * 10 + [7] * 5
    )
    assert chance == 25 / 40
    with pytest.raises(ValueError, match="codes of type int64"):
        bias_accuracy(np.zeros((40, 2), int), np.arange(40) % 2)


def test_one_group_is_refused():
    with pytest.raises(ValueError, match=r"sizes \[20\].*two or more groups"):
        bias_accuracy(np.zeros((20, 2)), np.zeros(20, int))
    encoder = kgen.networks.mlp_encoder((2,), 2)
    with pytest.raises(ValueError, match="num_groups=1"):
        debiased_classifier(encoder, num_classes=2, num_groups=1)
