"""The autoencoder."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.autoencoders import corruptions, penalties, reconstruction
from kgen.core.checks.values import check_number
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.settings import check_logged
from kgen.core.verbs import verb
from kgen.networks.encoder_decoder import EncoderDecoder
from kgen.networks.inputs import apply, output_activation
from kgen.networks.perceptual import check_features, feature_distance

_LOSS_OF_ACTIVATION = {"sigmoid": "bce", "linear": "mse", "relu": "mse"}


class Autoencoder(EncoderDecoder, GenerativeModel):
    """Autoencoder: reconstructs `x` as `decode(encode(x))`, through a code `z`.

    Training minimises the reconstruction error. It is a mean over the values of an
    example, so it does not grow with the size of the image. A `corruption` gives the
    denoising autoencoder: it encodes data that is damaged anew in each step, and
    restores the clean data. A `code_penalty` gives the sparse and the contractive
    autoencoder, a `feature_network` a perceptual loss; both are added to the loss.

    Args:
        encoder: Network `x -> z`, `(batch, latent_dim)` or a grid.
        decoder: Network `z -> x`, `(batch, *data_shape)`.
        reconstruction_loss: `"mse"`, squared error; `"bce"`, binary cross-entropy in
            nats, for data in [0, 1] and a decoder that ends with a sigmoid; or
            `"auto"`, which takes `"bce"` if the decoder ends with a sigmoid and
            `"mse"` if it is linear or ends with a ReLU. Also another name of a Keras
            loss that compares values, such as `"mae"` or `"huber"`; an instance of
            `keras.losses.Loss`; or a registered function of x and its reconstruction
            that gives one value for each example, `(batch,)`.
        corruption: `"gaussian_noise"`, `"erasure"`, `"salt_and_pepper"`,
            `"patch_mask"`, `"blur"`, or an instance from
            `kgen.autoencoders.corruptions`. Applies to training and `evaluate`;
            `encode` and `reconstruct` do not corrupt data.
        code_penalty: `"l1"`, `"kl_sparsity"`, `"contractive"`, or an instance from
            `kgen.autoencoders.penalties`.
        feature_network: `keras.Model` from `x` to one or more feature maps, such as a
            classifier's hidden layers. Their mean squared differences are added to the
            loss. It is frozen, and saved with the model.
        feature_weight: Weight of these differences.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> networks = kgen.networks.mlp_autoencoder(
    ...     (8, 8, 1), 2, hidden=(32,), output_activation="sigmoid"
    ... )
    >>> model = kgen.Autoencoder(*networks, corruption="gaussian_noise")
    >>> model.encode(np.zeros((3, 8, 8, 1))).shape
    TensorShape([3, 2])

    References:
        [Hinton & Salakhutdinov, 2006](https://doi.org/10.1126/science.1127647),
        [Vincent et al., 2008](https://doi.org/10.1145/1390156.1390294) (denoising),
        [Ng, 2011](https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf)
        (sparse), [Rifai et al., 2011](https://icml.cc/2011/papers/455_icmlpaper.pdf)
        (contractive), [Johnson et al., 2016](https://arxiv.org/abs/1603.08155)
        (perceptual)
    """

    terms = ("loss", "reconstruction")

    changeable = {
        "corruption": lambda _, value: corruptions.get(value),
        "code_penalty": lambda _, value: penalties.get(value),
        "feature_weight": check_number,
    }

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        reconstruction_loss: str | keras.losses.Loss | Callable = "auto",
        corruption: str | corruptions.Corruption | None = None,
        code_penalty: str | penalties.CodePenalty | None = None,
        feature_network: keras.Model | None = None,
        feature_weight: float = 1.0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.set_networks(encoder, decoder)
        self.reconstruction_loss = reconstruction_loss
        self.reconstruction_error = reconstruction.get(self._loss(), self.data_shape)
        self.corruption = corruption
        self.code_penalty = code_penalty
        self.feature_network = feature_network
        self.feature_weight = feature_weight
        if self.code_penalty is not None:
            self.code_penalty.check(encoder)
            self.add_term("code_penalty")
        if feature_network is not None:
            check_features(feature_network, self.data_shape)
            feature_network.trainable = False
            self.add_term("perceptual")

    def check_settings(self):
        """Raises a ValueError if a penalty was added or removed after construction."""
        check_logged(self, "code_penalty", self.code_penalty)

    @property
    def data_range(self):
        """`(0.0, 1.0)` also for vectors, if the loss is a cross-entropy."""
        over_unit = reconstruction.needs_unit_interval(self._loss())
        return (0.0, 1.0) if over_unit else super().data_range

    def objective(self, x, labels=None, training=False):
        """The loss and its parts, such as the reconstruction error, `(batch,)` each."""
        given = x
        if self.corruption is not None:
            given = self.corruption(x, self.noise.next(training))
        z = apply(self.encoder, given, labels, training)
        decoded = apply(self.decoder, z, labels, training)
        terms = {"reconstruction": self.reconstruction_error(x, decoded)}
        if self.code_penalty is not None:
            terms["code_penalty"] = self.code_penalty(
                self.encoder, given, z, labels, training
            )
        if self.feature_network is not None:
            distance = feature_distance(self.feature_network, x, decoded)
            terms["perceptual"] = self.feature_weight * distance
        return {"loss": sum(terms.values()), **terms}

    @verb(returns="z")
    def encode(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The code of each example, `(batch, *latent_shape)`."""
        return apply(self.encoder, x, labels)

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """The data of each code, `(batch, *data_shape)`."""
        return apply(self.decoder, z, labels)

    def _loss(self):
        if self.reconstruction_loss != "auto":
            return self.reconstruction_loss
        activation = output_activation(self.decoder)
        if activation not in _LOSS_OF_ACTIVATION:
            names = ", ".join(sorted(reconstruction.LOSSES))
            raise ValueError(
                f"The decoder ends with {activation!r}, which implies no loss. Pass "
                f"reconstruction_loss, one of {names}, or a loss of Keras."
            )
        return _LOSS_OF_ACTIVATION[activation]
