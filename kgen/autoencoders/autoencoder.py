"""The autoencoder."""

from kgen.autoencoders.reconstruction import (
    Reconstructs,
    cross_entropy,
    squared_error,
)
from kgen.core.config import lookup
from kgen.core.model import GenerativeModel
from kgen.core.verbs import verb
from kgen.networks.inputs import apply, output_activation

LOSSES = {"mse": squared_error, "bce": cross_entropy}
_LOSS_OF_ACTIVATION = {"sigmoid": "bce", "linear": "mse", "relu": "mse"}


class Autoencoder(Reconstructs, GenerativeModel):
    """Autoencoder: `decode(encode(x))` is to be `x`, through a code `z`.

    Trained to minimise the reconstruction error, a mean over the values of an
    example, so that its size does not depend on the size of the image.

    Args:
        encoder: Network `x -> z`, `(batch, latent_dim)`.
        decoder: Network `z -> x`, `(batch, *data_shape)`.
        reconstruction_loss: `"mse"`, squared error; `"bce"`, binary cross-entropy in
            nats, for data in [0, 1] and a decoder that ends with a sigmoid; or
            `"auto"`, which takes `"bce"` if the decoder ends with a sigmoid and
            `"mse"` if it is linear or ends with a ReLU.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> encoder = kgen.networks.mlp_encoder((8, 8, 1), 2)
    >>> decoder = kgen.networks.mlp_decoder(2, (8, 8, 1), output_activation="sigmoid")
    >>> model = kgen.Autoencoder(encoder, decoder)
    >>> model.encode(np.zeros((3, 8, 8, 1))).shape
    TensorShape([3, 2])

    References:
        [Hinton & Salakhutdinov, 2006](https://doi.org/10.1126/science.1127647)
    """

    terms = ("loss", "reconstruction")

    def __init__(self, encoder, decoder, reconstruction_loss="auto", **kwargs):
        super().__init__(**kwargs)
        self.set_networks(encoder, decoder)
        self.reconstruction_loss = reconstruction_loss
        self.reconstruction_error = LOSSES[self._loss_name()]

    @property
    def data_range(self):
        """`(0.0, 1.0)` also for vectors, if the loss is the cross-entropy."""
        return (0.0, 1.0) if self._loss_name() == "bce" else super().data_range

    def objective(self, x, labels=None, training=False):
        """The reconstruction error, `(batch,)`, under both of its names."""
        z = apply(self.encoder, x, labels, training)
        error = self.reconstruction_error(x, apply(self.decoder, z, labels, training))
        return {"loss": error, "reconstruction": error}

    @verb(returns="z")
    def encode(self, x, labels=None):
        """The code of each example, `(batch, *latent_shape)`."""
        return apply(self.encoder, x, labels)

    @verb(returns="x")
    def decode(self, z, labels=None):
        """The data of each code, `(batch, *data_shape)`."""
        return apply(self.decoder, z, labels)

    def _loss_name(self):
        if self.reconstruction_loss != "auto":
            lookup("reconstruction_loss", self.reconstruction_loss, LOSSES)
            return self.reconstruction_loss
        activation = output_activation(self.decoder)
        if activation not in _LOSS_OF_ACTIVATION:
            raise ValueError(
                f"The decoder ends with {activation!r}, which decides no loss. Pass "
                f"reconstruction_loss, one of {', '.join(sorted(LOSSES))}."
            )
        return _LOSS_OF_ACTIVATION[activation]
