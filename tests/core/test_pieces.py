"""Verbs in pieces and over data sets: the same rows as of one batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen

X = np.random.default_rng(0).random((7, 4), "float32")
LABELS = np.arange(7, dtype="int32") % 3


@pytest.fixture(scope="module")
def model():
    return kgen.build("cvae", (4,), num_classes=3, hidden=(5,), latent_dim=2)


class Sequence(keras.utils.PyDataset):
    """Batches of 3."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(3 * index, 3 * index + 3)
        return X[rows], LABELS[rows]


def dataset(*parts):
    return tf.data.Dataset.from_tensor_slices(parts).batch(3)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_pieces_give_the_same_rows(model, batch_size):
    whole = model.elbo_parts(X, LABELS, seed=5)
    pieces = model.elbo_parts(X, LABELS, seed=5, batch_size=batch_size)
    assert set(pieces) == set(whole)
    for name, values in whole.items():
        np.testing.assert_allclose(pieces[name], values, rtol=1e-5)
    whole = model.sample(labels=LABELS, seed=5)
    pieces = model.sample(labels=LABELS, seed=5, batch_size=batch_size)
    np.testing.assert_allclose(pieces, whole, rtol=1e-5, atol=1e-6)


def test_data_sets_give_the_same_rows(model):
    whole = model.elbo(X, LABELS, seed=5)
    for data in (dataset(X, LABELS), dataset(X, LABELS, LABELS), Sequence()):
        np.testing.assert_allclose(model.elbo(data, seed=5), whole, rtol=1e-5)
    same = model.encode(X, labels=1)
    np.testing.assert_allclose(model.encode(dataset(X), labels=1), same, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.encode(dataset(X)), "needs labels"),
        (lambda m: m.encode(dataset(X), LABELS), "and labels besides.*batches of"),
        (lambda m: m.elbo(dataset(X, LABELS), seed=[1, 2]), "vector of seeds"),
        (lambda m: m.encode(dataset(X, LABELS).repeat()), "never ends.*take"),
        (lambda m: m.encode(dataset(X, LABELS).take(0)), "no batch"),
        (lambda m: m.encode(dataset(X, LABELS).unbatch()), "batch axis.*dataset"),
        (lambda m: m.decode(dataset(X), LABELS), "z as a data set.*Only a verb's x"),
    ],
)
def test_what_does_not_fit_is_refused(model, call, message):
    with pytest.raises(ValueError, match=message):
        call(model)
