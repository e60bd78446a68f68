"""Shared by the adversarial families in PyTorch: the DCGAN's networks, the game."""

import itertools
from functools import partial

import torch
from torch import nn

from benchmarks.adversarial import BATCH_SIZE, LATENT_DIM
from benchmarks.harness.data import images
from benchmarks.harness.stubs import stub
from benchmarks.harness.torch_side import as_tensor, num_parameters, settings

# torchgan imports this module for pictures.
stub("torchvision")


class Generator(nn.Module):
    """`z -> x`, images in [0, 1], as `kgen.networks.dcgan_generator`."""

    # torchgan's losses read these two.
    encoding_dims = LATENT_DIM
    label_type = "none"

    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(
            *(nn.Linear(LATENT_DIM, 128 * 7 * 7, bias=False),),
            *(nn.Unflatten(1, (128, 7, 7)), nn.BatchNorm2d(128), nn.ReLU()),
            nn.ConvTranspose2d(128, 64, 4, 2, padding=1, bias=False),
            *(nn.BatchNorm2d(64), nn.ReLU()),
            *(nn.ConvTranspose2d(64, 1, 4, 2, padding=1), nn.Tanh()),
        )

    def forward(self, z):
        """Images of latents."""
        return 0.5 * self.network(z) + 0.5


class Discriminator(nn.Module):
    """`x -> (batch, 1)`, logits, as `kgen.networks.dcgan_discriminator`.

    Args:
        normalized: Whether the second convolution has batch normalisation instead of a
            bias.
    """

    label_type = "none"

    def __init__(self, normalized):
        super().__init__()
        self.network = nn.Sequential(
            *(nn.Conv2d(1, 64, 4, 2, padding=1), nn.LeakyReLU(0.2)),
            nn.Conv2d(64, 128, 4, 2, padding=1, bias=not normalized),
            *([nn.BatchNorm2d(128)] if normalized else []),
            *(nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(128 * 7 * 7, 1, bias=False)),
        )

    def forward(self, x):
        """Logits of images."""
        return self.network(2 * x - 1)


def games(play, normalized, adam):
    """The variants by hand, by name.

    Args:
        play: Function of the two networks, the two optimizers (discriminator's first)
            and a batch that takes a step.
        normalized: See `Discriminator`.
        adam: Arguments of both optimizers.
    """
    return {
        name: partial(game, play, normalized, *setting)
        for name, setting in settings(adam).items()
    }


def game(play, normalized, adam, memory_format=torch.contiguous_format):
    """A variant: a loop around `play`.

    Args:
        play: See `games`.
        normalized: See `games`.
        adam: See `games`.
        memory_format: Memory format of weights and images.
    """
    players = Discriminator(normalized), Generator()
    players = [player.to(memory_format=memory_format) for player in players]
    optimizers = [torch.optim.Adam(player.parameters(), **adam) for player in players]
    x = as_tensor(images(8, BATCH_SIZE)).to(memory_format=memory_format)
    batches = x.split(BATCH_SIZE)

    def run(steps):
        for x in itertools.islice(itertools.cycle(batches), steps):
            play(*players, *optimizers, x)

    return sum(map(num_parameters, players)), run


def discriminator_step(discriminator, generator, optimizer, loss, x):
    """One step of the discriminator.

    Args:
        discriminator: The network that learns.
        generator: The other network.
        optimizer: The discriminator's.
        loss: Function from the discriminator, data and generated data to the loss.
        x: The data.
    """
    with torch.no_grad():
        fake = generator(torch.randn(len(x), LATENT_DIM))
    optimizer.zero_grad()
    loss(discriminator, x, fake).backward()
    optimizer.step()


def generator_step(discriminator, generator, optimizer, loss, num_examples):
    """One step of the generator; the discriminator's gradients are not computed.

    Args:
        discriminator: The other network.
        generator: The network that learns.
        optimizer: The generator's.
        loss: Function from logits to the loss.
        num_examples: Number of generated examples.
    """
    logits = discriminator(generator(torch.randn(num_examples, LATENT_DIM)))
    optimizer.zero_grad()
    loss(logits).backward(inputs=list(generator.parameters()))
    optimizer.step()
