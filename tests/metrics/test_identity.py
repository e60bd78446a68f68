"""What copies explains nonsense, too; PCA with few axes does not."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

import kgen
from kgen.metrics import identity_score

X = (load_digits().data / 16).astype("float32")


def linear(size):
    """A linear autoencoder with the weights of PCA."""
    pca = PCA(size).fit(X)
    model = kgen.build("linear-autoencoder", (64,), latent_dim=size)
    axes = pca.components_.astype("float32")
    model.encoder.set_weights([axes.T, -axes @ pca.mean_])
    model.decoder.set_weights([axes, pca.mean_])
    return model, pca


def test_the_identity_copies_all():
    model, _ = linear(64)
    found = identity_score(model, X)
    assert found["explained"] == pytest.approx(1.0, abs=1e-4)
    assert found["copied"] == pytest.approx(1.0, abs=1e-4)


def test_pca_has_a_closed_form():
    """Of independent values the axes explain `tr(A diag(var) A^T)`."""
    model, pca = linear(10)
    found = identity_score(model, X)
    assert found["explained"] == pytest.approx(
        pca.explained_variance_ratio_.sum(), abs=1e-4
    )
    variances = X.var(axis=0)
    expected = np.sum(pca.components_**2 * variances) / variances.sum()
    assert found["copied"] == pytest.approx(expected, abs=0.02)


def test_refused():
    model, _ = linear(2)
    with pytest.raises(ValueError, match="equal examples"):
        identity_score(model, np.ones((3, 64)))
    with pytest.raises(ValueError, match="2 or more rows"):
        identity_score(model, X[:1])
    with pytest.raises(ValueError, match="`reconstruct`"):
        identity_score(kgen.build("gan", (64,)), X)
