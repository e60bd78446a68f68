"""The VAE in PyTorch: pythae's class, and the same step by hand."""

import itertools
import math
import time

import torch
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from torch import nn
from torch.nn import functional as F

from benchmarks.data import BATCH_SIZE, binary_digits, images
from benchmarks.worker import Side, serve

LATENT_DIM = 2


class Encoder(BaseEncoder):
    """28x28x1 -> 32 and 64 filters -> 16 units -> the posterior's parameters."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(1, 32, 3, 2, padding=1), nn.ReLU()),
            *(nn.Conv2d(32, 64, 3, 2, padding=1), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(64 * 7 * 7, 16), nn.ReLU()),
        )
        self.mean = nn.Linear(16, LATENT_DIM)
        self.log_var = nn.Linear(16, LATENT_DIM)

    def forward(self, x):
        """Mean and log variance of q(z | x), as pythae wants them."""
        h = self.body(x)
        return ModelOutput(embedding=self.mean(h), log_covariance=self.log_var(h))


class Decoder(BaseDecoder):
    """The mirror of `Encoder`; pythae wants probabilities, not logits."""

    def __init__(self):
        super().__init__()
        up = {"stride": 2, "padding": 1, "output_padding": 1}
        self.logits = nn.Sequential(
            *(nn.Linear(LATENT_DIM, 64 * 7 * 7), nn.ReLU()),
            nn.Unflatten(1, (64, 7, 7)),
            *(nn.ConvTranspose2d(64, 64, 3, **up), nn.ReLU()),
            *(nn.ConvTranspose2d(64, 32, 3, **up), nn.ReLU()),
            nn.Conv2d(32, 1, 3, padding=1),
        )

    def forward(self, z):
        """The reconstruction, as pythae wants it."""
        return ModelOutput(reconstruction=torch.sigmoid(self.logits(z)))


def pythae_loop():
    """pythae's `VAE` in a loop of its own, without its trainer."""
    config = VAEConfig((1, 28, 28), LATENT_DIM, reconstruction_loss="bce")
    model = VAE(config, Encoder(), Decoder())
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    return _loop(model, optimizer, lambda x: model({"data": x}).loss)


def torch_loop():
    """The step by hand, with PyTorch's fused Adam."""
    encoder, decoder = Encoder(), Decoder()
    model = nn.ModuleList([encoder, decoder])
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)

    def loss(x):
        q = encoder(x)
        mean, log_var = q.embedding, q.log_covariance
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        logits = decoder.logits(z)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum()
        return (cross_entropy + kl) / len(x)

    return _loop(model, optimizer, loss)


def _loop(model, optimizer, loss):
    batches = torch.from_numpy(images(8)).permute(0, 3, 1, 2).contiguous()
    batches = batches.split(BATCH_SIZE)

    def run(steps):
        for x in itertools.islice(itertools.cycle(batches), steps):
            optimizer.zero_grad()
            loss(x).backward()
            optimizer.step()

    return sum(p.numel() for p in model.parameters()), run


def quality(seconds, num_samples):
    """Trains pythae's own MLP VAE on the digits for so long; see `vae.py`."""
    train, test = (torch.from_numpy(x[..., 0]).unsqueeze(1) for x in binary_digits())
    torch.manual_seed(0)
    model = VAE(VAEConfig((1, 8, 8), latent_dim=10, reconstruction_loss="bce"))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    steps, start = 0, time.perf_counter()
    while (progress := (time.perf_counter() - start) / seconds) < 1:
        for rows in torch.randperm(len(train)).split(64):
            for group in optimizer.param_groups:
                group["lr"] = 0.5e-3 * (1 + math.cos(math.pi * progress))
            optimizer.zero_grad()
            model({"data": train[rows]}).loss.backward()
            optimizer.step()
            steps += 1
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": steps,
        "seconds": time.perf_counter() - start,
        "nats": -importance_weighted_bound(model.eval(), test, num_samples),
    }


@torch.no_grad()
def importance_weighted_bound(model, x, num_samples):
    """Mean of `log 1/K sum_k p(x, z_k) / q(z_k | x)`, nats, as `VAE.iwae_bound`."""
    q = model.encoder(x)
    posterior = torch.distributions.Normal(q.embedding, (0.5 * q.log_covariance).exp())
    prior = torch.distributions.Normal(0.0, 1.0)
    log_weights = []
    for _ in range(num_samples):
        z = posterior.sample()
        p = model.decoder(z).reconstruction
        log_likelihood = -F.binary_cross_entropy(p, x, reduction="none").sum((1, 2, 3))
        log_ratio = (prior.log_prob(z) - posterior.log_prob(z)).sum(1)
        log_weights.append(log_likelihood + log_ratio)
    bound = torch.logsumexp(torch.stack(log_weights), 0) - math.log(num_samples)
    return float(bound.mean())


if __name__ == "__main__":
    side = Side({"pythae": pythae_loop, "torch": torch_loop})
    serve(build=side.build, run=side.run, quality=quality)
