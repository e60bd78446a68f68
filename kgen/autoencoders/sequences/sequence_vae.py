"""The variational autoencoder of sequences of ints."""

from __future__ import annotations

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen import likelihoods
from kgen.autoencoders.vae import VAE
from kgen.core.random import fold_rows, uniform_rows
from kgen.core.verbs import verb
from kgen.likelihoods import check_logits
from kgen.networks.causal.causality import check_causal
from kgen.networks.causal.incremental import IncrementalNetwork
from kgen.networks.causal.layer import NotIncremental
from kgen.networks.causal.sampling import Canvas, by_image, by_position
from kgen.networks.inputs import (
    apply,
    check_output,
    check_takers,
    input_shape,
    output_activation,
)


class SequenceVAE(VAE):
    r"""A VAE of sequences: `p(x | z) = \prod_u \prod_t p(x_{u,t} | x_{u,<t}, c_u(z))`.

    A sequence of ints has segments `u` of equal length, such as the bars of a melody.
    The conductor makes a vector `c_u` of each segment from z. The decoder is
    autoregressive within a segment, and learns with the true tokens before each one. It
    starts anew in each segment, so only z knows the whole sequence. With one segment
    the decoder is flat, as in a language model, and may learn to ignore z.

    Training maximises the bound of `VAE`, in nats per sequence. The verbs are those of
    `VAE`, but the temperature of `sample` divides the logits of tokens.

    Args:
        encoder: Network `x -> (batch, n)`, the parameters of `q(z | x)`, as of `VAE`.
        conductor: Network `z -> (batch, segments, context_shape)`.
        decoder: Causal network `x, context -> (batch, steps, num_codes)` of one
            segment: logits of each token given those before it. It takes `c_u` by its
            input `context`. `kgen.networks.lstm` and `transformer` build such networks.
        likelihood: `kgen.likelihoods.Codes`; by default of as many codes as the decoder
            has outputs.
        **kwargs: Settings of `VAE`, such as `beta` and `free_bits`, and of
            `GenerativeModel`.

    Raises:
        ValueError: if the networks do not fit together, or the decoder sees ahead.

    Example:

    >>> encoder = kgen.networks.bidirectional_encoder((8,), 2 * 3, num_codes=5, width=4)
    >>> conductor = kgen.networks.conductor(3, num_segments=2, output_dim=6, width=4)
    >>> decoder = kgen.networks.lstm((4,), 5, width=4, num_codes=5, context_shape=6)
    >>> vae = kgen.SequenceVAE(encoder, conductor, decoder, seed=0)
    >>> vae.compile("adam")
    >>> vae.sample(16, seed=0, temperature=0.5).shape
    TensorShape([16, 8])

    References:
        [Roberts et al., 2018](https://arxiv.org/abs/1803.05428) (MusicVAE),
        [Bowman et al., 2016](https://arxiv.org/abs/1511.06349) (one segment)
    """

    changeable = {k: check for k, check in VAE.changeable.items() if k != "corruption"}

    def __init__(
        self,
        encoder: keras.Model,
        conductor: keras.Model,
        decoder: keras.Model,
        likelihood: likelihoods.Codes | None = None,
        **kwargs,
    ) -> None:
        if kwargs.get("corruption") is not None:
            raise ValueError(
                f"A SequenceVAE was given corruption={kwargs['corruption']!r}, but its "
                "data are ints, and corruptions change real numbers. Leave it out."
            )
        likelihood = likelihood or likelihoods.Codes(decoder.output_shape[-1])
        super().__init__(encoder, (conductor, decoder), likelihood, **kwargs)

    def set_networks(self, encoder, decoder):
        """Assigns the networks and their input shapes; `decoder` holds two of them."""
        self.encoder = encoder
        self.conductor, self.decoder = decoder
        self.data_shape = input_shape(encoder, "x")
        self.latent_shape = input_shape(self.conductor, "z")
        check_takers(self, encoder, self.conductor)

    @property
    def num_data_codes(self):
        """Number of codes."""
        return self.likelihood.levels

    @property
    def num_segments(self):
        """Number of segments of a sequence."""
        return self.conductor.output_shape[1]

    def log_likelihood(self, x, z, labels=None, training=False):
        """log p(x | z), nats, `(batch,)`."""
        contexts = self._contexts(z, labels, training)
        segments = tf.reshape(x, [-1, *input_shape(self.decoder, "x")])
        parameters = apply(self.decoder, segments, contexts, training)
        nats = self.likelihood.log_prob(parameters, segments)
        return tf.reduce_sum(tf.reshape(nats, [-1, self.num_segments]), axis=1)

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Sequences, int32 `(batch, steps)`: at each step the most likely token."""
        u = tf.zeros([tf.shape(z)[0], *self.data_shape])

        def most_likely(parameters, u):
            return tf.argmax(parameters, axis=-1, output_type=tf.int32)[:, None]

        return self._drawn(self._contexts(z, labels), u, most_likely)

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        temperature: float = 1.0,
    ) -> tf.Tensor:
        """Draws of z, and of a sequence for each, int32 `(num_samples, steps)`.

        Args:
            num_samples: Number of draws; by default the number of `labels` or seeds.
            labels: Class of each draw, if the model is conditional.
            seed: An int, a vector of one int per draw, or `None`.
            temperature: Below 1 tokens keep to likely ones, above 1 they vary more. The
                logits of tokens are divided by it; z is drawn from its prior.

        Raises:
            ValueError: for a temperature that is no number above 0.
        """
        z = self.prior_rows(seed, labels)
        u = uniform_rows(fold_rows(seed, 1), self.data_shape)
        if tf.is_tensor(temperature) and temperature.shape.rank == 1:
            temperature = tf.repeat(temperature, self.num_segments)

        def draw(parameters, u):
            return self.likelihood.quantile(parameters, u, temperature)

        return self._drawn(self._contexts(z, labels), u, draw)

    def _contexts(self, z, labels, training=False):
        """The vector of each segment of each row, `(batch * segments, size)`."""
        contexts = apply(self.conductor, z, labels, training)
        return tf.reshape(contexts, [-1, contexts.shape[-1]])

    def _drawn(self, contexts, u, draw):
        """Sequences, all segments at the same time, token by token.

        Args:
            contexts: The result of `_contexts`.
            u: Uniform numbers for each token, `(batch, steps)`.
            draw: See `Canvas`.
        """
        (steps,) = input_shape(self.decoder, "x")
        u = tf.reshape(u, [-1, 1, steps, 1])
        canvas = Canvas(
            given=tf.zeros_like(u, tf.int32),
            known=tf.zeros_like(u, bool),
            u=u,
            draw=draw,
            passes=1,
            position_shape=(1,),
        )
        try:
            segments = by_position(IncrementalNetwork(self.decoder), canvas, contexts)
        except NotIncremental:
            segments = by_image(lambda x: self._on_canvas(x, contexts), canvas)
        return tf.reshape(segments, [-1, *self.data_shape])

    def _on_canvas(self, image, contexts):
        """Logits of all tokens of segments `(batch, 1, steps, 1)`."""
        x = tf.reshape(image, [-1, *input_shape(self.decoder, "x")])
        return apply(self.decoder, x, contexts)[:, None]

    def _check_networks(self):
        """Checks that the networks fit together, and that the decoder is causal."""
        if not isinstance(self.likelihood, likelihoods.Codes):
            raise ValueError(
                "A SequenceVAE was given the likelihood "
                f"{type(self.likelihood).__name__}, but its data are ints: pass "
                "kgen.likelihoods.Codes(num_codes), or leave it out."
            )
        steps, codes = input_shape(self.decoder, "x"), self.num_data_codes
        shapes = (self.data_shape, self.latent_shape, steps)
        if any(len(shape) != 1 for shape in shapes):
            raise ValueError(
                "A SequenceVAE was given networks for x of shape {}, z of shape {} and "
                "segments of shape {}, but each has one axis.".format(*shapes)
            )
        because = f"z of shape {self.latent_shape} and a {self.covariance} covariance"
        size = self.num_posterior_parameters
        check_output("encoder", self.encoder, (size,), because)
        because = f"segments of {steps[0]} steps and {codes} codes"
        check_output("decoder", self.decoder, (*steps, codes), because)
        contexts = [t.shape[-1] for t in self.decoder.inputs if t.name == "context"]
        found = tuple(self.conductor.output_shape[1:])
        wanted = (self.data_shape[0] / steps[0], *contexts)
        if found != wanted:
            raise ValueError(
                f"The conductor's output has shape {found}, but x of "
                f"{self.data_shape[0]} steps, segments of {steps[0]} steps and a "
                f"decoder with contexts of size {contexts} need (segments, size), "
                f"{wanted}."
            )
        check_logits(self.likelihood, output_activation(self.decoder))
        check_causal(self.decoder, levels=codes)
