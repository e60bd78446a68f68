"""The StackGAN: images from captions in two stages, a small image and a large one."""

from __future__ import annotations

from functools import partial

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial import augmentation as augmentations
from kgen.adversarial import losses
from kgen.adversarial.augmentation.augmented import Augmented
from kgen.adversarial.game import Game
from kgen.adversarial.player import Player
from kgen.adversarial.regularisation import called
from kgen.adversarial.stack.checks import (
    check_encoder,
    check_given_condition,
    check_stages,
    halvings,
)
from kgen.adversarial.stack.conditioning import drawn_around
from kgen.adversarial.stack.mismatch import mismatched
from kgen.core.checks.values import check_count, check_fraction, check_number
from kgen.core.hints import Data
from kgen.core.random import fold_rows, normal_rows
from kgen.core.specs import Codes, Real
from kgen.core.verbs import verb
from kgen.networks.inputs import apply, input_shape


class StackGAN(Augmented, Game):
    """Images from captions, in two stages: `s = G1(z, c1)`, then `x = G2(s, c2)`.

    The condition is a class or the embedding `e` of a caption. Each stage draws a
    vector `c ~ N(mean(e), variance(e))` around it (conditioning augmentation). Stage 1
    makes a small image of noise `z ~ N(0, I)` and c. Stage 2 makes a large image of
    the small one and its own c. Each stage has a discriminator for its size, with the
    `adversarial_loss`:

    - Discriminator: real pairs `(x, e)` against fakes `(G(...), e)`, and with the share
      `mismatch` against real images with the condition of another example.
    - Generator: that of the loss, plus `kl_weight * KL(N(mean, variance) || N(0, I))`.

    The loss of a stage trains the networks of this stage only. By default both stages
    play in each round, stage 2 on what stage 1 makes by then: each length of training
    gives both. With `small_rounds` they play one after the other, as in the paper.

    Beside the four losses `fit` logs `small_kl` and `kl`, in nats, and the mean
    scores of real, fake and mismatched pairs: `real_score`, `fake_score`,
    `mismatched_score`, for stage 1 `small_real_score` and so on.

    Args:
        small_augmenter: Network `condition -> (batch, 2 * size of c)` of stage 1: means
            and logarithms of variances.
        small_generator: Network `z, context -> small image`; its `context` is c.
        small_discriminator: Network `x, condition -> (batch, 1)`, logits, of small
            images.
        augmenter: The augmenter of stage 2.
        generator: Network `x, context -> image`: its `x` is a small image, its
            `context` is c.
        discriminator: The discriminator of large images.
        text_encoder: If given, a Keras model from tokens, int `(batch, length)`, to
            embeddings `(batch, *context_shape)`. The `context` of `fit` and of verbs
            then is tokens. A frozen one (`trainable = False`) stays as it is, as in the
            paper; another one is trained with the generator of stage 1.
        num_words: For a `text_encoder`, one more than its largest token. A token that
            stands for padding is one of them.
        adversarial_loss: See `GAN`.
        kl_weight: Weight of the KL term, 0 or larger.
        mismatch: In 0..1: share of mismatched pairs in the loss for what is not real.
            An example without a mismatch in its batch, as all conditions are the same,
            takes its fake pair in the place of it.
        small_rounds: If given, stage 1 plays in this number of rounds alone and then
            rests, while stage 2 plays.
        augmentation: See `GAN`; real, generated and mismatched images are changed. Each
            discriminator has a probability of its own, and `fit` logs both as
            `small_augmentation_p` and `augmentation_p`, with `small_real_accuracy` and
            `real_accuracy`.
        **kwargs: See `GenerativeModel`; one of `num_classes` and `context_shape`.

    Raises:
        ValueError: without a condition, and for networks that do not fit together.

    Example:

    >>> gan = kgen.build("stackgan", (16, 16, 3), context_shape=12)
    >>> captions = np.random.default_rng(0).normal(size=(3, 12))
    >>> gan.sample(context=captions, seed=0).shape
    TensorShape([3, 16, 16, 3])
    >>> gan.sample_small(context=captions, seed=0).shape
    TensorShape([3, 8, 8, 3])

    References:
        [Zhang et al., 2017](https://arxiv.org/abs/1612.03242),
        [Zhang et al., 2018](https://arxiv.org/abs/1710.10916) (stages at once),
        [Reed et al., 2016](https://arxiv.org/abs/1605.05396) (mismatched pairs)
    """

    terms = (
        "small_discriminator_loss",
        "small_generator_loss",
        "small_kl",
        "small_real_score",
        "small_fake_score",
        "small_mismatched_score",
        "discriminator_loss",
        "generator_loss",
        "kl",
        "real_score",
        "fake_score",
        "mismatched_score",
    )

    augmenters = {
        "small_image_augmenter": ("small_shape", "small_{}"),
        "image_augmenter": ("data_shape", "{}"),
    }
    changeable = {
        "kl_weight": check_number,
        "mismatch": check_fraction,
        "small_rounds": lambda name, value: (
            None if value is None else check_count("StackGAN", name, value)
        ),
    }

    def __init__(
        self,
        small_augmenter: keras.Model,
        small_generator: keras.Model,
        small_discriminator: keras.Model,
        augmenter: keras.Model,
        generator: keras.Model,
        discriminator: keras.Model,
        text_encoder: keras.Model | None = None,
        num_words: int | None = None,
        adversarial_loss: str | losses.AdversarialLoss = "non_saturating",
        kl_weight: float = 0.02,
        mismatch: float = 0.5,
        small_rounds: int | None = None,
        augmentation: str | augmentations.Augmentation | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_given_condition(self)
        self.small_augmenter = small_augmenter
        self.small_generator = small_generator
        self.small_discriminator = small_discriminator
        self.augmenter = augmenter
        self.generator = generator
        self.discriminator = discriminator
        self.text_encoder = text_encoder
        self.num_words = num_words
        self.adversarial_loss = losses.get(adversarial_loss)
        self.kl_weight = kl_weight
        self.mismatch = mismatch
        self.small_rounds = small_rounds
        self.latent_shape = input_shape(small_generator, "z")
        self.small_shape = tuple(small_generator.output_shape[1:])
        self.data_shape = tuple(generator.output_shape[1:])
        check_encoder(self)
        check_stages(self)
        self.augmentation = augmentations.get(augmentation)
        self.add_augmentation()

    @property
    def data_specs(self):
        """Images and their condition: labels, vectors or tokens."""
        specs = super().data_specs
        if self.text_encoder is not None:
            length = tuple(self.text_encoder.input_shape[1:])
            specs["context"] = Codes(length, self.num_words)
        return specs

    @property
    def argument_specs(self):
        """Those of all models, and `small`, images of stage 1."""
        return {**super().argument_specs, "small": Real(self.small_shape, (0.0, 1.0))}

    @property
    def players(self):
        """The discriminator and the generator of stage 1, then those of stage 2."""
        encoder = [] if self.text_encoder is None else [self.text_encoder]
        first = partial(Player, stop=self.small_rounds)
        second = partial(Player, start=self.small_rounds or 0)
        return (
            first(
                "small_discriminator",
                self.small_discriminator,
                self.small_discriminator_objective,
            ),
            first(
                "small_generator",
                [*encoder, self.small_augmenter, self.small_generator],
                self.small_generator_objective,
            ),
            second("discriminator", self.discriminator, self.discriminator_objective),
            second(
                "generator",
                [self.augmenter, self.generator],
                self.generator_objective,
            ),
        )

    def small_discriminator_objective(self, x, labels=None, training=False):
        """The loss and the scores of the discriminator of stage 1, `(batch,)` each."""
        small, _ = self.draw_small(x, self.embedded(labels), training)
        terms = self.judged("small_", self.shrunk(x), small, labels, training)
        return {f"small_{name}": value for name, value in terms.items()}

    def discriminator_objective(self, x, labels=None, training=False):
        """The loss and the scores of the discriminator of stage 2, `(batch,)` each."""
        fake, _ = self.draw(x, self.embedded(labels), training)
        return self.judged("", x, fake, labels, training)

    def small_generator_objective(self, x, labels=None, training=False):
        """The loss and the KL term of the generator of stage 1, `(batch,)` each."""
        embedding = self.embedded(labels, training)
        fake, kl = self.draw_small(x, embedding, training)
        networks = [*self.player("small_generator").networks]
        # The encoder serves the generator. It must not change what the other sees.
        seen = tf.stop_gradient(embedding)
        loss = self.fooled("small_", self.shrunk(x), fake, seen, training)
        loss += self.kl_weight * kl + sum(sum(each.losses) for each in networks)
        return {"small_generator_loss": loss, "small_kl": kl}

    def generator_objective(self, x, labels=None, training=False):
        """The loss and the KL term of the generator of stage 2, `(batch,)` each."""
        embedding = self.embedded(labels)
        fake, kl = self.draw(x, embedding, training)
        networks = self.player("generator").networks
        loss = self.fooled("", x, fake, embedding, training)
        loss += self.kl_weight * kl + sum(sum(each.losses) for each in networks)
        return {"generator_loss": loss, "kl": kl}

    def logits(self, stage, pair, training):
        """The logits of a stage's discriminator for augmented images, `(batch,)`.

        Args:
            stage: `"small_"` or `""`, as names of its networks begin.
            pair: Images, and the embedding of a condition for each.
            training: Whether networks run in training mode.
        """
        image, embedding = pair
        image = self.augmented(image, training, f"{stage}image_augmenter")
        discriminator = getattr(self, f"{stage}discriminator")
        return apply(discriminator, image, embedding, training)[:, 0]

    def judged(self, stage, real, fake, labels, training):
        """A discriminator's loss, and its scores of the three kinds of pairs."""
        other, found = mismatched(labels)
        own = self.embedded(labels)
        (on_real, on_fake, on_other), regularisation = called(
            getattr(self, f"{stage}discriminator"),
            lambda pair: self.logits(stage, pair, training),
            (real, own),
            (fake, own),
            (real, self.embedded(other)),
        )
        on_other = tf.where(found, on_other, on_fake)
        loss, share = self.adversarial_loss, self.mismatch
        total = (1.0 - share) * loss.discriminator(on_real, on_fake)
        total += share * loss.discriminator(on_real, on_other)
        terms = {
            "discriminator_loss": total + regularisation,
            "real_score": loss.score(on_real),
            "fake_score": loss.score(on_fake),
            "mismatched_score": loss.score(on_other),
        }
        if self.augmentation is not None:
            terms["real_accuracy"] = loss.scores(on_real, on_fake)["real_accuracy"]
        return terms

    def fooled(self, stage, real, fake, embedding, training):
        """The adversarial loss of a generator, `(batch,)`."""
        on_fake = self.logits(stage, (fake, embedding), training)
        on_real = None
        if self.adversarial_loss.relativistic:
            on_real = self.logits(stage, (real, embedding), training)
        return self.adversarial_loss.generator(on_real, on_fake)

    def embedded(self, labels, training=False):
        """The embedding of each condition: the encoder's, or the condition itself."""
        if self.text_encoder is None:
            return labels
        return tf.cast(self.text_encoder(labels, training=training), tf.float32)

    def shrunk(self, x):
        """Images in the size of stage 1: means of 2x2 pixels, as often as it takes.

        At an odd edge they are means of the pixels inside the image.
        """
        for _ in range(halvings(self.data_shape, self.small_shape)):
            x = tf.nn.avg_pool2d(x, 2, 2, "SAME")
        return x

    def draw_small(self, x, embedding, training):
        """Small images from fresh noise, and the KL term, one for each row of `x`."""
        z = self.draws(x, self.latent_shape, training)
        noise = self.draws(x, self.augmented_shape(self.small_augmenter), training)
        return self.stage_1(z, noise, embedding, training)

    def draw(self, x, embedding, training):
        """Large images from fresh noise, and the KL term, one for each row of `x`."""
        # As in `sample`, from what stage 1 makes outside its training.
        z = self.draws(x, self.latent_shape, training)
        noise = self.draws(x, self.augmented_shape(self.small_augmenter), training)
        small, _ = self.stage_1(z, noise, embedding)
        noise = self.draws(x, self.augmented_shape(self.augmenter), training)
        return self.stage_2(small, noise, embedding, training)

    def draws(self, x, shape, training):
        """Standard normal noise of a training step, one row for each row of `x`."""
        seed = self.noise.next(training)
        return tf.random.stateless_normal([tf.shape(x)[0], *shape], seed)

    @staticmethod
    def augmented_shape(augmenter):
        """The shape of a vector c, without the batch axis."""
        return (augmenter.output_shape[-1] // 2,)

    def stage_1(self, z, noise, embedding, training=False):
        """Small images and the KL term; `noise` is that of c."""
        c, kl = drawn_around(self.small_augmenter, embedding, noise, training)
        return apply(self.small_generator, z, c, training), kl

    def stage_2(self, small, noise, embedding, training=False):
        """Large images from small ones, and the KL term; `noise` is that of c."""
        c, kl = drawn_around(self.augmenter, embedding, noise, training)
        return apply(self.generator, small, c, training), kl

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws images of captions: both stages.

        Args:
            num_samples: Number of samples; by default the number of `labels`, of
                `context` or of seeds.
            labels: int32 `(num_samples,)`, for a model with classes. Others take
                `context`: vectors, or tokens for the text encoder.
            seed: See `kgen.verb`.

        Returns:
            `(num_samples, *data_shape)`.
        """
        return self.refine(self.sample_small(labels=labels, seed=seed), labels, seed)

    @verb(returns="small")
    def sample_small(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """The small images that `sample` makes large, for the same seed.

        Args:
            num_samples: See `sample`.
            labels: See `sample`.
            seed: See `kgen.verb`.

        Returns:
            `(num_samples, *small_shape)`.
        """
        shape = self.augmented_shape(self.small_augmenter)
        z = normal_rows(seed, self.latent_shape)
        noise = normal_rows(fold_rows(seed, 1), shape)
        return self.stage_1(z, noise, self.embedded(labels))[0]

    @verb(returns="x")
    def refine(
        self,
        small: ArrayLike,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Stage 2: large images of small ones and their captions.

        Args:
            small: Images in [0, 1], `(batch, *small_shape)`.
            labels: See `sample`.
            seed: See `kgen.verb`.

        Returns:
            `(batch, *data_shape)`.
        """
        noise = normal_rows(fold_rows(seed, 2), self.augmented_shape(self.augmenter))
        return self.stage_2(small, noise, self.embedded(labels))[0]

    @verb(returns="logits")
    def discriminate(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The output of stage 2's discriminator for each pair, `(batch,)`, a logit."""
        return apply(self.discriminator, x, self.embedded(labels))[:, 0]
