"""Restoring models are served without kgen, for images of another size, too."""

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import testing

X = np.random.default_rng(0).random((8, 5, 6, 1)).astype("float32")


def tiny(name):
    settings = kgen.recipes.RECIPES[name].tiny_for(X.shape[1:])
    return kgen.build(name, X.shape[1:], seed=0, **settings)


@pytest.mark.slow
def test_they_are_served_without_kgen(tmp_path):
    folders = [tmp_path / name for name in ("srgan", "inpainter")]
    for folder in folders:
        model = tiny(folder.name)
        testing.write_servable(model, X, None, folder)
        if folder.name == "srgan":
            low = np.resize(X, (2, 7, 3, 1))
            expected = model.upscale(low)
    testing.check_servables(folders)
    served = tf.saved_model.load(str(folders[0] / "1")).signatures["upscale"]
    found = served(low=tf.constant(low))["x"]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
