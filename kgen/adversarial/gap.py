"""The duality gap: how far a GAN is from an equilibrium, found by worst opponents."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from kgen.adversarial.gan import GAN
from kgen.adversarial.penalties import squared_slope
from kgen.core.checks.values import check_count, check_number
from kgen.core.distribution.batch import sample_weights

# Steps of the discriminator's answer, per step of the generator.
ANSWERS = 5


def duality_gap(
    gan: GAN,
    dataset: tf.data.Dataset,
    num_steps: int = 200,
    learning_rate: float = 1e-3,
    proximal: float | None = None,
) -> dict[str, float]:
    """How much either network of a GAN could still gain if the other held still.

    The value `V(D, G)` is minus the mean loss of the discriminator, without its
    penalty. D maximises it, G minimises it, and

    `gap = max_D' V(D', G) - min_G' V(D, G')`.

    The gap is 0 at a Nash equilibrium and larger elsewhere. So it tells a run that
    converges from one that does not; the losses do not. The worst opponents D' and G'
    are copies of the networks. Adam trains them from the present weights, on their
    losses in the GAN, penalty included. The gap is too small if Adam misses the worst
    opponent, or if a generator with another loss (`"non_saturating"`) seeks another
    one. Both opponents are evaluated on the data that trained them.

    GANs may settle where the gap is not 0. The proximal gap replaces `V(D, G')` by
    `max_D' V(D', G') - proximal |D' - D|^2`: the discriminator may answer, but only
    from nearby. The squared norm is that of gradients by the data,
    `E |grad (D' - D)(x)|^2`, on real and generated data. The proximal gap is 0 at
    proximal equilibria too. A large `proximal` gives the duality gap.

    Args:
        gan: A `GAN`; it is not changed.
        dataset: Finite `tf.data.Dataset` of batches as for `fit`. It is read several
            times.
        num_steps: Steps of Adam to each worst opponent.
        learning_rate: Adam's learning rate.
        proximal: `None` for the duality gap, or a number, 0 or larger.

    Returns:
        Dictionary of `gap` and its two terms, `worst_discriminator` and
        `worst_generator`, in units of the loss: nats for minimax, where both terms are
        `-2 log 2` at the equilibrium.

    Raises:
        ValueError: for a model that is no `GAN`, data that is no finite data set, or an
            invalid `num_steps`, `learning_rate` or `proximal`.

    References:
        [Grnarova et al., 2019](https://arxiv.org/abs/1811.05512),
        [Sidheekh et al., 2021](http://proceedings.mlr.press/v139/sidheekh21a.html)
        (proximal)
    """
    num_steps = check_count("duality_gap", "num_steps", num_steps)
    check_number("learning_rate", learning_rate)
    _check(gan, dataset)
    if proximal is not None:
        check_number("proximal", proximal)
    first = BestResponses(gan, dataset, learning_rate)
    for _ in range(num_steps):
        first.step("discriminator")
    second = BestResponses(gan, dataset, learning_rate, proximal)
    for _ in range(num_steps):
        for _ in range(ANSWERS if proximal is not None else 0):
            second.step("discriminator")
        second.step("generator")
    values = first.value(), second.value()
    return {
        "gap": values[0] - values[1],
        "worst_discriminator": values[0],
        "worst_generator": values[1],
    }


def _check(gan, dataset):
    if not isinstance(gan, GAN):
        found = "None" if gan is None else f"a {type(gan).__name__}"
        raise ValueError(
            f"`duality_gap` was given {found}, but expects a kgen.GAN as gan."
        )
    size = -1 if not isinstance(dataset, tf.data.Dataset) else dataset.cardinality()
    if not (size > 0 or size == tf.data.UNKNOWN_CARDINALITY):
        raise ValueError(
            f"`duality_gap` was given {dataset!r}, but expects a finite "
            "tf.data.Dataset with at least one batch. Turn an array into one by "
            "tf.data.Dataset.from_tensor_slices(x).batch(64), without .repeat()."
        )


class BestResponses:
    """A copy of a GAN in which either player learns while the other holds still.

    Args:
        gan: The GAN.
        dataset: Batches as for `fit`.
        learning_rate: Adam's learning rate.
        proximal: Weight of the distance from the GAN's own discriminator; `None` for
            none.
    """

    def __init__(self, gan, dataset, learning_rate, proximal=None):
        self.own = gan
        self.gan = gan.from_config(gan.get_config())
        self.gan.set_weights(gan.get_weights())
        if self.gan.augmenter is not None:
            self.gan.augmenter.p.assign(0.0)  # The gap is that of the data as it is.
        self.gan.penalty_every = 1  # Each step looks for the best response.
        self.dataset = dataset
        self.batches = dataset.repeat().as_numpy_iterator()
        self.proximal = proximal
        self.steps = {
            player.name: self._step(player, keras.optimizers.Adam(learning_rate))
            for player in self.gan.players
        }
        self.total = tf.function(self._total)

    def step(self, name):
        """One step of the player with this name."""
        self.steps[name](self._unpacked(next(self.batches)))

    def value(self):
        """The value of the game between both copies, a mean over the data."""
        sums = [
            self.total(self._unpacked(batch))
            for batch in self.dataset.as_numpy_iterator()
        ]
        total, weight = np.sum(sums, axis=0, dtype="float64")
        return float(total / weight)

    def _unpacked(self, batch):
        parts, weight = self.gan.unpack(batch)
        if weight is None:
            weight = tf.ones(len(parts["x"]))
        return parts, tf.cast(weight, tf.float32)

    def _step(self, player, optimizer):
        if player.name == "discriminator" and self.proximal is not None:
            player = dataclasses.replace(player, objective=self._proximal_objective)
        variables = player.variables
        optimizer.build(variables)

        @tf.function
        def step(batch):
            parts, weight = batch
            with sample_weights(weight):
                _, gradients = self.gan.objective_gradients(player, parts, weight, True)
            optimizer.apply(gradients, variables)
            self.gan.constrain(player)

        return step

    def _proximal_objective(self, x, labels, training):
        terms = self.gan.discriminator_objective(x, labels, training)
        distance = self.proximal * self._distance(x, labels)
        return {"discriminator_loss": terms["discriminator_loss"] + distance}

    def _total(self, batch):
        parts, weight = batch
        x, labels = parts["x"], parts["labels"]
        gan = self.gan
        with sample_weights(weight):
            real = gan.logits(gan.packed(x), labels)
            fake = gan.logits(gan.packed(gan.generate(x, labels, False)), labels)
            value = -gan.discriminator_loss(real, fake)
            if self.proximal is not None:
                value -= self.proximal * self._distance(x, labels)
        return tf.reduce_sum(weight * value), tf.reduce_sum(weight)

    def _distance(self, x, labels):
        """`|grad (D' - D)|^2`, the mean over data and generated examples."""

        def difference(x):
            return self.gan.logits(x, labels) - self.own.logits(x, labels)

        fake = self.gan.generate(x, labels, False)
        slopes = [squared_slope(difference, self.gan.packed(x)) for x in (x, fake)]
        return tf.add_n(slopes) / 2
