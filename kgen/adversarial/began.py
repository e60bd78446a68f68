"""BEGAN: the discriminator is an autoencoder."""

import keras
import tensorflow as tf

from kgen.adversarial.gan import GAN
from kgen.adversarial.losses import Wasserstein
from kgen.core.checks.values import check_fraction, check_number
from kgen.core.distribution.batch import SHARED_STATE, batch_mean
from kgen.networks.inputs import apply, check_output


class BEGAN(GAN):
    """Boundary equilibrium GAN: real is what an autoencoder reconstructs well.

    With `L(x)` the mean of `|x - AE(x)|` over the values of an example, and a weight
    `k` that keeps `E[L(G(z))]` at `gamma E[L(x)]`:

    - Discriminator: `L(x) - k L(G(z))`
    - Generator: `L(G(z))`
    - After each step of the discriminator, from the same examples:
      `k += k_learning_rate * (gamma E[L(x)] - E[L(G(z))])`, clipped to 0..1

    `fit` logs `k` and `convergence`, the paper's measure
    `E[L(x)] + |gamma E[L(x)] - E[L(G(z))]|`. It falls as samples get better. Scores and
    the output of `discriminate` are `-L`: larger is more real. `k` is a weight of the
    model and is saved with it.

    Args:
        generator: Network `z[, labels] -> x`.
        discriminator: Network `x[, labels] -> (batch, *data_shape)`, an autoencoder.
        gamma: Diversity ratio in 0..1: a small one favours quality, a large one
            variety.
        k_learning_rate: Learning rate of `k`, 0 or larger; the paper's lambda_k.
        **kwargs: `penalty`, `weight_clip` and `discriminator_steps` of `GAN`, and the
            arguments of `GenerativeModel`.

    Raises:
        ValueError: for another loss, for packing, or for networks that do not fit.

    Example:

    >>> generator = kgen.networks.mlp_generator(8, (8, 8, 1))
    >>> x = keras.Input((8, 8, 1), name="x")
    >>> encoder, decoder = kgen.networks.mlp_autoencoder((8, 8, 1), 8)
    >>> gan = kgen.BEGAN(generator, keras.Model(x, decoder(encoder(x))))
    >>> gan.discriminate(np.zeros((2, 8, 8, 1))).shape
    TensorShape([2])

    References:
        [Berthelot et al., 2017](https://arxiv.org/abs/1703.10717)
    """

    changeable = {"gamma": check_fraction, "k_learning_rate": check_number}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        gamma: float = 0.75,
        k_learning_rate: float = 0.001,
        **kwargs,
    ) -> None:
        # With logits -L it gives the generator's loss, L(G(z)).
        kwargs.setdefault("adversarial_loss", "wasserstein")
        super().__init__(generator, discriminator, **kwargs)
        if not isinstance(self.adversarial_loss, Wasserstein) or self.packing > 1:
            raise ValueError(
                "A BEGAN was given adversarial_loss="
                f"{type(self.adversarial_loss).__name__} and packing={self.packing}, "
                "but has its own loss on single examples. Leave both out."
            )
        self.gamma = gamma
        self.k_learning_rate = k_learning_rate
        self.k = self.add_weight(
            name="k",
            shape=(),
            initializer="zeros",
            dtype="float32",
            **SHARED_STATE,
        )
        self.add_term("k")
        self.add_term("convergence")

    def check_discriminator(self):
        """Raises a ValueError unless the discriminator gives the shape of the data."""
        advice = "The discriminator of a BEGAN is an autoencoder of them."
        because = "the generator's examples"
        check_output(
            "discriminator", self.discriminator, self.data_shape, because, advice
        )

    def logits(self, x, labels=None, training=False):
        """`-L(x)`, the negative error of the autoencoder, `(batch,)`."""
        error = tf.abs(x - apply(self.discriminator, x, labels, training))
        return -tf.reduce_mean(error, list(range(1, x.shape.rank)))

    def discriminator_loss(self, real, fake):
        """`L(x) - k L(G(z))`, from `real = -L(x)` and `fake = -L(G(z))`."""
        return self.k * fake - real

    def step(self, player, parts, weight, training):
        """One step of a player; a step of the discriminator also updates `k`."""
        terms = super().step(player, parts, weight, training)
        if player.name != "discriminator":
            return terms
        real = -batch_mean(terms["real_score"])
        balance = self.gamma * real + batch_mean(terms["fake_score"])
        if training:
            k = tf.convert_to_tensor(self.k) + self.k_learning_rate * balance
            self.k.assign(tf.clip_by_value(k, 0.0, 1.0))
        convergence = real + tf.abs(balance)
        return {**terms, "k": tf.identity(self.k), "convergence": convergence}
