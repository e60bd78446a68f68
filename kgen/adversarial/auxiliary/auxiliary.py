"""What a discriminator learns beside telling real from generated."""

import tensorflow as tf

from kgen.core.checks.values import check_number
from kgen.core.config import Configured
from kgen.networks.features import LAST, has_features
from kgen.networks.gan.heads import auxiliary_head


class Auxiliary(Configured):
    """A second task of a discriminator, on a head of its own; a subclass defines it.

    The head reads the features from which the discriminator makes its logit. It gives
    a distribution of a property of the example: codes, or the class. The cost is
    `-weight * log Q(property | x)`, in nats. Discriminator, head and generator minimise
    it, each beside its adversarial loss.

    Args:
        weight: Weight of the cost, 0 or larger.
    """

    terms = ()
    hidden = ()  # Units of the hidden layers of the head.
    learns_on_real = False  # Whether real examples have the property, too.
    takes_labels = True  # Whether a conditional discriminator gets the labels.
    num_codes = 0  # First entries of z that hold the property.

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = check_number("weight", weight)

    def check(self, gan):
        """Raises a ValueError unless a `GAN` suits the task."""
        if gan.packing > 1:
            raise ValueError(
                f"A GAN was given packing={gan.packing} and auxiliary="
                f"{type(self).__name__}, but packs mix the properties of examples. "
                "Leave one out."
            )
        if not has_features(gan.discriminator):
            names = [layer.name for layer in gan.discriminator.layers]
            raise ValueError(
                f"auxiliary={type(self).__name__} reads the features before a layer "
                f"named {LAST!r}, but the discriminator has the layers "
                f"{', '.join(names)}. Name its last Dense layer so."
            )

    def num_outputs(self, gan):
        """Number of outputs of the head."""
        raise TypeError(f"{type(self).__name__} does not define `num_outputs`.")

    def head(self, gan):
        """A new head, for the features of the discriminator of a `GAN`."""
        units = gan.discriminator.get_layer(LAST).input.shape[-1]
        return auxiliary_head(units, self.num_outputs(gan), self.hidden)

    def latents(self, noise):
        """Latents z from standard normal noise of their shape."""
        return noise

    def log_prob(self, outputs, z, labels):
        """`log Q(property | x)` in nats, `(batch,)`.

        Args:
            outputs: Output of the head, `(batch, num_outputs)`.
            z: Latents of generated examples, or `None` for real ones.
            labels: Labels, or `None`.
        """
        raise TypeError(f"{type(self).__name__} does not define `log_prob`.")

    def on_fake(self, outputs, z, labels):
        """Terms to log of generated examples, `(batch,)` each."""
        return {}

    def on_real(self, outputs, labels):
        """Terms to log of real examples, `(batch,)` each."""
        return {}

    def cost(self, outputs, z, labels):
        """`-weight * log Q(property | x)`, `(batch,)`."""
        return -self.weight * self.log_prob(outputs, z, labels)


def log_class(logits, classes):
    """The log-probability of classes by logits, `(batch,)`."""
    return -tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits)
