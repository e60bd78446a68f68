"""Linear autoencoders and principal component analysis."""

import numpy as np


def pca_normalize(x):
    """`(x - mean) / sqrt(n)`, so that `x^T x` is the covariance of the data.

    Textbooks use this scale to show that a linear autoencoder trained on squared errors
    is PCA.

    Args:
        x: `(n, ...)`, n examples.

    Returns:
        float64 array of the same shape.

    References:
        [Baldi & Hornik, 1989](https://doi.org/10.1016/0893-6080(89)90014-2),
        [Plaut, 2018](https://arxiv.org/abs/1804.10253)
    """
    x = np.asarray(x, "float64")
    return (x - x.mean(axis=0)) / np.sqrt(len(x))


def principal_axes(model, x):
    """The principal axes that a trained linear autoencoder has found, in order.

    Training finds the subspace of the first principal components, but no axes in it:
    any invertible map of the code, undone by the decoder, has the same error. The
    singular value decomposition of the reconstructions finds the axes.

    Args:
        model: An `Autoencoder` without activations, whose code is a vector.
        x: Its training data, `(n, *data_shape)`.

    Returns:
        Orthonormal axes, float64 `(latent_dim, *data_shape)`, largest variance first.
        Their signs are arbitrary, as in `components_` of scikit-learn's `PCA`.

    References:
        [Plaut, 2018](https://arxiv.org/abs/1804.10253)
    """
    reconstructed = np.asarray(model.reconstruct(x), "float64").reshape(len(x), -1)
    centred = reconstructed - reconstructed.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    (latent_dim,) = model.latent_shape
    return axes[:latent_dim].reshape(latent_dim, *model.data_shape)
