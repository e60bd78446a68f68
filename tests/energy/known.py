"""Energies whose integrals are known."""

import keras
import numpy as np

PRECISION = np.array([[8.0, 3.0], [3.0, 4.0]])
CENTRES = ((-2.0, 0.5), (1.5, -1.0))
TILT = np.array([-4.0, -1.0, 0.5, 2.0, 3.0, 5.0])


def quadratic():
    """`E = x^T PRECISION x / 2`, a Gaussian."""
    x = keras.Input((2,), name="x")
    h = keras.layers.Dense(2, use_bias=False)(x)
    energy = 0.5 * keras.ops.sum(h**2, axis=-1, keepdims=True)
    network = keras.Model(x, energy)
    network.set_weights([np.linalg.cholesky(PRECISION)])
    return network


def mixture():
    """`exp(-E)` is a sum of two Gaussians of variance 1, at `CENTRES`."""
    x = keras.Input((2,), name="x")
    squares = [
        keras.ops.sum((x - np.array(centre, "float32")) ** 2, axis=-1, keepdims=True)
        for centre in CENTRES
    ]
    logits = keras.layers.Concatenate()([-0.5 * square for square in squares])
    energy = -keras.ops.logsumexp(logits, axis=-1, keepdims=True)
    return keras.Model(x, energy)


def tilted():
    """`E = sum TILT y` over images of 2x3 pixels."""
    x = keras.Input((2, 3, 1), name="x")
    dense = keras.layers.Dense(1, use_bias=False)
    network = keras.Model(x, dense(keras.layers.Flatten()(x)))
    network.set_weights([TILT[:, None]])
    return network
