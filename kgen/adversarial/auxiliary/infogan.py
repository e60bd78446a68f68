"""InfoGAN: codes that the generator cannot ignore."""

import math

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial.auxiliary.auxiliary import Auxiliary, log_class
from kgen.core.checks.values import check_count

LOWEST = -4.0  # Log of the smallest deviation: a smaller one lets the bound diverge.


class InfoGAN(Auxiliary):
    """Codes c that can be read off generated examples, found without labels.

    The first entries of z are the codes: a class, uniform over `categories` and
    one-hot, then `continuous` numbers, uniform in -1..1. The other entries are noise. A
    head Q(c | x) on the features of the discriminator reads the codes, with a softmax
    and with Gaussians. `fit` logs `information` in nats, a lower bound of the mutual
    information of codes and examples:

    `H(c) + E[log Q(c | G(z))]`,  `H(c) = log(categories) + continuous log(2)`.

    The bound of the categories is at most `log(categories)`. That of a continuous code
    has no such limit. A `GAN` with codes has the verbs `sample_codes` and
    `infer_codes`.

    Args:
        categories: Number of classes of the first code, 2 or more; 0 for none.
        continuous: Number of continuous codes, 0 or more.
        weight: Weight of the bound in the losses, 0 or larger; the paper's lambda.

    Raises:
        ValueError: without any code, or for a latent that is too small for the codes.

    Example:

    >>> infogan = kgen.adversarial.InfoGAN(categories=10, continuous=2)
    >>> gan = kgen.build("dcgan", (8, 8, 1), auxiliary=infogan)
    >>> codes = infogan.codes([3, 3, 3], [[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    >>> gan.sample_codes(codes, seed=0).shape
    TensorShape([3, 8, 8, 1])

    References:
        [Chen et al., 2016](https://arxiv.org/abs/1606.03657)
    """

    terms = ("information",)
    hidden = (128,)

    def __init__(
        self, categories: int = 10, continuous: int = 2, weight: float = 1.0
    ) -> None:
        super().__init__(weight)
        self.categories = check_count("InfoGAN", "categories", categories, fewest=0)
        self.continuous = check_count("InfoGAN", "continuous", continuous, fewest=0)
        if categories == 1 or categories + continuous == 0:
            raise ValueError(
                f"InfoGAN was given categories={categories} and continuous="
                f"{continuous}, but expects 2 categories or more, or else 0 of them "
                "and a continuous code."
            )

    @property
    def num_codes(self):
        """Entries of z that are codes."""
        return self.categories + self.continuous

    @property
    def entropy(self):
        """`H(c)` in nats."""
        discrete = math.log(self.categories) if self.categories else 0.0
        return discrete + self.continuous * math.log(2.0)

    def check(self, gan):
        super().check(gan)
        if len(gan.latent_shape) != 1 or gan.latent_shape[0] < self.num_codes:
            raise ValueError(
                f"InfoGAN has {self.num_codes} codes in the first entries of z, but "
                f"the generator takes z of shape {gan.latent_shape}. Pass a larger "
                "latent_dim."
            )

    def num_outputs(self, gan):
        return self.categories + 2 * self.continuous

    def latents(self, noise):
        # Which of independent normal numbers is the largest is uniform; so is the
        # quantile of each. So a row is a function of its seed, as it is without codes.
        discrete, numbers, rest = self._split(noise)
        parts = [tf.math.erf(numbers / math.sqrt(2.0)), rest]
        if self.categories:
            largest = tf.argmax(discrete, axis=-1)
            parts = [tf.one_hot(largest, self.categories), *parts]
        return tf.concat(parts, axis=-1)

    def log_prob(self, outputs, z, labels):
        discrete, numbers, _ = self._split(z)
        logits, means, raw = self._outputs(outputs)
        log_deviation = tf.nn.softplus(raw - LOWEST) + LOWEST
        error = (numbers - means) * tf.exp(-log_deviation)
        density = -0.5 * error**2 - log_deviation - 0.5 * math.log(2.0 * math.pi)
        total = tf.reduce_sum(density, axis=-1)
        if self.categories:
            total += log_class(logits, tf.argmax(discrete, axis=-1))
        return total

    def on_fake(self, outputs, z, labels):
        return {"information": self.entropy + self.log_prob(outputs, z, labels)}

    def codes(
        self, category: ArrayLike | None = None, continuous: ArrayLike | None = None
    ) -> np.ndarray:
        """Codes as `sample_codes` takes them.

        Args:
            category: Ints in 0..categories - 1, `(batch,)`; only with categories.
            continuous: Numbers `(batch, continuous)`; by default 0.

        Returns:
            float32 `(batch, categories + continuous)`.

        Raises:
            ValueError: for a missing or unknown category, or another number of codes.
        """
        chosen = None if category is None else np.atleast_1d(category)
        fits = (chosen is None) == (self.categories == 0)
        if fits and chosen is not None:
            among = np.isin(chosen, np.arange(self.categories)).all()
            fits = chosen.dtype.kind in "iu" and chosen.ndim == 1 and among
        if not fits:
            raise ValueError(
                f"`codes` was given category={category!r}, but this InfoGAN has "
                f"{self.categories} categories. Pass ints from 0 on, one for each row, "
                "or nothing if there are none."
            )
        rows = 1 if chosen is None else len(chosen)
        numbers = np.zeros((rows, self.continuous), "float32")
        if continuous is not None:
            numbers = np.asarray(continuous, "float32")
            rows = len(numbers) if chosen is None and numbers.ndim else rows
        if numbers.shape != (rows, self.continuous):
            raise ValueError(
                f"`codes` was given continuous of shape {numbers.shape} for {rows} "
                f"rows, but expects ({rows}, {self.continuous})."
            )
        one_hot = np.zeros((rows, self.categories), "float32")
        if chosen is not None:
            one_hot[np.arange(rows), chosen] = 1.0
        return np.concatenate([one_hot, numbers], axis=-1)

    def estimate(self, outputs):
        """Codes by the head: probabilities of categories, then means, `(batch, n)`."""
        logits, means, _ = self._outputs(outputs)
        return (
            tf.concat([tf.nn.softmax(logits), means], -1) if self.categories else means
        )

    def _split(self, z):
        rest = z.shape[-1] - self.num_codes
        return tf.split(z, [self.categories, self.continuous, rest], axis=-1)

    def _outputs(self, outputs):
        sizes = [self.categories, self.continuous, self.continuous]
        return tf.split(outputs, sizes, axis=-1)
