"""The vector-quantised autoencoder."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen import likelihoods
from kgen.autoencoders.quantizer import CodeUsage, VectorQuantizer
from kgen.core.checks.values import check_number
from kgen.core.distribution.replicas import from_chief
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.threads import threads_for
from kgen.core.training.batches import read_ahead
from kgen.core.training.initialization import is_adapted
from kgen.core.verbs import verb
from kgen.networks.encoder_decoder import EncoderDecoder
from kgen.networks.inputs import apply, check_output, output_activation

# Number of vectors per word for the k-means that starts the codebook.
VECTORS_PER_CODE = 100


class VQVAE(EncoderDecoder, GenerativeModel):
    r"""VQ-VAE: an autoencoder whose code is a grid of ints, words of a codebook.

    With `z_e(x)` the encoder's output and `e` the nearest words, training minimises
    `-log p(x | e) + |sg[z_e(x)] - e|^2 + beta |z_e(x) - sg[e]|^2`, in nats and summed
    over the grid; `sg` stops the gradient. The gradient of the first term passes
    straight through `e` to the encoder. If the quantizer learns by moving averages,
    they replace the second term.

    The model has no prior over codes, so it has neither samples nor a likelihood:
    `kgen.TwoStage` adds a prior.

    Args:
        encoder: Network `x -> z_e`, `(batch, height', width', code_dim)`.
        quantizer: `kgen.VectorQuantizer` with words of size `code_dim`.
        decoder: Network `e -> parameters of p(x | e)`, as the decoder of `VAE`.
        likelihood: See `VAE`.
        beta: Weight of the commitment term.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> vqvae = kgen.VQVAE(
    ...     kgen.networks.grid_encoder((8, 8, 1), 4, filters=(16,)),
    ...     kgen.VectorQuantizer(num_codes=32, code_dim=4),
    ...     kgen.networks.grid_decoder(4, (8, 8, 1), filters=(16,)),
    ... )
    >>> vqvae.encode(np.zeros((3, 8, 8, 1))).shape
    TensorShape([3, 4, 4])

    References:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937)
    """

    terms = ("loss", "reconstruction", "commitment")

    changeable = {"beta": check_number}

    def __init__(
        self,
        encoder: keras.Model,
        quantizer: VectorQuantizer,
        decoder: keras.Model,
        likelihood: str | likelihoods.Likelihood = "bernoulli",
        beta: float = 0.25,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.set_networks(encoder, decoder)
        self.quantizer = quantizer
        self.likelihood = likelihoods.get(likelihood)
        self.beta = beta
        self._check_networks()
        self.latent_shape = self.latent_shape[:-1]
        if quantizer.ema_decay is None:
            self.add_term("codebook")
        for statistic in ("perplexity", "usage"):
            self.add_term(statistic, CodeUsage(quantizer.num_codes, statistic))
        # TFP is imported now, not in the middle of the first step.
        self.likelihood.distribution(tf.zeros((1, *decoder.output_shape[1:])))

    @property
    def num_latent_codes(self):
        """Number of values that a code may take."""
        return self.quantizer.num_codes

    def infer(self, x, labels, keys):
        """The codes of x, and log q(z | x), which is 0: q is certain of them."""
        return self._codes(x, labels), tf.zeros(tf.shape(x)[:1])

    def log_likelihood(self, x, z, labels=None, training=False):
        """log p(x | z) for codes `(batch, *latent_shape)`, nats, `(batch,)`."""
        words = self.quantizer.words(z)
        return self.likelihood.log_prob(apply(self.decoder, words, labels, training), x)

    def objective(self, x, labels=None, training=False):
        """The loss and its terms, `(batch,)` each, and codes, whose use is counted."""
        z_e = self._encoded(x, labels, training)
        codes = self.quantizer.codes(z_e)
        e = self.quantizer.words(codes)
        straight_through = z_e + tf.stop_gradient(e - z_e)
        parameters = apply(self.decoder, straight_through, labels, training)
        terms = {
            "reconstruction": -self.likelihood.log_prob(parameters, x),
            "commitment": squared_distance(z_e, tf.stop_gradient(e)),
        }
        loss = terms["reconstruction"] + self.beta * terms["commitment"]
        if self.quantizer.ema_decay is None:
            terms["codebook"] = squared_distance(tf.stop_gradient(z_e), e)
            loss += terms["codebook"]
        if training:
            self.quantizer.learn(z_e, codes, self.noise.next(training))
        return {"loss": loss, **terms, "perplexity": codes, "usage": codes}

    def adapt(self, data):
        """Starts the codebook with k-means of the first batches, if data is repeatable.

        Args:
            data: `tf.data.Dataset` or `PyDataset`. A generator can be read only once,
                so it is not read here: dead words find their place in training.
        """
        quantizer = self.quantizer
        if quantizer.initializer == "random":
            return
        if is_adapted(quantizer.adapted, data):
            return
        batches = read_ahead(self, data)
        if batches is None:
            return
        vectors, wanted = [], VECTORS_PER_CODE * quantizer.num_codes
        for batch in batches:
            parts, _ = self.unpack(batch)
            x, labels = parts["x"], parts["labels"]
            vectors += [*self._encoded(x, labels).numpy()]
            if len(vectors) * np.prod(self.latent_shape) >= wanted:
                break
        vectors = np.reshape(vectors, [-1, quantizer.code_dim])
        words = kmeans(vectors, quantizer.num_codes, self.seed)
        quantizer.start_from(from_chief(self.distribute_strategy, words))

    @verb(returns="z")
    def encode(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The codes of each example, int32 `(batch, *latent_shape)`."""
        return self._codes(x, labels)

    def _codes(self, x, labels):
        return self.quantizer.codes(self._encoded(x, labels))

    def _encoded(self, x, labels, training=False):
        """The encoder's output; data over levels is rounded to the nearest level."""
        return apply(self.encoder, self.likelihood.nearest(x), labels, training)

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """E[x | z] of codes, `(batch, *data_shape)`."""
        words = self.quantizer.words(z)
        return self.likelihood.mean(apply(self.decoder, words, labels))

    def _check_networks(self):
        code_dim = self.quantizer.code_dim
        *shape, channels = self.data_shape
        parameters = (*shape, channels * self.likelihood.num_parameters)
        because = (
            f"words of size {code_dim}, the other network, data of shape "
            f"{self.data_shape} and the likelihood {type(self.likelihood).__name__}"
        )
        vectors = (*self.latent_shape[:-1], code_dim)
        check_output("encoder", self.encoder, vectors, because)
        if self.latent_shape != vectors:
            raise ValueError(
                f"The decoder's input has shape {self.latent_shape}, but {because} "
                f"need {vectors}."
            )
        check_output("decoder", self.decoder, parameters, because)
        likelihoods.check_logits(self.likelihood, output_activation(self.decoder))


def squared_distance(one, other):
    """`|one - other|^2`, summed over all axes but the first, `(batch,)`."""
    axes = list(range(1, len(one.shape)))
    return tf.reduce_sum(tf.math.squared_difference(one, other), axes)


def kmeans(vectors, num_codes, seed):
    """At most `num_codes` centres of vectors `(n, dim)`; fewer if vectors repeat."""
    from sklearn.cluster import KMeans

    distinct = np.unique(vectors, axis=0)
    if len(distinct) <= num_codes:
        return distinct
    means = KMeans(num_codes, n_init=1, random_state=seed)
    with threads_for(len(vectors)):
        return means.fit(vectors).cluster_centers_
