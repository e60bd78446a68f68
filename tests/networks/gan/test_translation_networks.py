"""Networks that translate images, and judge their patches."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import (
    MaxPoolWithArgmax2D,
    MaxUnpool2D,
    patch_discriminator,
    resnet_translator,
)

IMAGES = [(5, 7, 3), (16, 9, 1), (1, 6, 1)]


def images(shape, rows=2):
    return np.random.default_rng(0).random((rows, *shape)).astype("float32")


@pytest.mark.parametrize("shape", IMAGES, ids=str)
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("upsample", ["transpose", "unpool"])
def test_any_height_and_width(shape, residual, upsample):
    settings = {"num_blocks": 1, "upsample": upsample, "residual": residual}
    translator = resnet_translator(shape, filters=(4, 5, 6), **settings)
    y = translator(images(shape))
    assert y.shape == (2, *shape)
    assert np.min(y) >= 0 and np.max(y) <= 1
    judge = patch_discriminator(shape, (4, 5, 6))
    down = [-(-side // 4) for side in shape[:2]]
    assert judge(images(shape)).shape == (2, *down, 1)


def test_a_residual_translator_begins_as_the_identity():
    x = images((5, 6, 3))
    network = resnet_translator((5, 6, 3), filters=(8, 8), num_blocks=1, residual=True)
    np.testing.assert_array_equal(network(x), x)


def test_unpooling_takes_the_places_of_the_way_down():
    """Values on the way up appear where a window on the way down was largest."""
    network = resnet_translator((5, 6, 1), 1, (3, 4, 5), 1, upsample="unpool")
    pools, unpools = (
        [layer for layer in network.layers if isinstance(layer, kind)]
        for kind in (MaxPoolWithArgmax2D, MaxUnpool2D)
    )
    pairs = zip(pools, unpools[::-1], strict=True)
    outputs = [(pool.output[1], unpool.output) for pool, unpool in pairs]
    assert [places.shape for places, _ in outputs] == [(None, 5, 6, 4), (None, 3, 3, 5)]
    inside = keras.Model(network.input, outputs)
    for places, unpooled in inside(images((5, 6, 1))):
        assert not np.any(np.asarray(unpooled)[~np.asarray(places)])
        assert np.any(unpooled)


def test_other_channels():
    assert resnet_translator((6, 6, 1), 3, (4,), 1).output_shape == (None, 6, 6, 3)
    with pytest.raises(ValueError, match="residual=True.*1 channels.*num_outputs=3"):
        resnet_translator((6, 6, 1), 3, (4,), 1, residual=True)


@pytest.mark.parametrize(("depth", "patch"), [(1, 7), (2, 16), (3, 34), (4, 70)])
def test_size_of_a_patch(depth, patch):
    """Of the pixels on which a logit depends, each way."""
    judge = patch_discriminator((99, 99, 1), depth * (2,), "gelu", normalization=None)
    x = tf.constant(images((99, 99, 1), 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = judge(x)
        middle = logits[0, logits.shape[1] // 2, logits.shape[2] // 2, 0]
    seen = np.asarray(tape.gradient(middle, x))[0, :, :, 0] != 0
    assert seen.any(axis=0).sum() == seen.any(axis=1).sum() == patch


def test_the_papers_discriminator():
    """Its 2,764,737 weights, and a scale for each normalised channel."""
    assert patch_discriminator((64, 64, 3)).count_params() == 2764737 + 128 + 256 + 512


def test_vectors_are_refused():
    for make in (resnet_translator, patch_discriminator):
        with pytest.raises(ValueError, match="expect images"):
            make((8,))
