"""Arrays as batches: an iterator without a pipeline gives those of the data set."""

import keras
import numpy as np
import pytest

import kgen
from kgen.core.training.arrays import Arrays
from kgen.core.training.datasets import as_datasets

X, Y = np.arange(46, dtype="float32").reshape(23, 2), np.arange(23)


def flat(batch):
    return [np.asarray(part) for part in batch if part is not None]


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
def test_batches_and_orders_are_those_of_the_data_set(shuffle):
    one, other = (Arrays((X, None, Y), 23, 5, shuffle, seed=3) for _ in range(2))
    dataset, orders = one.dataset(), []
    assert int(dataset.cardinality()) == one.num_batches == 5
    for _ in range(3):
        piped, direct = [flat(b) for b in dataset], [flat(b) for b in other]
        assert len(piped) == len(direct) == 5
        for batch, same in zip(piped, direct, strict=True):
            for part, value in zip(batch, same, strict=True):
                np.testing.assert_array_equal(part, value)
                assert part.dtype == value.dtype
        orders.append(np.concatenate([y for _, y in direct]).tolist())
    assert all(sorted(found) == Y.tolist() for found in orders)
    assert len({str(found) for found in orders}) == (3 if shuffle else 1)
    assert iter(other).element_spec == dataset.element_spec


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
def test_many_batches_are_taken_at_once(shuffle):
    one, other = (Arrays((X, None, Y), 23, 5, shuffle, seed=3) for _ in range(2))
    alone, batches = [flat(batch) for batch in one], iter(other)
    for count, expected in ((2, alone[:2]), (9, alone[2:])):
        (x, y), sizes = batches.take(count)
        assert sizes.numpy().tolist() == [[len(b[1])] * 2 for b in expected]
        np.testing.assert_array_equal(x, np.concatenate([b[0] for b in expected]))
        np.testing.assert_array_equal(y, np.concatenate([b[1] for b in expected]))
    with pytest.raises(StopIteration):
        batches.take(1)


@pytest.mark.parametrize("binarize", [False, True, "static", "dynamic"])
def test_data_sets_of_kgen_train_as_their_pipeline_does(binarize):
    found = []
    for strip in (False, True):
        train = kgen.data.load("digits", "train[:100]", 32, binarize=binarize, seed=1)
        assert hasattr(train, "arrays") == (binarize != "dynamic")
        if strip:
            train = train.take(-1)  # A data set that is not known to be arrays.
            assert not hasattr(train, "arrays")
        keras.utils.set_random_seed(0)
        ae = kgen.build("autoencoder", (8, 8, 1), hidden=(4,), latent_dim=2, seed=0)
        ae.fit(train, epochs=3, verbose=0)
        found.append(ae.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_of_classes_are_not_lost():
    train = kgen.data.load("digits", "train[:100]", 32, seed=1)
    ae = kgen.build("autoencoder", (8, 8, 1), hidden=(4,), num_classes=10)
    weights = dict.fromkeys(range(10), 0.5)
    given = as_datasets(ae, keras.Model.fit, train, class_weight=weights)
    assert not hasattr(given["x"], "arrays") and len(given["x"].element_spec) == 3
