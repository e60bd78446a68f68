"""The linear autoencoder as it comes is PCA."""

import keras
import numpy as np
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA

import kgen


def test_the_recipe_reaches_the_error_of_pca():
    x = load_wine().data
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
    pca = PCA(5).fit(x)
    best = np.mean((x - pca.inverse_transform(pca.transform(x))) ** 2)
    keras.utils.set_random_seed(0)
    linear = kgen.build("linear-autoencoder", (13,), latent_dim=5, seed=0)
    linear.compile(linear.optimizer, steps_per_execution=50)
    linear.fit(
        np.tile(x, (50, 1)), batch_size=len(x), epochs=30, shuffle=False, verbose=0
    )
    error = np.mean((x - np.asarray(linear.reconstruct(x))) ** 2)
    assert best < error < 1.005 * best
