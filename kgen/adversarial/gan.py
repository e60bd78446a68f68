"""The generative adversarial network."""

from __future__ import annotations

from functools import partial

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial import augmentation as augmentations
from kgen.adversarial import auxiliary as auxiliaries
from kgen.adversarial import losses, penalties
from kgen.adversarial.augmentation.augmented import Augmented
from kgen.adversarial.auxiliary.verbs import WithAuxiliary
from kgen.adversarial.game import Game
from kgen.adversarial.judge import Judge
from kgen.adversarial.packing import check_packing, pack_weights, packed
from kgen.adversarial.player import Player
from kgen.adversarial.regularisation import called
from kgen.adversarial.same_latents import draw_seed, one_seed
from kgen.core.checks.values import check_count, check_number, check_switch
from kgen.core.hints import Data
from kgen.core.keras_habits import check_compile, check_optimizer
from kgen.core.random import normal_rows
from kgen.core.settings import check_logged
from kgen.core.verbs import verb
from kgen.networks.inputs import apply, check_output, check_takers, input_shape


def _clip_or_none(name, value):
    return None if value is None else check_number(name, value)


class GAN(WithAuxiliary, Augmented, Judge, Game):
    """Generative adversarial network: `x = G(z)`, `z ~ N(0, I)`, trained against D.

    In each step the discriminator learns to tell a batch of data from a batch of
    generated examples, `discriminator_steps` times with fresh noise. Then the generator
    learns, with fresh noise again, to make examples that the discriminator takes for
    real. The `adversarial_loss` defines both losses. A `penalty`, `weight_clip` or
    spectrally normalised layers keep the discriminator smooth. Regularisation losses of
    both networks are added. A discriminator that is frozen before `compile` is a fixed
    score: only the generator learns.

    Beside the two losses `fit` logs `real_score` and `fake_score`, the means of D(x)
    and D(G(z)): probabilities, or a critic's raw outputs, whose difference estimates
    the Wasserstein distance. It logs `real_accuracy` and `fake_accuracy`, the shares
    that the discriminator classifies correctly, and `discriminator_gradient` and
    `generator_gradient`, the norms of the gradients by the weights.
    `kgen.callbacks.GANMonitor` watches them.

    Args:
        generator: Network `z[, labels] -> x`.
        discriminator: Network `x[, labels] -> (batch, 1)`, logits: its last layer has
            no activation. Its input has `packing` times the channels of the data.
        adversarial_loss: `"non_saturating"`, `"minimax"`, `"wasserstein"`,
            `"least_squares"`, `"hinge"`, `"relativistic_average"`, or an instance from
            `kgen.adversarial.losses`, such as `NonSaturating(label_smoothing=0.1)`.
        penalty: `"gradient_penalty"`, `"dragan"`, `"r1"`, `"r2"`, or an instance from
            `kgen.adversarial.penalties`.
        penalty_every: If 2 or more, the penalty is lazy: it has a step of its own after
            that of the discriminator, in each `penalty_every`-th round only and with
            `penalty_every` times its weight.
        weight_clip: If given, weights of the discriminator are clipped to
            `-weight_clip..weight_clip` after each of its steps.
        discriminator_steps: Steps of the discriminator per step of the generator.
        packing: Number of examples that the discriminator sees side by side (PacGAN),
            so that it notices a lack of variety. A pack is a row of a replica's batch
            with the rows after it. Not for conditional models.
        augmentation: Random changes of all images that the discriminator sees, for
            small data: `"adaptive"`, `"fixed"`, or an instance, such as
            `AdaptiveAugmentation(adapt_images=50_000)`. `fit` logs its probability,
            `augmentation_p`.
        auxiliary: A second task of the discriminator: `"infogan"`, `"acgan"`, or an
            instance, such as `InfoGAN(categories=10, continuous=2)`.
        same_latents: Whether all steps of a round have the same latents, so that the
            generator learns from the very examples that the discriminator has judged.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> generator = kgen.networks.mlp_generator(2, (8, 8, 1))
    >>> discriminator = kgen.networks.mlp_discriminator((8, 8, 1))
    >>> gan = kgen.GAN(generator, discriminator)
    >>> gan.compile(
    ...     generator_optimizer=keras.optimizers.Adam(1e-4, beta_1=0.5),
    ...     discriminator_optimizer=keras.optimizers.Adam(4e-4, beta_1=0.5),
    ... )
    >>> gan.sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])

    References:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661),
        [Mirza & Osindero, 2014](https://arxiv.org/abs/1411.1784) (conditional),
        [Lin et al., 2018](https://arxiv.org/abs/1712.04086) (packing),
        [Karras et al., 2020](https://arxiv.org/abs/1912.04958) (lazy penalties),
        [Karras et al., 2020](https://arxiv.org/abs/2006.06676) (augmentation),
        [Chen et al., 2016](https://arxiv.org/abs/1606.03657) (InfoGAN),
        [Odena et al., 2017](https://arxiv.org/abs/1610.09585) (ACGAN)
    """

    terms = (
        "discriminator_loss",
        "generator_loss",
        "real_score",
        "fake_score",
        "real_accuracy",
        "fake_accuracy",
        "discriminator_gradient",
        "generator_gradient",
    )

    averaging_optimizer = "generator_optimizer"
    beside = ()  # Inputs of the generator beside z and the condition.
    changeable = {
        "penalty": lambda _, value: penalties.get(value),
        "weight_clip": _clip_or_none,
        "discriminator_steps": partial(check_count, "GAN"),
        "penalty_every": partial(check_count, "GAN"),
    }

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        adversarial_loss: str | losses.AdversarialLoss = "non_saturating",
        penalty: str | penalties.Penalty | None = None,
        penalty_every: int = 1,
        weight_clip: float | None = None,
        discriminator_steps: int = 1,
        packing: int = 1,
        augmentation: str | augmentations.Augmentation | None = None,
        auxiliary: str | auxiliaries.Auxiliary | None = None,
        same_latents: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.adversarial_loss = losses.get(adversarial_loss)
        self.penalty = penalty
        self.penalty_every = penalty_every
        self.weight_clip = weight_clip
        self.discriminator_steps = discriminator_steps
        self.packing = check_count("GAN", "packing", packing)
        self.augmentation = augmentations.get(augmentation)
        self.auxiliary = auxiliaries.get(auxiliary)
        self.same_latents = check_switch("GAN", "same_latents", same_latents)
        self.latent_shape = input_shape(generator, "z", self.beside)
        self.data_shape = tuple(generator.output_shape[1:])
        check_packing(self)
        told = self.auxiliary is None or self.auxiliary.takes_labels
        for network in (generator, discriminator) if told else (generator,):
            check_takers(self, network)
        self.check_discriminator()
        self.add_augmentation()
        self.add_auxiliary()
        if self.penalty is not None:
            self.add_term("penalty")
        self.check_settings()

    def check_settings(self):
        """Raises a ValueError for a penalty added or removed later, or missing."""
        check_logged(self, "penalty", self.penalty)
        if self.penalty is None and self.penalty_every > 1:
            raise ValueError(
                f"A {type(self).__name__} has penalty_every={self.penalty_every}, but "
                "has no penalty. Pass penalty='r1', or penalty_every=1."
            )

    def check_discriminator(self):
        """Raises a ValueError unless the discriminator gives one logit."""
        advice = (
            "It gives one logit for each example: keras.layers.Dense(1) at its end."
        )
        because = "the losses of a GAN"
        check_output("discriminator", self.discriminator, (1,), because, advice)

    @property
    def players(self):
        """The discriminator, a lazy penalty if there is one, then the generator."""
        head = [] if self.head is None else [self.head]
        networks = [self.discriminator, *head]
        discriminator = Player(
            "discriminator",
            networks,
            self.discriminator_objective,
            steps=self.discriminator_steps,
        )
        penalty = Player(
            "penalty",
            networks,
            self.penalty_objective,
            every=self.penalty_every,
            trains_with="discriminator",
        )
        generator = Player("generator", self.generator, self.generator_objective)
        lazy = self.penalty is not None and self.penalty_every > 1
        return (discriminator, *([penalty] if lazy else []), generator)

    def compile(
        self,
        generator_optimizer="adam",
        discriminator_optimizer=None,
        run_eagerly=False,
        steps_per_execution="auto",
        jit_compile="auto",
        optimizers=None,
        **others,
    ):
        """Sets the two optimizers; `self.optimizer` is a `MultiOptimizer` of both.

        Losses are not scaled, see `Game.compile`. `generator_optimizer` and
        `discriminator_optimizer` are attributes of the model, each with its rate:
        `gan.generator_optimizer.learning_rate = 1e-4`.

        Args:
            generator_optimizer: Name or instance of a Keras optimizer.
            discriminator_optimizer: Name or instance; by default a copy of the
                generator's.
            run_eagerly: See `GenerativeModel.compile`.
            steps_per_execution: See `GenerativeModel.compile`.
            jit_compile: See `GenerativeModel.compile`.
            optimizers: The same by name of the player, `{"generator": "adam"}`.
            **others: Optimizers of the players that a subclass adds. `optimizer` and
                Keras' `loss` and `metrics` are refused.

        Raises:
            TypeError: for other arguments of Keras' `compile`.
            ValueError: for an optimizer that is given twice; for several steps per
                execution, or XLA, on several replicas.
        """
        check_compile(self, others)
        named = dict(optimizers or {})
        if named and (generator_optimizer != "adam" or discriminator_optimizer):
            raise ValueError(
                "`compile` was given optimizers beside generator_optimizer or "
                "discriminator_optimizer. Pass one of the two forms."
            )
        generator_optimizer = named.pop("generator", generator_optimizer)
        discriminator_optimizer = named.pop("discriminator", discriminator_optimizer)
        generator_optimizer = check_optimizer(
            "compile", "generator_optimizer", generator_optimizer
        )
        if discriminator_optimizer is None:
            config = generator_optimizer.get_config()
            # Only the generator's weights are averaged: they make the samples.
            config |= {"use_ema": False, "name": "discriminator"}
            discriminator_optimizer = type(generator_optimizer).from_config(config)
        super().compile(
            optimizers=named,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            generator_optimizer=generator_optimizer,
            discriminator_optimizer=discriminator_optimizer,
            **others,
        )

    def play(self, data, training):
        """A round, see `Game.play`; with `same_latents`, it has one seed of latents."""
        if not self.same_latents:
            return super().play(data, training)
        with one_seed(self.noise.next(training)):
            return super().play(data, training)

    def unpack(self, data):
        """A batch as `(parts, weight)`; each weight is that of a pack."""
        parts, weight = super().unpack(data)
        if weight is None and self.packing > 1:
            weight = tf.ones(tf.shape(parts["x"])[:1])
        return parts, pack_weights(weight, self.packing)

    def project(self, player, weights):
        """The weights; those of the discriminator are clipped to `weight_clip`."""
        limit = self.weight_clip
        if limit is None or player.name != "discriminator":
            return weights
        return [tf.clip_by_value(weight, -limit, limit) for weight in weights]

    def discriminator_objective(self, x, labels=None, training=False):
        """The discriminator's loss and its other terms, `(batch,)` each."""
        z, fake = self.draw(x, labels, training)
        real, fake = self.packed(x), self.packed(fake)
        found, regularisation = called(
            self.discriminator, lambda x: self.judge(x, labels, training), real, fake
        )
        (on_real, seen_real), (on_fake, seen_fake) = found
        terms = self.adversarial_loss.scores(on_real, on_fake)
        loss = self.discriminator_loss(on_real, on_fake)
        if self.auxiliary is not None:
            loss += self.auxiliary.cost(seen_fake, z, labels)
            if self.auxiliary.learns_on_real:
                loss += self.auxiliary.cost(seen_real, None, labels)
            terms |= self.auxiliary.on_real(seen_real, labels)
        if self.penalty is not None and self.penalty_every == 1:
            terms["penalty"] = self.penalize(real, fake, labels, training)
            loss += terms["penalty"]
        return {"discriminator_loss": loss + regularisation, **terms}

    def penalize(self, real, fake, labels, training):
        """The penalty on the gradient by examples before augmentation, `(batch,)`."""
        return self.penalty(
            lambda x: self.logits(self.augmented(x, training), labels, training),
            real,
            fake,
            self.noise.next(training),
        )

    def penalty_objective(self, x, labels=None, training=False):
        """The loss of a lazy penalty, and the penalty to log, `(batch,)` each."""
        real, fake = self.packed(x), self.packed(self.generate(x, labels, training))
        penalty = self.penalize(real, fake, labels, training)
        return {"penalty_loss": self.penalty_every * penalty, "penalty": penalty}

    def generator_objective(self, x, labels=None, training=False):
        """The generator's loss and its other terms, `(batch,)` each."""
        z, fake = self.draw(x, labels, training)
        on_fake, seen = self.judge(self.packed(fake), labels, training)
        on_real = None
        if self.adversarial_loss.relativistic:
            on_real, _ = self.judge(self.packed(x), labels, training)
        loss = self.generator_loss(on_real, on_fake) + sum(self.generator.losses)
        if self.auxiliary is None:
            return {"generator_loss": loss}
        terms = self.auxiliary.on_fake(seen, z, labels)
        loss += self.auxiliary.cost(seen, z, labels)
        return {"generator_loss": loss, **terms}

    def discriminator_loss(self, real, fake):
        """The discriminator's loss without penalty, from logits `(batch,)`."""
        return self.adversarial_loss.discriminator(real, fake)

    def generator_loss(self, real, fake):
        """The generator's loss, from logits `(batch,)`."""
        return self.adversarial_loss.generator(real, fake)

    def generate(self, x, labels, training):
        """Generated examples from fresh noise, one for each row of `x`."""
        return self.draw(x, labels, training)[1]

    def draw(self, x, labels, training):
        """Latents and the examples generated of them, one for each row of `x`."""
        shape = [tf.shape(x)[0], *self.latent_shape]
        z = tf.random.stateless_normal(shape, draw_seed(self.noise, training))
        z = self.latents(z)
        return z, apply(self.generator, z, labels, training)

    def judge(self, x, labels, training):
        """The discriminator's logits of augmented examples; the output of the head."""
        return self.judged(self.augmented(x, training), labels, training)

    def packed(self, x):
        """Examples as the discriminator sees them."""
        return packed(x, self.packing)

    def logits(self, x, labels=None, training=False):
        """The discriminator's output, `(batch,)`."""
        return apply(self.discriminator, x, labels, training)[:, 0]

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws samples: the generator's output for `z ~ N(0, I)`.

        Args:
            num_samples: Number of samples; by default the number of `labels` or seeds.
            labels: int32 `(num_samples,)`, for a conditional model.
            seed: See `kgen.verb`.

        Returns:
            `(num_samples, *data_shape)`.
        """
        z = self.latents(normal_rows(seed, self.latent_shape))
        return self.made(z, labels, seed)

    def made(self, z, labels, seed):
        """The samples of latents; a subclass may need noise besides, of their seed."""
        return self.decode(z, labels)

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """The generator's output for each latent, `(batch, *data_shape)`."""
        return apply(self.generator, z, labels)

    @verb(returns="logits", available_if=lambda model: model.packing == 1)
    def discriminate(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The discriminator's output for each example, `(batch,)`, a logit."""
        return self.logits(x, labels)
