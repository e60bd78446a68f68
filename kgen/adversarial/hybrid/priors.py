"""Priors that the codes of an adversarial autoencoder are to follow."""

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.config import Configured, named
from kgen.core.random import normal_rows, uniform_rows


class Prior(Configured):
    """A distribution of codes that can be drawn from; a subclass defines `draw`."""

    def check(self, model):
        """Raises a ValueError unless a model can have this prior; here it always can.

        Args:
            model: A `GenerativeModel` with a `latent_shape`.
        """

    def draw(self, keys, latent_dim, labels=None):
        """A draw for each key, float32 `(batch, latent_dim)`.

        Args:
            keys: int32 `(batch, 2)`, see `kgen.core.random.normal_rows`.
            latent_dim: Size of a code.
            labels: The model's condition, one row for each key, or `None`.
        """
        raise TypeError(f"{type(self).__name__} does not define `draw`.")


class StandardNormal(Prior):
    """N(0, I)."""

    def draw(self, keys, latent_dim, labels=None):
        return normal_rows(keys, (latent_dim,))


class Points(Prior):
    """Any distribution, by many draws of it: each code is one of these points.

    With `labels` the codes of a class are its points, so that each class has a place
    in the latent space.

    Args:
        points: float `(n, latent_dim)`, such as 10,000 draws of a `kgen.data.density`.
            The discriminator should not be able to learn them by heart.
        labels: The class of each point, int `(n,)`, for a conditional model.

    Raises:
        ValueError: for points that are no matrix of finite numbers, or labels that do
            not fit them.

    Example:

    >>> ring = kgen.data.density("8ring")
    >>> prior = Points(*ring.sample(10_000, return_labels=True))
    >>> prior.draw(np.zeros((3, 2), "int32"), 2, labels=np.arange(3)).shape
    TensorShape([3, 2])
    """

    def __init__(self, points: ArrayLike, labels: ArrayLike | None = None) -> None:
        self.points = np.asarray(points, "float32")
        self.labels = None if labels is None else np.asarray(labels)
        fits = self.points.ndim == 2 and len(self.points)
        if not fits or not np.isfinite(self.points).all():
            raise ValueError(
                f"`Points` was given points of shape {self.points.shape}, but expects "
                "finite numbers of shape (n, latent_dim), n 1 or larger."
            )
        if self.labels is None:
            return
        integer = np.issubdtype(self.labels.dtype, np.integer)
        if self.labels.shape != self.points.shape[:1] or not integer:
            raise ValueError(
                f"`Points` was given {len(self.points)} points and labels of shape "
                f"{self.labels.shape} and type {self.labels.dtype}, but expects an int "
                "for each point."
            )

    def check(self, model):
        """Raises a ValueError unless the points suit the latent and the classes."""
        kind, size = type(model).__name__, self.points.shape[1:]
        if size != model.latent_shape:
            raise ValueError(
                f"The prior of a {kind} has points of shape {size}, but the latent has "
                f"{model.latent_shape}. Take points of that size."
            )
        if self.labels is None:
            return
        classes = np.unique(self.labels).tolist()
        if model.num_classes is None or classes != list(range(model.num_classes)):
            raise ValueError(
                f"The prior of a {kind} has points of the classes {classes}, but the "
                f"model has num_classes={model.num_classes}. Each class needs points, "
                "and a model without classes takes points without labels."
            )

    def draw(self, keys, latent_dim, labels=None):
        place = uniform_rows(keys, (1,))[:, 0]
        first, count, order = 0, len(self.points), np.arange(len(self.points))
        if self.labels is not None:
            order = np.argsort(self.labels, kind="stable")
            counts = np.bincount(self.labels)
            first = tf.gather(np.cumsum(counts) - counts, labels)
            count = tf.gather(counts, labels)
        offset = tf.floor(place * tf.cast(count, tf.float32))
        index = tf.cast(first, tf.int32) + tf.cast(offset, tf.int32)
        return tf.gather(tf.constant(self.points[order]), index)


PRIORS = {"normal": StandardNormal}


def get(prior: str | Prior) -> Prior:
    """A prior from its name in `PRIORS`; an instance as it is."""
    return named("prior", Prior, prior, PRIORS, optional=False)
