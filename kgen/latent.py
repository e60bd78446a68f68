"""The latent space of any model with `encode` or `decode`."""

import numpy as np
from scipy import stats


def manifold(model, num_steps=20, label=None):
    """What a model decodes from a grid over a two-dimensional latent.

    The grid lies at the quantiles of N(0, 1), so that each picture stands for an
    equal share of the prior.

    Args:
        model: A model with `decode` and a latent of shape `(2,)`.
        num_steps: Pictures in each direction.
        label: Class of all pictures, for a conditional model.

    Returns:
        float32 array `(num_steps * num_steps, *data_shape)`, row by row from the
        upper left, z[0] rising to the right and z[1] upwards.

    Raises:
        ValueError: if the latent is not two-dimensional, or if a conditional model is
            given no label.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=2)
    >>> manifold(vae, num_steps=4).shape
    (16, 8, 8, 1)
    """
    if model.latent_shape != (2,):
        raise ValueError(
            f"A manifold needs a latent of shape (2,), but this {type(model).__name__} "
            f"has {model.latent_shape}. Build it with latent_dim=2."
        )
    if label is None and model.num_classes is not None:
        raise ValueError(
            f"This {type(model).__name__} is conditional: pass label, the class of all "
            f"pictures, from 0 to {model.num_classes - 1}."
        )
    quantiles = stats.norm.ppf((np.arange(num_steps) + 0.5) / num_steps)
    right, up = np.meshgrid(quantiles, quantiles[::-1])
    z = np.stack([right.ravel(), up.ravel()], axis=-1).astype("float32")
    if model.num_classes is None:
        return model.decode(z).numpy()
    return model.decode(z, labels=np.full(len(z), label)).numpy()


def codes(model, dataset):
    """Codes of a whole data set.

    Args:
        model: A model with `encode`.
        dataset: `tf.data.Dataset` of `(x, labels)`, not shuffled.

    Returns:
        Arrays `z`, `(n, *latent_shape)`, and `labels`, `(n,)`.
    """
    z, labels = [], []
    for x, y in dataset.as_numpy_iterator():
        z.append(model.encode(x, labels=None if model.num_classes is None else y))
        labels.append(y)
    return np.concatenate(z), np.concatenate(labels)
