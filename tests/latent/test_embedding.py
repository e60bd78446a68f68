"""Embeddings: PCA is the projection of an SVD, t-SNE keeps groups together."""

import numpy as np
import pytest

from kgen.latent import embed, nearest

RANDOM = np.random.default_rng(0)


def test_pca_is_the_projection_on_the_leading_singular_vectors():
    z = RANDOM.normal(size=(30, 2, 3)) * np.array([5.0, 3.0, 0.1])
    found = embed(z)
    centred = z.reshape(30, 6) - z.reshape(30, 6).mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(found), np.abs(left * values)[:, :2], rtol=1e-6)


def groups():
    """Three groups of 20 codes far apart in 5 dimensions, and which is which."""
    centres = 20.0 * np.eye(3, 5)
    z = centres.repeat(20, axis=0) + RANDOM.normal(size=(60, 5))
    return z.astype("float32"), np.arange(3).repeat(20)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_groups_stay_together(method):
    z, labels = groups()
    points = embed(z, method)
    assert points.shape == (60, 2)
    neighbours = nearest(points, points, 5)
    assert np.mean(labels[neighbours] == labels[:, None]) == 1.0


def test_seed_fixes_tsne():
    z, _ = groups()
    np.testing.assert_array_equal(embed(z, "tsne", 1), embed(z, "tsne", 1))
    assert embed(z[:3], "tsne").shape == (3, 2)


def test_what_no_plane_can_show():
    with pytest.raises(ValueError, match="9 codes of 1 numbers"):
        embed(np.zeros((9, 1)))
    with pytest.raises(ValueError, match="2 codes of 4 numbers"):
        embed(np.zeros((2, 4)), "tsne")
    with pytest.raises(ValueError, match="Unknown method 'umap'.*pca, tsne"):
        embed(np.zeros((9, 4)), "umap")
