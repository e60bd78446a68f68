"""Networks that translate images, and judge their patches."""

import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import patch_discriminator, resnet_translator

IMAGES = [(5, 7, 3), (16, 9, 1), (1, 6, 1)]


def images(shape, rows=2):
    return np.random.default_rng(0).random((rows, *shape)).astype("float32")


@pytest.mark.parametrize("shape", IMAGES, ids=str)
@pytest.mark.parametrize("residual", [False, True])
def test_any_height_and_width(shape, residual):
    translator = resnet_translator(
        shape, filters=(4, 5, 6), num_blocks=1, residual=residual
    )
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
