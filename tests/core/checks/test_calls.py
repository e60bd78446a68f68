"""Calls that do not suit name what is called, and what it takes."""

import numpy as np
import pytest

import kgen

VAE = kgen.build("vae", (3,), latent_dim=2, hidden=(3,))
X = np.zeros((4, 3), "float32")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: VAE.sample(3, guidance=2.0),
            "`sample` was given guidance",
        ),
        (lambda: VAE.sample(3, sed=2), "given sed.*Did you mean 'seed'"),
        (lambda: VAE.encode(), "`encode` was called without x, but takes x, labels"),
        (
            lambda: VAE.encode(X, None, 3),
            "`encode` was given 3 arguments",
        ),
        (lambda: VAE.encode(X, x=X), "or one twice"),
        (lambda: VAE.fit(X, worker=4), "`fit` was given worker, but takes x, y"),
        (lambda: VAE.evaluate(X, nonsense=1), "`evaluate` was given nonsense"),
        (lambda: VAE.predict(X, nonsense=1), "`predict` was given nonsense"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()
