"""A GAN that learns small images first, and doubles their size step by step."""

import warnings

import keras
import tensorflow as tf

from kgen.adversarial.gan import GAN
from kgen.adversarial.rounds import in_one_branch
from kgen.core.checks.values import check_count
from kgen.core.distribution.batch import SHARED_STATE, sample_weights
from kgen.core.distribution.replicas import zeros_for_none
from kgen.networks.conv import steps_down
from kgen.networks.layers.fade_in import at_level, fade_ins


class ProgressiveGAN(GAN):
    """GAN that grows: networks learn small images first, then images twice as large.

    The networks are those of the final size. Their `FadeIn` layers divide them into
    levels, from 0 for the smallest images on. Level k begins after `k
    rounds_per_level` rounds. In its first `fade_rounds` rounds the `alpha` of its
    layers rises from 0 to 1. Until then the generator enlarges a smaller image, and the
    discriminator reduces the image that it sees. So data and samples have the final
    size from the start, and a round on a low level is fast: it computes no more than
    the level needs.

    `rounds` counts the rounds of growth. It is a weight, as each `alpha` is, so that
    files and checkpoints have them, and a resumed run goes on growing. A new model
    starts at level 0, whatever networks it is given. `fit` logs `level`, the sum of all
    `alpha`: 1.3 means that level 1 is there, and level 2 to 30 %. It warns if it ends
    before the last level is there.

    Args:
        generator: Network `z[, labels] -> x` with `FadeIn` layers of the levels 1, 2
            and so on, such as `kgen.networks.progressive_generator`.
        discriminator: Network `x[, labels] -> (batch, 1)` with layers of the same
            levels, such as `kgen.networks.progressive_discriminator`.
        rounds_per_level: Rounds from the start of a level to that of the next, 1 or
            more. The last level has no end.
        fade_rounds: Rounds in which a level fades in, from 0 to `rounds_per_level`; by
            default half of them.
        **kwargs: Arguments of `GAN`.

    Raises:
        ValueError: for networks without levels, or of other levels than one another's,
            or for `fade_rounds` above `rounds_per_level`.

    Example:

    >>> gan = kgen.ProgressiveGAN(
    ...     kgen.networks.progressive_generator(8, (8, 8, 1), (8, 4)),
    ...     kgen.networks.progressive_discriminator((8, 8, 1), (4, 8)),
    ...     rounds_per_level=100,
    ... )
    >>> gan.sizes
    [(4, 4), (8, 8)]
    >>> gan.sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """

    changeable = {}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        rounds_per_level: int = 1000,
        fade_rounds: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(generator, discriminator, **kwargs)
        kind = type(self).__name__
        self.rounds_per_level = check_count(kind, "rounds_per_level", rounds_per_level)
        if fade_rounds is not None:
            fade_rounds = check_count(kind, "fade_rounds", fade_rounds, fewest=0)
            if fade_rounds > rounds_per_level:
                raise ValueError(
                    f"A {kind} was given fade_rounds={fade_rounds} and "
                    f"rounds_per_level={rounds_per_level}, but a level fades in before "
                    "the next one starts. Pass fewer fade_rounds."
                )
        self.fade_rounds = fade_rounds
        check_levels(self)
        self.add_term("level")
        self.rounds = self.add_weight(
            name="rounds",
            shape=(),
            initializer="zeros",
            dtype="int64",
            **SHARED_STATE,
        )
        self.set_alphas()

    @property
    def last_level(self):
        """The level of images of the final size; 2 if the networks have 3 sizes."""
        return len(fade_ins(self.generator))

    @property
    def sizes(self):
        """Height and width of the images of each level."""
        return steps_down(self.data_shape[:-1], self.last_level, 2)[::-1]

    @property
    def growing_rounds(self):
        """Rounds until the last level is there with an `alpha` of 1."""
        return self.last_level * self.rounds_per_level + self._fade_rounds

    @property
    def _fade_rounds(self):
        """The setting, or its default."""
        if self.fade_rounds is None:
            return self.rounds_per_level // 2
        return self.fade_rounds

    def level(self):
        """The level at which the next round plays, int32 scalar."""
        level = tf.convert_to_tensor(self.rounds) // self.rounds_per_level
        return tf.cast(tf.minimum(level, self.last_level), tf.int32)

    def set_alphas(self):
        """Gives each `FadeIn` layer of both networks its `alpha` of the next round."""
        rounds, fade = tf.convert_to_tensor(self.rounds), max(self._fade_rounds, 1)
        for network in (self.generator, self.discriminator):
            for layer in fade_ins(network):
                since = rounds - layer.level * self.rounds_per_level
                if self._fade_rounds == 0:
                    since += 1
                done = tf.cast(tf.clip_by_value(since, 0, fade), tf.float32)
                layer.alpha.assign(done / fade)

    def fit(self, *args, **kwargs):
        """Trains as `GenerativeModel.fit` does.

        Warns:
            UserWarning: if the last level is not there at the end.
        """
        history = super().fit(*args, **kwargs)
        rounds = int(tf.convert_to_tensor(self.rounds))
        needed = self.growing_rounds
        if rounds < needed:
            height, width = self.sizes[int(self.level())]
            warnings.warn(
                f"`fit` ended after {rounds} of the {needed} rounds in which this "
                f"{type(self).__name__} grows, at images of {height}x{width} pixels. "
                f"Train for {needed - rounds} more rounds, or build it with fewer "
                f"rounds_per_level than {self.rounds_per_level}.",
                stacklevel=2,
            )
        return history

    def play(self, data, training):
        """See `Game.play`; a round of training is one of growth."""
        results = super().play(data, training)
        if training:
            self.rounds.assign_add(1)
            self.set_alphas()
        return results

    def gradients(self, player, parts, weight, training):
        """Terms and gradients, from a branch of the graph for each level."""

        def at(level):
            def branch(parts, weight):
                # Branches have threads of their own, see `sample_weights`.
                with at_level(level), sample_weights(weight):
                    return self.filled_gradients(player, parts, weight, training)

            return branch

        branches = [at(level) for level in range(self.last_level + 1)]
        return in_one_branch(self.level, branches, parts, weight)

    def filled_gradients(self, player, parts, weight, training):
        """Terms and gradients, which are 0 for weights of parts that do not play."""
        terms, gradients = super().gradients(player, parts, weight, training)
        return terms, zeros_for_none(gradients, player.variables)

    def step(self, player, parts, weight, training):
        """One step of a player; the terms of the discriminator have `level`, too."""
        terms = super().step(player, parts, weight, training)
        if player.name != "discriminator":
            return terms
        alphas = [tf.identity(layer.alpha) for layer in fade_ins(self.generator)]
        return {**terms, "level": tf.add_n(alphas)}


def check_levels(gan):
    """Raises a ValueError unless both networks have the same levels, 1 and so on."""
    levels = {
        network.name: [layer.level for layer in fade_ins(network)]
        for network in (gan.generator, gan.discriminator)
    }
    first, second = levels.values()
    if not first or first != second or first != list(range(1, len(first) + 1)):
        raise ValueError(
            f"A {type(gan).__name__} was given networks whose FadeIn layers have the "
            f"levels {levels}, but expects one layer of each level 1, 2 and so on in "
            "both. Build them by kgen.networks.progressive_generator and "
            "progressive_discriminator, with the same number of filters, two or more."
        )
