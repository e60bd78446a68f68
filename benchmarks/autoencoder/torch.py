"""The autoencoder in PyTorch: pythae's class, and the same step by hand."""

import torch
from pythae.models import AE, AEConfig
from torch import nn
from torch.nn import functional as F

from benchmarks.autoencoder import LATENT_DIM
from benchmarks.harness.data import digits
from benchmarks.harness.figures import squared_error
from benchmarks.harness.pythae_side import Decoder, Encoder, pythae_loop, train
from benchmarks.harness.torch_side import (
    as_tensor,
    convolutions,
    deconvolutions_of_vector,
    loop,
)
from benchmarks.harness.worker import Side


def networks():
    """Image -> code, and code -> image."""
    encoder = nn.Sequential(
        *convolutions(), nn.Flatten(), nn.Linear(64 * 7 * 7, LATENT_DIM)
    )
    decoder = nn.Sequential(*deconvolutions_of_vector(LATENT_DIM), nn.Sigmoid())
    return encoder, decoder


def pythae():
    """pythae's class."""
    encoder, decoder = networks()
    config = AEConfig((1, 28, 28), LATENT_DIM)
    return pythae_loop(AE(config, Encoder(encoder), Decoder(decoder)))


def by_hand():
    """The step by hand, with PyTorch's fused Adam."""
    encoder, decoder = networks()

    def loss(x):
        return F.mse_loss(decoder(encoder(x)), x, reduction="sum") / len(x)

    return loop(nn.ModuleList([encoder, decoder]), loss, fused=True)


def quality(seconds):
    """pythae's own MLP autoencoder on the digits."""
    x, held_out = map(as_tensor, digits())
    torch.manual_seed(0)
    model = AE(AEConfig((1, 8, 8), LATENT_DIM))
    found = train(model, x, seconds)
    with torch.no_grad():
        error = squared_error(held_out.numpy(), model.reconstruct(held_out).numpy())
    return {**found, "squared error": error}


if __name__ == "__main__":
    Side({"pythae": pythae, "torch": by_hand}, {"autoencoder": quality}).serve()
