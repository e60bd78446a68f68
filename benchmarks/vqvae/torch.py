"""The VQ-VAE in PyTorch: pythae's class, and the same step by hand."""

from functools import partial

import torch
from pythae.models import VQVAE, VQVAEConfig
from torch import nn
from torch.nn import functional as F

from benchmarks.harness.data import digits
from benchmarks.harness.figures import code_use, squared_error
from benchmarks.harness.pythae_side import Decoder, Encoder, pythae_loop, train
from benchmarks.harness.torch_side import as_tensor, convolutions, deconvolutions, loop
from benchmarks.harness.worker import Side
from benchmarks.vqvae import CODE_DIM, NUM_CODES


def networks():
    """Image -> grid of vectors, and grid of words -> image."""
    encoder = nn.Sequential(*convolutions(), nn.Conv2d(64, CODE_DIM, 1))
    return encoder, nn.Sequential(*deconvolutions(CODE_DIM))


def pythae():
    """pythae's class; it takes means over a code's values where kgen takes sums."""
    encoder, decoder = networks()
    size = 7 * 7 * CODE_DIM
    config = VQVAEConfig(
        (1, 28, 28),
        num_embeddings=NUM_CODES,
        commitment_loss_factor=0.25 * size,
        quantization_loss_factor=size,
    )
    return pythae_loop(VQVAE(config, Encoder(encoder), Decoder(decoder)))


def by_hand():
    """The step by hand, with PyTorch's fused Adam."""
    encoder, decoder = networks()
    codebook = nn.Embedding(NUM_CODES, CODE_DIM)
    nn.init.uniform_(codebook.weight, -1 / NUM_CODES, 1 / NUM_CODES)

    def loss(x):
        z = encoder(x).permute(0, 2, 3, 1)
        vectors, words = z.reshape(-1, CODE_DIM), codebook.weight
        distances = (words**2).sum(1) - 2 * vectors @ words.T
        words = codebook(distances.argmin(1)).reshape(z.shape)
        passed = z + (words - z).detach()
        return (
            squared_distance(decoder(passed.permute(0, 3, 1, 2)), x)
            + 0.25 * squared_distance(z, words.detach())
            + squared_distance(words, z.detach())
        ) / len(x)

    return loop(nn.ModuleList([encoder, codebook, decoder]), loss, fused=True)


def squared_distance(one, other):
    """`|one - other|^2`."""
    return F.mse_loss(one, other, reduction="sum")


def quality(seconds, use_ema):
    """pythae's class on the digits, with the networks of kgen's recipe.

    Its default MLP would leave one code for each image.
    """
    x, held_out = map(as_tensor, digits())
    torch.manual_seed(0)
    encoder = nn.Sequential(*convolutions(4), nn.Conv2d(64, CODE_DIM, 1))
    decoder = nn.Sequential(
        *(nn.Conv2d(CODE_DIM, 64, 3, padding=1), nn.ReLU()), *deconvolutions(64, 4)
    )
    config = VQVAEConfig((1, 8, 8), num_embeddings=NUM_CODES, use_ema=use_ema)
    model = VQVAE(config, Encoder(encoder), Decoder(decoder))
    found = train(model, x, seconds)
    with torch.no_grad():
        output = model({"data": held_out})
    error = squared_error(held_out.numpy(), output.recon_x.numpy())
    use = code_use(output.quantized_indices.numpy(), NUM_CODES)
    return {**found, "squared error": error, **use}


if __name__ == "__main__":
    models = {
        "gradient": partial(quality, use_ema=False),
        "averages": partial(quality, use_ema=True),
    }
    Side({"pythae": pythae, "torch": by_hand}, models).serve()
