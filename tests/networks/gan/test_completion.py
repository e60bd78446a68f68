"""The networks of completion: how far they see, and what they take."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import completion_discriminator, completion_generator


def reach(**settings):
    """Rows of the image on which the output's first row depends."""
    keras.utils.set_random_seed(0)
    generator = completion_generator((64, 8, 1), filters=(4, 4), **settings)
    x, mask = tf.ones((1, 64, 8, 1)), tf.zeros((1, 64, 8, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        first = generator([x, mask])[0, 0]
    slopes = np.abs(tape.gradient(first, x))[0]
    return np.flatnonzero(slopes.sum(axis=(1, 2)))[-1]


def test_dilated_convolutions_see_farther():
    """Each sees `2 * dilation` rows of the image farther, at half its size."""
    near = reach(dilations=(1, 1), activation="tanh")
    assert reach(dilations=(2, 4), activation="tanh") == near + 2 * (1 + 3)


@pytest.mark.parametrize("shape", [(9, 7, 1), (8, 12, 3)])
@pytest.mark.parametrize("upsample", ["transpose", "unpool"])
def test_any_size_and_a_condition(shape, upsample):
    x, mask = np.zeros((2, *shape)), np.zeros((2, *shape[:2], 1))
    labels = np.array([0, 2])
    generator = completion_generator(
        shape, (3, 4), (2,), upsample=upsample, num_classes=3
    )
    assert [t.name for t in generator.inputs] == ["x", "mask", "labels"]
    made = generator([x, mask, labels])
    assert made.shape == (2, *shape)
    assert 0 < np.min(made) and np.max(made) < 1
    patch = (5, 4, shape[-1])
    judge = completion_discriminator(shape, patch, (3,), 4, num_classes=3)
    assert [t.name for t in judge.inputs] == ["x", "patch", "labels"]
    assert judge([x, np.zeros((2, *patch)), labels]).shape == (2, 1)


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="expect images"):
        completion_generator((4,))
    with pytest.raises(ValueError, match="expect images"):
        completion_discriminator((4, 4, 1), (2,))
    with pytest.raises(ValueError, match="given dilations=2, but expects a list"):
        completion_generator((4, 4, 1), dilations=2)
