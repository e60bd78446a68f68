"""Codes of any size as points of the plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.latent.encoding import flat

LARGEST_SEED = 2**32 - 1  # The largest that scikit-learn takes.


def embed(z: ArrayLike, method: str = "pca", seed: int | None = 0) -> np.ndarray:
    """Codes as points of the plane, for plots.

    `"pca"` projects on the two directions of largest variance. It is linear; distances
    may shrink but do not grow. `"tsne"` keeps neighbours together, but large distances
    and densities mean nothing in its plane.

    Args:
        z: Codes `(n, *latent_shape)`, at least 3, with at least 2 numbers each.
        method: `"pca"` or `"tsne"`.
        seed: Integer that fixes the random numbers of t-SNE.

    Returns:
        float array `(n, 2)`.

    Raises:
        ValueError: if there are too few codes or numbers, codes are integers, or the
            method or the seed is invalid.

    Example:

    >>> z = np.random.default_rng(0).normal(size=(50, 16))
    >>> embed(z).shape
    (50, 2)

    References:
        [van der Maaten & Hinton, 2008](https://jmlr.org/papers/v9/vandermaaten08a.html)
    """
    from kgen.core.checks.values import check_seed  # It imports Keras.
    from kgen.core.config import lookup

    project = lookup("method", method, {"pca": _pca, "tsne": _tsne})
    seed = check_seed("embed", seed, most=LARGEST_SEED)
    z = flat("embed", z, "z")
    if len(z) < 3 or z.shape[1] < 2:
        raise ValueError(
            f"`embed` was given z of {len(z)} codes of {z.shape[1]} numbers, but a "
            "plane needs at least 3 codes of at least 2 numbers."
        )
    return project(z, seed)


def _pca(z, seed):
    from sklearn.decomposition import PCA

    return PCA(2, random_state=seed).fit_transform(z)


def _tsne(z, seed):
    from sklearn.manifold import TSNE

    from kgen.core.threads import threads_for  # It imports Keras.

    # The usual 30 neighbours need about three times as many codes.
    perplexity = min(30.0, (len(z) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, random_state=seed)
    with threads_for(len(z)):
        return tsne.fit_transform(z)
