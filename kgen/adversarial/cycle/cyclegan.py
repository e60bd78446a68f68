"""The CycleGAN: translation between two domains without pairs."""

from __future__ import annotations

import keras
import tensorflow as tf

from kgen.adversarial import augmentation as augmentations
from kgen.adversarial import losses
from kgen.adversarial.augmentation.augmented import Augmented
from kgen.adversarial.cycle.pool import Pool
from kgen.adversarial.game import Game
from kgen.adversarial.player import Player
from kgen.adversarial.regularisation import called
from kgen.core.checks.values import check_count, check_number
from kgen.core.distances import absolute_error
from kgen.core.hints import Data
from kgen.core.specs import Real
from kgen.core.verbs import verb
from kgen.networks.inputs import apply, input_shape


class CycleGAN(Augmented, Game):
    """Translates between two domains, x and y, learned from data without pairs.

    Two generators, `forward` from x to y and `backward` from y to x, and a
    discriminator of each domain. The generators minimise

    `adversarial + cycle_weight * cycle + identity_weight * identity`,

    each summed over both directions. The adversarial term makes `forward(x)` look like
    examples of y. The cycle term `|backward(forward(x)) - x|` makes it keep what x
    shows: nothing else ties a translation to its original. The identity term
    `|forward(y) - y|` leaves alone what is of the right domain already, and so keeps
    colours. Distances are means over the values of an example; an adversarial loss is
    the mean over the logits of a discriminator, one for each patch.

    The player `generator` trains both generators, and `discriminator` trains both
    discriminators: a cycle runs through both generators, so one pass gives the
    gradients of both. The discriminators see the translations of this round, from
    before the generators' step, half of them exchanged for past ones from a pool.

    `fit` takes `(x, y)`. Arrays are shuffled each on its own, and may differ in length.
    A weight belongs to the row: it counts for x and for the y beside it.

    Beside losses `fit` logs each term for both directions, without its weight, and the
    scores and accuracies of the discriminators, see `GAN`, as means over both.

    Args:
        forward: Network `x -> y`.
        backward: Network `y -> x`.
        discriminator_x: Network from examples of the domain x to logits: `(batch, 1)`,
            or `(batch, height', width', 1)` for patches.
        discriminator_y: The same for the domain y.
        adversarial_loss: See `GAN`.
        cycle_weight: Weight of the cycle terms.
        identity_weight: Weight of the identity terms, half of `cycle_weight` in the
            paper; 0 leaves them out. They need domains of one shape.
        pool_size: Number of past translations in the pool of each domain; 0 for none.
        augmentation: See `GAN`. Each discriminator has a probability of its own, and
            `fit` logs `augmentation_p_x` and `augmentation_p_y`.
        **kwargs: `seed`, and `name` and `dtype` of `keras.Model`.

    Raises:
        ValueError: for networks that do not fit one another, a negative weight, or
            `num_classes`.

    Example:

    >>> shape = (8, 8, 1)
    >>> there, back = (kgen.networks.resnet_translator(shape, 1, (4,), 1) for _ in "xy")
    >>> of_x, of_y = (kgen.networks.patch_discriminator(shape, (4, 4)) for _ in "xy")
    >>> cyclegan = kgen.CycleGAN(there, back, of_x, of_y)
    >>> cyclegan.compile(optimizers="adam")
    >>> x, y = np.random.rand(8, *shape), np.random.rand(5, *shape)
    >>> history = cyclegan.fit(x, y, batch_size=4, verbose=0)
    >>> cyclegan.translate(x).shape
    TensorShape([8, 8, 8, 1])

    References:
        [Zhu et al., 2017](https://arxiv.org/abs/1703.10593)
    """

    terms = (
        "generator_loss",
        "discriminator_loss",
        "adversarial_x",
        "adversarial_y",
        "cycle_x",
        "cycle_y",
        "real_score",
        "fake_score",
        "real_accuracy",
        "fake_accuracy",
        "generator_gradient",
        "discriminator_gradient",
    )

    augmenters = {
        "augmenter_x": ("data_shape", "{}_x"),
        "augmenter_y": ("other_shape", "{}_y"),
    }
    averaging_optimizer = "generator_optimizer"
    changeable = {
        "cycle_weight": check_number,
        "identity_weight": check_number,
    }

    def __init__(
        self,
        forward: keras.Model,
        backward: keras.Model,
        discriminator_x: keras.Model,
        discriminator_y: keras.Model,
        adversarial_loss: str | losses.AdversarialLoss = "least_squares",
        cycle_weight: float = 10.0,
        identity_weight: float = 5.0,
        pool_size: int = 50,
        augmentation: str | augmentations.Augmentation | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.forward = forward
        self.backward = backward
        self.discriminator_x = discriminator_x
        self.discriminator_y = discriminator_y
        self.adversarial_loss = losses.get(adversarial_loss)
        self.cycle_weight = cycle_weight
        self.identity_weight = identity_weight
        self.pool_size = check_count("CycleGAN", "pool_size", pool_size, fewest=0)
        self.data_shape = input_shape(forward, "x")
        self.other_shape = input_shape(backward, "y")
        self.augmentation = augmentations.get(augmentation)
        check_networks(self)
        self.add_augmentation()
        if self.identity_weight > 0:
            self.add_term("identity_x")
            self.add_term("identity_y")
        self.check_settings()
        self.pool_x = Pool(self.pool_size, self.data_shape, name="pool_x")
        self.pool_y = Pool(self.pool_size, self.other_shape, name="pool_y")

    def check_settings(self):
        """Raises a ValueError for an identity term added or removed later."""
        if (self.identity_weight > 0) != ("identity_x" in self.trackers):
            raise ValueError(
                f"identity_weight of a {type(self).__name__} was set to "
                f"{self.identity_weight}, but a model logs the terms of its loss from "
                "the start. Build another one with the identity term, or without."
            )

    @property
    def data_specs(self):
        """Examples of both domains, which are no pairs, and weights."""
        x, weights = super().data_specs.values()
        limits = (0.0, 1.0) if len(self.other_shape) == 3 else None
        y = Real(self.other_shape, limits, paired=False)
        return {"x": x, "y": y, "weights": weights}

    @property
    def players(self):
        """One player for both generators, then one for both discriminators."""
        generators = (self.forward, self.backward)
        discriminators = (self.discriminator_x, self.discriminator_y)
        return (
            Player("generator", generators, self.generator_objective),
            Player("discriminator", discriminators, self.discriminator_objective),
        )

    def gradients(self, player, parts, weight, training):
        """Terms and gradients; the generators' examples go on to the discriminators."""
        terms, gradients = super().gradients(player, parts, weight, training)
        if player.name == "generator":
            for name in ("fake_x", "fake_y"):
                parts[name] = terms.pop(name)
        return terms, gradients

    def generator_objective(self, x, y, labels=None, training=False):
        """The loss of both generators, its terms, and their translations."""
        regularisation = []

        def call(network, *values):
            outputs, mean = called(
                network,
                lambda value: apply(network, value, None, training),
                *values,
                together=True,
            )
            regularisation.append(len(values) * mean)
            return outputs

        identity = self.identity_weight > 0
        fake_y, *same_y = call(self.forward, x, *([y] if identity else []))
        fake_x, *same_x = call(self.backward, y, *([x] if identity else []))
        (again_x,), (again_y,) = call(self.backward, fake_y), call(self.forward, fake_x)
        terms = {
            "adversarial_x": self.deception("x", x, fake_x, training),
            "adversarial_y": self.deception("y", y, fake_y, training),
            "cycle_x": absolute_error(again_x, x),
            "cycle_y": absolute_error(again_y, y),
        }
        loss = terms["adversarial_x"] + terms["adversarial_y"]
        loss += self.cycle_weight * (terms["cycle_x"] + terms["cycle_y"])
        if identity:
            terms["identity_x"] = absolute_error(same_x[0], x)
            terms["identity_y"] = absolute_error(same_y[0], y)
            loss += self.identity_weight * (terms["identity_x"] + terms["identity_y"])
        # For each of the two networks the mean over its calls.
        loss += sum(regularisation) / (3 if identity else 2)
        fakes = {"fake_x": fake_x, "fake_y": fake_y}
        return {"generator_loss": loss, **terms, **fakes}

    def judge(self, domain, value, training):
        """The logits of the discriminator of `"x"` or `"y"` for augmented examples."""
        value = self.augmented(value, training, f"augmenter_{domain}")
        discriminator = getattr(self, f"discriminator_{domain}")
        return apply(discriminator, value, None, training)

    def deception(self, domain, real, fake, training):
        """The adversarial loss of the generator of a domain, `(batch,)`."""
        on_real = None
        if self.adversarial_loss.relativistic:
            on_real = self.judge(domain, real, training)
        on_fake = self.judge(domain, fake, training)
        return over_patches(self.adversarial_loss.generator(on_real, on_fake))

    def discriminator_objective(
        self, x, y, fake_x, fake_y, labels=None, training=False
    ):
        """The loss of both discriminators and what they tell apart, `(batch,)` each."""
        loss_x, of_x = self.distinction("x", x, fake_x, training)
        loss_y, of_y = self.distinction("y", y, fake_y, training)
        terms = {name: (of_x[name] + of_y[name]) / 2 for name in of_x}
        if self.augmentation is not None:
            terms["real_accuracy_x"] = of_x["real_accuracy"]
            terms["real_accuracy_y"] = of_y["real_accuracy"]
        return {"discriminator_loss": loss_x + loss_y, **terms}

    def distinction(self, domain, real, fake, training):
        """The loss of a discriminator; its scores and accuracies. `(batch,)` each."""
        if training:
            pool = getattr(self, f"pool_{domain}")
            fake = pool.exchange(fake, self.noise.next(training))
        (on_real, on_fake), regularisation = called(
            getattr(self, f"discriminator_{domain}"),
            lambda value: self.judge(domain, value, training),
            real,
            fake,
            together=True,
        )
        loss = over_patches(self.adversarial_loss.discriminator(on_real, on_fake))
        scores = self.adversarial_loss.scores(on_real, on_fake)
        scores = {name: over_patches(values) for name, values in scores.items()}
        return loss + regularisation, scores

    @verb(returns="y")
    def translate(self, x: Data) -> tf.Tensor:
        """Translates examples of the domain x.

        Args:
            x: `(batch, *data_shape)`.

        Returns:
            Examples of the domain y, `(batch, *other_shape)`.
        """
        return apply(self.forward, x)

    @verb(returns="x")
    def translate_back(self, y: Data) -> tf.Tensor:
        """Translates examples of the domain y.

        Args:
            y: `(batch, *other_shape)`.

        Returns:
            Examples of the domain x, `(batch, *data_shape)`.
        """
        return apply(self.backward, y)


def over_patches(values):
    """The mean over all axes but the first, `(batch,)`."""
    return tf.reduce_mean(values, list(range(1, values.shape.rank)))


def check_networks(model):
    """Raises a ValueError unless the four networks of a `CycleGAN` fit one another."""
    kind = type(model).__name__
    if model.num_classes is not None or model.context_shape is not None:
        raise ValueError(
            f"A {kind} was given num_classes={model.num_classes} and context_shape="
            f"{model.context_shape}, but its data are two domains without pairs, and "
            "the class of an x says nothing of the y beside it. Leave both out, or "
            f"train a {kind} for each class."
        )
    domains = {"x": model.data_shape, "y": model.other_shape}
    for role, network, taken, given in (
        ("forward", model.forward, "x", "y"),
        ("backward", model.backward, "y", "x"),
    ):
        found = tuple(network.output_shape[1:])
        if found != domains[given]:
            raise ValueError(
                f"The network {role} of a {kind} gives {found} for an {taken} of shape "
                f"{domains[taken]}, but the other one takes {domains[given]}. Build "
                f"{role} for that output."
            )
    for name, shape in domains.items():
        network = getattr(model, f"discriminator_{name}")
        if input_shape(network, name) != shape or network.output_shape[-1] != 1:
            raise ValueError(
                f"discriminator_{name} of a {kind} takes {input_shape(network, name)} "
                f"and gives {tuple(network.output_shape[1:])}, but expects examples "
                f"of shape {shape} and a last axis of one logit."
            )
    if model.identity_weight > 0 and model.data_shape != model.other_shape:
        raise ValueError(
            f"A {kind} was given identity_weight={model.identity_weight} for domains "
            f"of the shapes {model.data_shape} and {model.other_shape}, but an "
            "identity needs equal shapes. Pass identity_weight=0."
        )
