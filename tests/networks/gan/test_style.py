"""The networks of a StyleGAN."""

import keras
import numpy as np
import pytest

from kgen.networks import (
    NoiseInjection,
    style_discriminator,
    style_generator,
    style_mapping,
    style_synthesis,
)
from kgen.networks.gan.style import style_of_noise

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def unit(values):
    return values / np.sqrt(np.mean(values**2, axis=-1, keepdims=True))


def through(h, weights):
    "Equalised dense layers with leaky ReLUs, by hand."
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        h = h @ kernel * (np.sqrt(2.0 / len(kernel)) * 0.01) + 0.01 * bias
        h = np.where(h < 0, 0.2 * h, h)
    return h


@pytest.mark.parametrize("condition", [None, "labels", "context"])
def test_the_mapping_by_hand(condition):
    sizes = {None: {}, "labels": {"num_classes": 3}, "context": {"context_shape": 2}}
    mapping = style_mapping(5, w_dim=6, num_layers=8, **sizes[condition])
    weights = [normal(*v.shape) * 30.0 for v in mapping.get_weights()]
    mapping.set_weights(weights)
    z, given = normal(4, 5), {"labels": np.array([0, 2, 1, 1]), "context": normal(4, 2)}
    if condition is None:
        h, inputs = unit(z), z
    else:
        vector = given[condition]
        if condition == "labels":
            vector = np.eye(3)[vector]
        (kernel, bias), weights = weights[:2], weights[2:]
        embedded = vector @ kernel / np.sqrt(len(kernel)) + bias
        h = np.concatenate([unit(z), unit(embedded)], axis=-1)
        inputs = [z, given[condition]]
    assert len(weights) == 16
    found = mapping(inputs)
    np.testing.assert_allclose(found, through(h, weights), rtol=1e-3, atol=1e-4)


def test_a_mapping_starts_with_styles_of_about_unit_size():
    keras.utils.set_random_seed(0)
    w = style_mapping(64, w_dim=64)(normal(500, 64))
    assert 0.3 < np.mean(np.square(w)) < 4.0


@pytest.mark.parametrize("shape", [(5, 6, 1), (9, 4, 3), (16, 16, 1)])
def test_each_size_has_two_styles_and_noise_for_each_pixel(shape):
    synthesis = style_synthesis(shape, filters=(4, 3, 2), w_dim=5)
    height, width, _ = shape
    pixels = [-(-height // n) * -(-width // n) for n in (4, 2, 1)]
    assert synthesis.input_shape == [(None, 6, 5), (None, 2 * sum(pixels))]
    assert synthesis.output_shape == (None, *shape)
    counts = np.bincount(style_of_noise(synthesis))
    np.testing.assert_array_equal(counts, np.repeat(pixels, 2))


def test_every_style_and_every_value_of_noise_has_an_effect():
    keras.utils.set_random_seed(0)
    synthesis = style_synthesis((5, 6, 1), filters=(4, 3), w_dim=5)
    w, noise = normal(1, 4, 5), normal(1, 78)
    start = synthesis([w, noise])
    for style in range(4):
        moved = w.copy()
        moved[:, style] += 1.0
        assert np.abs(synthesis([moved, noise]) - start).max() > 1e-3
    moved = np.repeat(noise, 78, axis=0) + np.eye(78, dtype="float32")
    images = synthesis([np.repeat(w, 78, axis=0), moved])
    assert np.abs(images - start).max((1, 2, 3)).min() > 1e-4


def test_a_generator_gives_all_layers_one_style():
    mapping = style_mapping(5, w_dim=6, num_classes=3)
    synthesis = style_synthesis((6, 6, 1), filters=(4, 3), w_dim=6)
    generator = style_generator(mapping, synthesis)
    z, labels, noise = normal(3, 5), np.array([0, 1, 2]), normal(3, 90)
    assert [tensor.name for tensor in generator.inputs] == ["z", "labels", "noise"]
    w = np.repeat(mapping([z, labels])[:, None], 4, axis=1)
    expected = synthesis([w, noise])
    np.testing.assert_allclose(generator([z, labels, noise]), expected, rtol=1e-5)


def test_parts_that_do_not_fit_are_refused():
    mapping, synthesis = style_mapping(5, w_dim=6), style_synthesis((6, 6, 1), w_dim=6)
    with pytest.raises(ValueError, match="'synthesis' and 'mapping', but expects"):
        style_generator(synthesis, mapping)
    with pytest.raises(ValueError, match=r"\(6,\).*Build both networks for one w_dim"):
        style_generator(style_mapping(5, w_dim=7), synthesis)
    w = keras.Input((2, 6), name="w")
    flat = keras.layers.Flatten()(w)
    silent = keras.Model(w, flat, name="synthesis")
    with pytest.raises(ValueError, match="expects w .num_styles, w_dim. and noise"):
        style_generator(mapping, silent)
    noise = keras.Input((8,), name="noise")
    image = keras.layers.Reshape((2, 2, 3))(flat)
    for starts in [(0,), (0, 3), (1, 4)]:
        h = image
        for start in starts:
            h = NoiseInjection(start)(h, noise)
        wrong = keras.Model([w, noise], h, name="synthesis")
        with pytest.raises(ValueError, match="takes 2 styles and 8 values of noise"):
            style_generator(mapping, wrong)


def test_a_map_of_one_pixel_is_refused():
    with pytest.raises(ValueError, match="two positions or more.*fewer `filters`"):
        style_synthesis((4, 4, 1), filters=(4, 4, 4))


@pytest.mark.parametrize("conditioning", ["projection", "concatenate"])
def test_a_discriminator_of_any_size_and_condition(conditioning):
    network = style_discriminator(
        (5, 7, 2), (3, 4, 5), conditioning=conditioning, num_classes=3
    )
    x = RNG.random((4, 5, 7, 2)).astype("float32")
    logits = [network([x, np.full(4, label)]).numpy() for label in (0, 1)]
    assert logits[0].shape == (4, 1) and np.all(logits[0] != logits[1])
