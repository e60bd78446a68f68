"""Adversarial losses of discriminator and generator."""

import tensorflow as tf

from kgen.core.checks.values import check_fraction
from kgen.core.config import Configured, named
from kgen.core.distribution.batch import batch_mean


class AdversarialLoss(Configured):
    """The two losses of a game, per example, from logits; a subclass defines both.

    Arguments `real` and `fake` are the discriminator's logits for real and for
    generated examples, float32 `(batch,)`: its last layer has no activation.
    """

    # Whether the generator's loss depends on `real`.
    relativistic = False
    # An example with a larger score counts as real. `None`: half way between the mean
    # scores of real and fake.
    boundary = None

    def score(self, logits):
        """D(x), as the formulas write it, from the logits."""
        return logits

    def scores(self, on_real, on_fake):
        """Scores and accuracies of the discriminator to log, `(batch,)` each.

        Args:
            on_real: Logits of real examples, `(batch,)`.
            on_fake: Logits of generated examples, `(batch,)`.
        """
        real, fake = self.score(on_real), self.score(on_fake)
        boundary = self.boundary
        if boundary is None:
            boundary = (batch_mean(real) + batch_mean(fake)) / 2
        return {
            "real_score": real,
            "fake_score": fake,
            "real_accuracy": tf.cast(real > boundary, tf.float32),
            "fake_accuracy": tf.cast(fake < boundary, tf.float32),
        }

    def discriminator(self, real, fake):
        """The discriminator's loss, `(batch,)`."""
        raise TypeError(f"{type(self).__name__} does not define `discriminator`.")

    def generator(self, real, fake):
        """The generator's loss, `(batch,)`; `real` is `None` unless `relativistic`."""
        raise TypeError(f"{type(self).__name__} does not define `generator`.")


class Minimax(AdversarialLoss):
    """The zero-sum game of the first GAN, in nats; `D = sigmoid(logits)`.

    - Discriminator: `-log D(x) - log(1 - D(G(z)))`
    - Generator: `log(1 - D(G(z)))`

    At the equilibrium D is 1/2 everywhere, and the losses are `2 log 2` and `-log 2`.

    Args:
        label_smoothing: In 0..1. The discriminator's target for real examples is
            `1 - label_smoothing`. The target 0 for fake ones is not smoothed: that
            would reward them
            ([Salimans et al., 2016](https://arxiv.org/abs/1606.03498)).

    References:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661)
    """

    boundary = 0.5

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = check_fraction("label_smoothing", label_smoothing)

    def score(self, logits):
        return tf.sigmoid(logits)

    def discriminator(self, real, fake):
        # The cross-entropy of D(x) and 1 - s is softplus(-logit) + s logit.
        smoothed = tf.nn.softplus(-real) + self.label_smoothing * real
        return smoothed + tf.nn.softplus(fake)

    def generator(self, real, fake):
        return -tf.nn.softplus(fake)


class NonSaturating(Minimax):
    """The first GAN's discriminator; the generator learns even while it loses.

    - Discriminator: `-log D(x) - log(1 - D(G(z)))`
    - Generator: `-log D(G(z))`

    The gradient of the generator's loss by the logit is `D(G(z)) - 1`. That of minimax,
    `-D(G(z))`, vanishes if the discriminator is sure.

    Args:
        label_smoothing: See `Minimax`.

    References:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661)
    """

    def generator(self, real, fake):
        return tf.nn.softplus(-fake)


class Wasserstein(AdversarialLoss):
    """The Wasserstein distance as the critic estimates it.

    - Critic: `D(G(z)) - D(x)`
    - Generator: `-D(G(z))`

    For a k-Lipschitz critic `E[D(x)] - E[D(G(z))]` is a lower bound on k times the
    distance. A penalty, `weight_clip` or spectral normalisation has to bound k.

    References:
        [Arjovsky et al., 2017](https://arxiv.org/abs/1701.07875)
    """

    def discriminator(self, real, fake):
        return fake - real

    def generator(self, real, fake):
        return -fake


class LeastSquares(AdversarialLoss):
    """Squared errors from the targets 1 for real and 0 for fake.

    - Discriminator: `(D(x) - 1)^2 + D(G(z))^2`
    - Generator: `(D(G(z)) - 1)^2`

    References:
        [Mao et al., 2017](https://arxiv.org/abs/1611.04076)
    """

    boundary = 0.5

    def discriminator(self, real, fake):
        return tf.square(real - 1.0) + tf.square(fake)

    def generator(self, real, fake):
        return tf.square(fake - 1.0)


class Hinge(AdversarialLoss):
    """A margin: real above 1 and fake below -1 are good enough.

    - Discriminator: `max(0, 1 - D(x)) + max(0, 1 + D(G(z)))`
    - Generator: `-D(G(z))`

    References:
        [Lim & Ye, 2017](https://arxiv.org/abs/1705.02894),
        [Miyato et al., 2018](https://arxiv.org/abs/1802.05957)
    """

    boundary = 0.0

    def discriminator(self, real, fake):
        return tf.nn.relu(1.0 - real) + tf.nn.relu(1.0 + fake)

    def generator(self, real, fake):
        return -fake


class RelativisticAverage(AdversarialLoss):
    """Real examples should look more real than fake ones do on average.

    With `C` the logits and `s` the sigmoid:

    - Discriminator: `-log s(C(x) - E[C(G(z))]) - log(1 - s(C(G(z)) - E[C(x)]))`
    - Generator: the same with real and fake exchanged

    The means are over the whole batch.

    References:
        [Jolicoeur-Martineau, 2019](https://arxiv.org/abs/1807.00734)
    """

    relativistic = True

    def discriminator(self, real, fake):
        return _more_real(real, fake)

    def generator(self, real, fake):
        return _more_real(fake, real)


def _more_real(one, other):
    above = one - batch_mean(other)
    below = other - batch_mean(one)
    return tf.nn.softplus(-above) + tf.nn.softplus(below)


LOSSES = {
    "hinge": Hinge,
    "least_squares": LeastSquares,
    "minimax": Minimax,
    "non_saturating": NonSaturating,
    "relativistic_average": RelativisticAverage,
    "wasserstein": Wasserstein,
}


def get(adversarial_loss: str | AdversarialLoss) -> AdversarialLoss:
    """A loss from its name in `LOSSES`; an instance as it is."""
    return named("adversarial_loss", AdversarialLoss, adversarial_loss, LOSSES)
