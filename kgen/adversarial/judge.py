"""A discriminator's hidden features beside its logits."""

from __future__ import annotations

import math

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.hints import Data
from kgen.core.verbs import verb
from kgen.networks.features import has_features, with_features
from kgen.networks.inputs import apply


def _gives_features(model):
    single = getattr(model, "packing", 1) == 1
    return single and has_features(model.discriminator, model.feature_layer)


class Judge:
    """Adds the verb `features`, for a game whose `discriminator` judges data.

    A base class before `Game`. `feature_layer` is the name of the layer that gives the
    features; `None` stands for those before the layer `logits`.
    """

    feature_layer = None

    @property
    def feature_network(self):
        """The discriminator as a network of two outputs, `[features, logits]`."""
        key = (self.discriminator, self.feature_layer)
        # A plain entry of the instance: Keras would save the layers a second time.
        known = vars(self).get("_feature_network")
        if known is None or known[0] is not key[0] or known[1] != key[1]:
            vars(self)["_feature_network"] = known = (*key, with_features(*key))
        return known[2]

    def features_and_logits(self, x, labels=None, training=False):
        """The discriminator's features `(batch, n)` and logits `(batch,)`."""
        features, logits = apply(self.feature_network, x, labels, training)
        size = math.prod(features.shape[1:])
        return tf.reshape(features, [-1, size]), logits[:, 0]

    @verb(returns="features", available_if=_gives_features, exported=False)
    def features(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The discriminator's hidden features of each example, `(batch, n)`."""
        return self.features_and_logits(x, labels)[0]
