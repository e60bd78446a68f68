"""ACGAN: a discriminator that classifies."""

import tensorflow as tf

from kgen.adversarial.auxiliary.auxiliary import Auxiliary, log_class


class ACGAN(Auxiliary):
    """The discriminator names the class, which it is not told.

    It learns the classes of real and of generated examples. The generator, which takes
    labels, learns to make examples of the right class. `fit` logs `real_class_accuracy`
    and `fake_class_accuracy`, the shares of examples whose class the head names. A
    `GAN` with this task needs `num_classes` and a discriminator without labels. It has
    the verb `classify`.

    Args:
        weight: Weight of the classification in the losses, 0 or larger.

    Raises:
        ValueError: for a model without classes, or a discriminator that takes labels.

    Example:

    >>> acgan = kgen.adversarial.ACGAN(weight=0.5)
    >>> gan = kgen.build("gan", (8, 8, 1), num_classes=10, auxiliary=acgan)
    >>> gan.classify(np.zeros((3, 8, 8, 1))).dtype
    tf.int32

    References:
        [Odena et al., 2017](https://arxiv.org/abs/1610.09585)
    """

    terms = ("real_class_accuracy", "fake_class_accuracy")
    learns_on_real = True
    takes_labels = False

    def check(self, gan):
        super().check(gan)
        if gan.num_classes is None:
            raise ValueError(
                "auxiliary=ACGAN classifies, but the GAN has no classes. Pass "
                "num_classes, and a generator that takes labels."
            )
        inputs = [tensor.name for tensor in gan.discriminator.inputs]
        if len(inputs) > 1:
            raise ValueError(
                f"The discriminator takes {', '.join(inputs)}, but auxiliary=ACGAN "
                "makes it find the class itself. Build it without num_classes."
            )

    def num_outputs(self, gan):
        return gan.num_classes

    def log_prob(self, outputs, z, labels):
        return log_class(outputs, labels)

    def on_fake(self, outputs, z, labels):
        return {"fake_class_accuracy": _accuracy(outputs, labels)}

    def on_real(self, outputs, labels):
        return {"real_class_accuracy": _accuracy(outputs, labels)}


def _accuracy(logits, labels):
    return tf.cast(tf.argmax(logits, -1, tf.int32) == labels, tf.float32)
