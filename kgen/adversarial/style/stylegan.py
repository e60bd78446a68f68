"""The style-based generative adversarial network."""

from __future__ import annotations

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial.gan import GAN
from kgen.adversarial.same_latents import draw_seed
from kgen.core.by_row import by_row
from kgen.core.checks.values import check_fraction, is_number
from kgen.core.distribution.batch import SHARED_STATE, batch_mean
from kgen.core.random import fold_rows, normal_rows, row_keys
from kgen.core.specs import Codes, Number, Real, Seeds
from kgen.core.verbs import verb
from kgen.networks.gan.style import PARTS, style_of_noise
from kgen.networks.inputs import apply


def _momentum(name, value):
    if check_fraction(name, value) == 1:
        raise ValueError(
            f"{name} was given as {value!r}, but expects a number below 1."
        )
    return value


class StyleGAN(GAN):
    """GAN of styles: `x = g(w, noise)` with `w = f(z)`, one `w` for each layer.

    The mapping network f turns a latent into a style `w`. The synthesis network g
    starts from a constant; each of its layers takes a style, which sets the moments of
    all features, and noise, which makes details. Coarse layers set pose and shape, fine
    ones strokes and colours.

    In training two latents are mixed in a share `style_mixing` of the examples: layers
    up to a random level take the style of the first, the others that of the second. So
    no layer relies on the style of its neighbours, and `mix` gives sound images.
    Losses, penalties and terms are those of a `GAN`. A moving average of all `w` is
    saved with the model: `truncation` pulls styles towards it.

    The noise of a sample is a function of its seed, too. `decode`, which has no seed,
    gives all rows the same noise.

    Args:
        generator: Network of the two parts, see `kgen.networks.style_generator`.
        discriminator: See `GAN`.
        style_mixing: Share of examples in training with two styles, in 0..1.
        w_momentum: Momentum of the moving average of `w`, from 0 to below 1. Each draw
            of a batch of styles in training updates it.
        **kwargs: Arguments of `GAN` and `GenerativeModel`.

    Attributes:
        w_average: The moving average of `w`, `(w_dim,)`.

    Raises:
        ValueError: for a generator without the two parts, or an invalid setting.

    Example:

    >>> mapping = kgen.networks.style_mapping(16, w_dim=8)
    >>> synthesis = kgen.networks.style_synthesis((8, 8, 1), filters=(8, 8), w_dim=8)
    >>> generator = kgen.networks.style_generator(mapping, synthesis)
    >>> discriminator = kgen.networks.style_discriminator((8, 8, 1), filters=(8, 8))
    >>> gan = kgen.StyleGAN(generator, discriminator, penalty="r1", penalty_every=16)
    >>> gan.sample(3, seed=0, truncation=0.7).shape
    TensorShape([3, 8, 8, 1])
    >>> gan.to_style(np.ones((3, 16))).shape
    TensorShape([3, 4, 8])
    >>> gan.mix(seed_coarse=0, seed_fine=1, level=2, num_samples=3).shape
    TensorShape([3, 8, 8, 1])

    References:
        [Karras et al., 2019](https://arxiv.org/abs/1812.04948),
        [Karras et al., 2020](https://arxiv.org/abs/1912.04958)
    """

    beside = ("noise",)
    changeable = {"style_mixing": check_fraction, "w_momentum": _momentum}
    row_options = {"truncation": Number()}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        style_mixing: float = 0.9,
        w_momentum: float = 0.995,
        **kwargs,
    ) -> None:
        _check_generator(generator)
        super().__init__(generator, discriminator, **kwargs)
        self.style_mixing = style_mixing
        self.w_momentum = w_momentum
        w, noise = (self.synthesis_input(name) for name in ("w", "noise"))
        self.w_shape, self.noise_shape = w, noise
        self.w_average = self.add_weight(
            name="w_average",
            shape=w[1:],
            initializer="zeros",
            dtype="float32",
            **SHARED_STATE,
        )

    @property
    def mapping(self):
        """The network `z[, labels] -> w`."""
        return self.generator.get_layer(PARTS[0])

    @property
    def synthesis(self):
        """The network `w, noise -> x`."""
        return self.generator.get_layer(PARTS[1])

    def synthesis_input(self, name):
        """The shape of an input of the synthesis network, without the batch axis."""
        inputs = self.synthesis.inputs
        return next(tuple(t.shape[1:]) for t in inputs if t.name == name)

    @property
    def num_styles(self):
        """Number of styles, the layers of the synthesis network that take one."""
        return self.w_shape[0]

    @property
    def argument_specs(self):
        """Those of a GAN, styles, and the arguments of `mix`."""
        return {
            **super().argument_specs,
            "w": Real(self.w_shape),
            "seed_coarse": Seeds(),
            "seed_fine": Seeds(),
            "level": Codes((), self.num_styles + 1, broadcasts=True),
        }

    def draw(self, x, labels, training):
        """Latents and the examples generated of them, one for each row of `x`."""

        def normal(shape, part):
            shape = [tf.shape(x)[0], *shape]
            return tf.random.stateless_normal(
                shape, draw_seed(self.noise, training, part)
            )

        z = self.latents(normal(self.latent_shape, 0))
        w = apply(self.mapping, z, labels, training)
        if training:
            self.follow(w)
        w = self.each_layer(w)
        if training and self.style_mixing:
            codes = 0 if self.auxiliary is None else self.auxiliary.num_codes
            # Both latents have the codes of an InfoGAN: the image is to show them.
            fresh = normal(self.latent_shape, 2)[:, codes:]
            mixed = tf.concat([z[:, :codes], fresh], -1)
            other = apply(self.mapping, mixed, labels, training)
            coarse = self.below(self.random_levels(tf.shape(x)[0]))[..., None]
            w = tf.where(coarse, w, self.each_layer(other))
        return z, self.synthesized(w, normal(self.noise_shape, 1), training)

    def follow(self, w):
        """Moves the average of styles towards the mean over the global batch."""
        average = tf.convert_to_tensor(self.w_average)
        step = (1.0 - self.w_momentum) * (batch_mean(tf.stop_gradient(w)) - average)
        self.w_average.assign(average + step)

    def each_layer(self, w):
        """A style `(batch, w_dim)` for each layer, `(batch, num_styles, w_dim)`."""
        return tf.repeat(w[:, None], self.num_styles, axis=1)

    def below(self, level):
        """Whether a layer is below the level of a row, `(batch, num_styles)`."""
        return tf.range(self.num_styles) < level[:, None]

    def random_levels(self, num_rows):
        """Levels of style mixing in training, int32 `(num_rows,)`; at least 1."""
        seed = draw_seed(self.noise, True, 3)
        uniform = tf.random.stateless_uniform([num_rows, 2], seed)
        mixed, place = uniform[:, 0], uniform[:, 1]
        inside = 1 + tf.cast(place * (self.num_styles - 1), tf.int32)
        return tf.where(mixed < self.style_mixing, inside, self.num_styles)

    def synthesized(self, w, noise, training=False):
        """The examples of styles and noise, `(batch, *data_shape)`."""
        return apply(self.synthesis, w, None, training, noise=noise)

    def noise_rows(self, keys):
        """The noise of rows with these keys, `(batch, noise_dim)`."""
        return normal_rows(fold_rows(keys, 1), self.noise_shape)

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        truncation: float = 1.0,
    ) -> tf.Tensor:
        """Draws samples: `z ~ N(0, I)`, its style in all layers, and noise.

        Args:
            num_samples: Number of samples; by default the number of `labels` or seeds.
            labels: int32 `(num_samples,)`, for a conditional model.
            seed: See `kgen.verb`. Noise is a function of it, too.
            truncation: See `to_style`.

        Returns:
            `(num_samples, *data_shape)`.
        """
        z = self.latents(normal_rows(seed, self.latent_shape))
        return self.synthesize(self.to_style(z, labels, truncation), seed)

    def made(self, z, labels, seed):
        """The samples of latents, with the noise of their seed."""
        return self.synthesize(self.to_style(z, labels), seed)

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """The image of each latent, with the same noise, `(batch, *data_shape)`."""
        w = self.to_style(z, labels)
        noise = self.noise_rows(row_keys(tf.zeros([1], tf.int64)))
        return self.synthesized(w, tf.repeat(noise, tf.shape(w)[0], axis=0))

    @verb(returns="w")
    def to_style(
        self,
        z: ArrayLike,
        labels: ArrayLike | None = None,
        truncation: float = 1.0,
    ) -> tf.Tensor:
        """The style of each latent, the same for all layers.

        Args:
            z: Latents `(batch, *latent_shape)`.
            labels: int32 `(batch,)`, for a conditional model.
            truncation: The psi of `w_average + psi * (w - w_average)`. Below 1 images
                vary less and look better; 0 gives the average's image, and a negative
                number the opposite of each.

        Returns:
            `w`, `(batch, num_styles, w_dim)`.
        """
        by_rows = tf.is_tensor(truncation)  # In an export that serves it.
        if not by_rows and not is_number(truncation):
            raise ValueError(
                f"truncation was given as {truncation!r}, but expects a finite number, "
                "such as 0.7."
            )
        w = apply(self.mapping, z, labels)
        if by_rows or truncation != 1.0:
            average = tf.convert_to_tensor(self.w_average)
            psi = by_row(truncation, w)
            truncated = average + psi * (w - average)
            # A row of 1 is w, without rounding.
            w = tf.where(psi == 1.0, w, truncated) if by_rows else truncated
        return self.each_layer(w)

    @verb(returns="x")
    def synthesize(
        self, w: ArrayLike, seed: int | ArrayLike | None = None
    ) -> tf.Tensor:
        """The image of styles; noise is a function of the seed.

        Args:
            w: Styles `(batch, num_styles, w_dim)`, one for each layer, the coarsest
                first, such as `to_style` gives.
            seed: See `kgen.verb`; that of a sample gives the noise of the sample.

        Returns:
            `(batch, *data_shape)`.
        """
        return self.synthesized(w, self.noise_rows(seed))

    @verb(returns="x")
    def mix(
        self,
        seed_coarse: int | ArrayLike | None = None,
        seed_fine: int | ArrayLike | None = None,
        level: int | ArrayLike = 0,
        labels: ArrayLike | None = None,
        num_samples: int | None = None,
        truncation: float = 1.0,
    ) -> tf.Tensor:
        """Images with the coarse layers of one sample and the fine ones of another.

        Layers below `level` take style and noise of `sample(seed=seed_coarse)`, the
        others those of `sample(seed=seed_fine)`. So level 0 gives the second sample,
        and level `num_styles` the first. Each size of the image has two layers.

        Args:
            seed_coarse: Seed of the first sample, see `kgen.verb`.
            seed_fine: Seed of the second sample.
            level: Number of coarse layers, 0 to `num_styles`: an int for each row, or
                one for all.
            labels: int32 `(batch,)`, the class of both samples, for a conditional
                model.
            num_samples: Number of rows, if all other arguments are single numbers.
            truncation: See `to_style`.

        Returns:
            `(batch, *data_shape)`.
        """
        keys = row_keys(seed_coarse), row_keys(seed_fine)
        latents = (self.latents(normal_rows(k, self.latent_shape)) for k in keys)
        coarse, fine = (self.to_style(z, labels, truncation) for z in latents)
        below = self.below(level)
        w = tf.where(below[..., None], coarse, fine)
        of_noise = tf.gather(below, style_of_noise(self.synthesis), axis=1)
        noise = tf.where(of_noise, *(self.noise_rows(each) for each in keys))
        return self.synthesized(w, noise)


def _check_generator(generator):
    """Raises a ValueError for a generator that `style_generator` has not made."""
    names = [layer.name for layer in getattr(generator, "layers", ())]
    if not set(PARTS) <= set(names):
        found = getattr(generator, "name", generator)
        raise ValueError(
            f"A StyleGAN was given the generator {found!r} with the layers "
            f"{', '.join(names) or 'none'}, but expects one with the networks "
            "'mapping' and 'synthesis', from "
            "kgen.networks.style_generator(mapping, synthesis)."
        )
    style_of_noise(generator.get_layer(PARTS[1]))
