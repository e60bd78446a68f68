"""The crops of scikit-image, split once and for all."""

import sys

import numpy as np
import pytest
from skimage.data import lfw_subset

import kgen.data


def test_the_splits_share_out_all_crops():
    train, test = kgen.data.load("faces", batch_size=50)
    assert train.num_classes == 2 and train.levels is None
    parts = {}
    for name, dataset in (("train", train), ("test", test)):
        x, labels = (np.concatenate(part) for part in zip(*dataset, strict=True))
        assert x.dtype == np.float32 and x.shape[1:] == (25, 25, 1)
        assert 0 <= x.min() and x.max() <= 1
        assert np.bincount(labels).tolist() == [len(x) // 2] * 2
        parts[name] = x, labels
    assert [len(x) for x, _ in parts.values()] == [160, 40]
    # Each crop is there once, and the first hundred are the faces.
    x, labels = (np.concatenate(part) for part in zip(*parts.values(), strict=True))
    crops = lfw_subset().reshape(200, -1).astype("float32")
    rows = [np.flatnonzero((crops == image.ravel()).all(1))[0] for image in x]
    assert sorted(rows) == list(range(200))
    np.testing.assert_array_equal(labels, np.array(rows) < 100)
    again = np.concatenate([x for x, _ in kgen.data.load("faces", "test")])
    np.testing.assert_array_equal(again, parts["test"][0])


def test_without_scikit_image_an_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with pytest.raises(ImportError, match="pip install scikit-image"):
        kgen.data.load("faces")
