"""The joint distribution p(x, y), against its sum over all states."""

import itertools
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kgen
from kgen.downstream import class_prior, sample_joint

SHAPE = (2, 2, 1)
PRIOR = np.array([0.6, 0.0, 0.3, 0.1])


@pytest.fixture(scope="module")
def pixelcnn():
    keras.utils.set_random_seed(0)
    return kgen.build("pixelcnn", SHAPE, 4, width=4, num_blocks=1, seed=0)


def test_pairs_follow_the_joint_distribution(pixelcnn):
    x, labels = sample_joint(pixelcnn, 4000, 10 * PRIOR, seed=3)
    states = np.array([*itertools.product((0.0, 1.0), repeat=4)], "float32")
    states = states.reshape(-1, *SHAPE)
    expected = np.stack(
        [
            PRIOR[c] * np.exp(np.float64(pixelcnn.log_prob(states, np.full(16, c))))
            for c in range(4)
        ]
    )
    assert expected.sum() == pytest.approx(1.0, abs=1e-5)
    places = np.round(np.reshape(x, (-1, 4))).astype(int) @ (8, 4, 2, 1)
    counts = np.zeros((4, 16))
    np.add.at(counts, (labels, places), 1)
    assert not counts[1].any()
    kept = PRIOR > 0
    scale = 4000 / expected[kept].sum()
    found = stats.chisquare(counts[kept].ravel(), scale * expected[kept].ravel())
    assert found.pvalue > 0.001


def test_a_pair_depends_on_its_own_seed(pixelcnn):
    x, labels = sample_joint(pixelcnn, 20, seed=np.arange(20))
    part, some = sample_joint(pixelcnn, 5, seed=np.arange(10, 15))
    np.testing.assert_array_equal(part, x[10:15])
    np.testing.assert_array_equal(some, labels[10:15])
    x, labels = sample_joint(pixelcnn, 20, seed=1)
    more, others = sample_joint(pixelcnn, 40, seed=1)
    np.testing.assert_array_equal(more[:20], x)
    np.testing.assert_array_equal(others[:20], labels)
    np.testing.assert_array_equal(pixelcnn.sample(labels=labels, seed=1), x)
    assert not np.array_equal(sample_joint(pixelcnn, 20)[0], sample_joint(pixelcnn, 20))


def test_the_prior_is_that_of_the_data():
    labels = [0, 2, 2, 1, 2, 1]
    expected = np.array([1, 2, 3]) / 6
    np.testing.assert_allclose(class_prior(labels, 3), expected)
    batches = tf.data.Dataset.from_tensor_slices((np.zeros((6, 2)), labels)).batch(4)
    np.testing.assert_allclose(class_prior(batches, 3), expected)
    with pytest.warns(UserWarning, match=r"no example of the classes \[3\]"):
        class_prior(labels, 4)


def test_refused(pixelcnn):
    with pytest.raises(ValueError, match="no classes"):
        sample_joint(kgen.build("vae", (3,), latent_dim=2, hidden=(4,)), 3)
    with pytest.raises(ValueError, match="`sample`"):
        sample_joint(kgen.build("autoencoder", (3,), 2, latent_dim=2), 3)
    with pytest.raises(ValueError, match="4 probabilities"):
        sample_joint(pixelcnn, 3, [1.0, 2.0])
    for seed in (-1, 0.5, [1, 2], [0.5, 1.0, 2.0]):
        with pytest.raises(ValueError, match="seed"):
            sample_joint(pixelcnn, 3, seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for labels in ([0, 3], [0.5], [-1, 0], [[0]]):
            with pytest.raises(ValueError, match="from 0 to 2"):
                class_prior(labels, 3)
    with pytest.raises(ValueError, match="without labels"):
        class_prior(tf.data.Dataset.from_tensors(np.zeros((3, 2))), 3)
