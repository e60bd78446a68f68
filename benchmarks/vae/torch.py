"""The VAE in PyTorch: pythae's class, and the same step by hand."""

import math

import torch
from pythae.models import VAE, VAEConfig
from torch import nn
from torch.nn import functional as F

from benchmarks.harness.data import binary_digits
from benchmarks.harness.pythae_side import Decoder, Encoder, pythae_loop, train
from benchmarks.harness.torch_side import (
    as_tensor,
    convolutions,
    deconvolutions_of_vector,
    loop,
)
from benchmarks.harness.worker import Side
from benchmarks.vae import LATENT_DIM, NUM_SAMPLES


def networks():
    """Image -> the posterior's parameters, and latent -> logits."""
    encoder = nn.Sequential(
        *convolutions(),
        *(nn.Flatten(), nn.Linear(64 * 7 * 7, 16), nn.ReLU()),
        nn.Linear(16, 2 * LATENT_DIM),
    )
    return encoder, nn.Sequential(*deconvolutions_of_vector(LATENT_DIM))


def pythae():
    """pythae's class, which needs probabilities, not logits."""
    encoder, logits = networks()
    return pythae_loop(
        VAE(
            VAEConfig((1, 28, 28), LATENT_DIM, reconstruction_loss="bce"),
            Encoder(encoder, ("embedding", "log_covariance")),
            Decoder(nn.Sequential(logits, nn.Sigmoid())),
        )
    )


def by_hand():
    """The step by hand, with PyTorch's fused Adam."""
    encoder, decoder = networks()

    def loss(x):
        mean, log_var = encoder(x).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        logits = decoder(z)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum()
        return (cross_entropy + kl) / len(x)

    return loop(nn.ModuleList([encoder, decoder]), loss, fused=True)


def quality(seconds):
    """pythae's own MLP VAE on the digits."""
    x, held_out = map(as_tensor, binary_digits())
    torch.manual_seed(0)
    model = VAE(VAEConfig((1, 8, 8), latent_dim=10, reconstruction_loss="bce"))
    found = train(model, x, seconds)
    return {**found, "nats": -importance_weighted_bound(model, held_out)}


@torch.no_grad()
def importance_weighted_bound(model, x):
    """Mean of `log 1/K sum_k p(x, z_k) / q(z_k | x)`, nats, as `VAE.iwae_bound`."""
    q = model.encoder(x)
    posterior = torch.distributions.Normal(q.embedding, (0.5 * q.log_covariance).exp())
    prior = torch.distributions.Normal(0.0, 1.0)
    log_weights = []
    for _ in range(NUM_SAMPLES):
        z = posterior.sample()
        p = model.decoder(z).reconstruction
        log_likelihood = -F.binary_cross_entropy(p, x, reduction="none").sum((1, 2, 3))
        log_ratio = (prior.log_prob(z) - posterior.log_prob(z)).sum(1)
        log_weights.append(log_likelihood + log_ratio)
    bound = torch.logsumexp(torch.stack(log_weights), 0) - math.log(NUM_SAMPLES)
    return float(bound.mean())


if __name__ == "__main__":
    Side({"pythae": pythae, "torch": by_hand}, {"vae": quality}).serve()
