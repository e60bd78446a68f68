"""The StyleGAN in PyTorch, by hand."""

import copy
import itertools
import math
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.adversarial.stylegan import (
    BATCH_SIZE,
    BETAS,
    EMA,
    FILTERS,
    LATENT_DIM,
    LEARNING_RATE,
    MAPPING_RATE,
    MIXING,
    NUM_LAYERS,
    PENALTY,
    PENALTY_EVERY,
    SHAPE,
    SIZES,
    W_DIM,
    W_MOMENTUM,
)
from benchmarks.harness.data import colours
from benchmarks.harness.torch_side import as_tensor, num_parameters, settings
from benchmarks.harness.worker import Side

GAIN = math.sqrt(2)
NUM_STYLES = 2 * len(FILTERS)
POSITIONS = [size for size in SIZES for _ in range(2)]


class Linear(nn.Module):
    """A dense layer with an equalised learning rate."""

    def __init__(self, before, after, gain=1.0, rate=1.0, start=0.0, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before) / rate)
        self.bias = nn.Parameter(torch.full((after,), start)) if bias else None
        self.scale, self.rate = gain * rate / math.sqrt(before), rate

    def forward(self, x):
        """`scale x W + rate b`."""
        bias = self.bias if self.bias is None else self.bias * self.rate
        return F.linear(x, self.weight * self.scale, bias)


class Conv(nn.Module):
    """A convolution with an equalised learning rate that keeps the size."""

    def __init__(self, before, after, size, gain=GAIN):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before, size, size))
        self.bias = nn.Parameter(torch.zeros(after))
        self.scale = gain / math.sqrt(before * size * size)

    def forward(self, x):
        """The convolution with the scaled kernel."""
        padding = self.weight.shape[-1] // 2
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=padding)


class Styled(nn.Module):
    """Noise, leaky ReLU and adaptive instance normalisation."""

    def __init__(self, channels):
        super().__init__()
        self.strength = nn.Parameter(torch.full((channels, 1, 1), 0.1))
        self.to_scale = Linear(W_DIM, channels, start=1.0)
        self.to_shift = Linear(W_DIM, channels)

    def forward(self, h, w, noise):
        """The feature map with the moments of the style."""
        h = F.leaky_relu(h + self.strength * noise, 0.2)
        h = F.instance_norm(h, eps=1e-8)
        scale, shift = self.to_scale(w), self.to_shift(w)
        return h * scale[:, :, None, None] + shift[:, :, None, None]


class Generator(nn.Module):
    """Mapping and synthesis, as `kgen.networks.style_generator`."""

    def __init__(self):
        super().__init__()
        sizes = [LATENT_DIM] + [W_DIM] * NUM_LAYERS
        self.mapping = nn.ModuleList(
            Linear(*pair, GAIN, MAPPING_RATE) for pair in itertools.pairwise(sizes)
        )
        self.constant = nn.Parameter(torch.randn(FILTERS[0], SIZES[0], SIZES[0]))
        widths = [each for each in FILTERS for _ in range(2)]
        self.convolutions = nn.ModuleList(
            Conv(*pair, 3) for pair in itertools.pairwise(widths)
        )
        self.styles = nn.ModuleList(map(Styled, widths))
        self.output = Conv(FILTERS[-1], SHAPE[-1], 1, gain=1.0)

    def style(self, z):
        """`w` of latents, `(batch, w_dim)`."""
        h = z * torch.rsqrt((z**2).mean(dim=1, keepdim=True) + 1e-8)
        for layer in self.mapping:
            h = F.leaky_relu(layer(h), 0.2)
        return h

    def synthesis(self, w):
        """The images of styles `(batch, num_styles, w_dim)`, with fresh noise."""
        h = self.constant.expand(len(w), -1, -1, -1)
        for index, side in enumerate(POSITIONS):
            if index and index % 2 == 0:
                h = F.interpolate(h, scale_factor=2, mode="bilinear")
            if index:
                h = self.convolutions[index - 1](h)
            noise = torch.randn(len(w), 1, side, side)
            h = self.styles[index](h, w[:, index], noise)
        return 0.5 * torch.tanh(self.output(h)) + 0.5


class Discriminator(nn.Module):
    """`x -> (batch,)`, as `kgen.networks.style_discriminator`."""

    def __init__(self):
        super().__init__()
        filters = FILTERS[::-1]
        layers = [Conv(SHAPE[-1], filters[0], 1), nn.LeakyReLU(0.2)]
        for before, after in itertools.pairwise(filters):
            layers += [Conv(before, before, 3), nn.LeakyReLU(0.2)]
            layers += [Conv(before, after, 3), nn.LeakyReLU(0.2), nn.AvgPool2d(2)]
        deep = filters[-1]
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(
            *(Conv(deep + 1, deep, 3), nn.LeakyReLU(0.2), nn.Flatten()),
            *(Linear(deep * SIZES[0] ** 2, deep, GAIN), nn.LeakyReLU(0.2)),
            Linear(deep, 1, bias=False),
        )

    def forward(self, x):
        """Logits; the mean deviation over the batch is a feature."""
        h = self.body(2 * x - 1)
        stddev = (h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
        channel = stddev.expand(len(h), 1, *h.shape[2:])
        return self.head(torch.cat([h, channel], dim=1))[:, 0]


class Game:
    """The step of both networks by hand."""

    def __init__(self, adam, memory_format):
        self.generator = Generator().to(memory_format=memory_format)
        self.discriminator = Discriminator().to(memory_format=memory_format)
        self.average = copy.deepcopy(self.generator)
        self.w_average = torch.zeros(W_DIM)
        self.of_generator, self.of_discriminator = (
            torch.optim.Adam(network.parameters(), **adam)
            for network in (self.generator, self.discriminator)
        )
        self.steps = 0

    def generate(self):
        """Images of two mixed styles each."""
        w, other = (
            self.generator.style(torch.randn(BATCH_SIZE, LATENT_DIM)) for _ in range(2)
        )
        self.w_average.lerp_(w.detach().mean(dim=0), 1 - W_MOMENTUM)
        level = torch.randint(1, NUM_STYLES, (BATCH_SIZE, 1))
        level[torch.rand(BATCH_SIZE) >= MIXING] = NUM_STYLES
        coarse = (torch.arange(NUM_STYLES) < level)[:, :, None]
        return self.generator.synthesis(torch.where(coarse, w[:, None], other[:, None]))

    def play(self, x):
        """One step of the discriminator and one of the generator."""
        with torch.no_grad():
            fake = self.generate()
        loss = F.softplus(-self.discriminator(x)) + F.softplus(self.discriminator(fake))
        self.descend(loss.mean(), self.discriminator, self.of_discriminator)
        if self.steps % PENALTY_EVERY == 0:
            real = x.detach().requires_grad_()
            logits = self.discriminator(real).sum()
            (slope,) = torch.autograd.grad(logits, real, create_graph=True)
            penalty = PENALTY / 2 * (slope**2).sum(dim=(1, 2, 3)).mean()
            penalty = PENALTY_EVERY * penalty
            self.descend(penalty, self.discriminator, self.of_discriminator)
        loss = F.softplus(-self.discriminator(self.generate())).mean()
        self.descend(loss, self.generator, self.of_generator)
        self.steps += 1
        share = 1 - min(EMA, self.steps / (9 + self.steps))
        with torch.no_grad():
            averages = list(self.average.parameters())
            torch._foreach_lerp_(averages, list(self.generator.parameters()), share)

    def descend(self, loss, network, optimizer):
        """A step of one network's optimizer; no other gradients are computed."""
        optimizer.zero_grad()
        # A penalty does not depend on a bias of the last layers.
        loss.backward(inputs=list(network.parameters()))
        optimizer.step()


def game(adam, memory_format):
    """A variant: a loop around the step by hand."""
    players = Game(adam, memory_format)
    x = as_tensor(colours(8, BATCH_SIZE)).to(memory_format=memory_format)
    batches = x.split(BATCH_SIZE)

    def run(steps):
        for x in itertools.islice(itertools.cycle(batches), steps):
            players.play(x)

    networks = players.generator, players.discriminator
    return sum(map(num_parameters, networks)), run


if __name__ == "__main__":
    adam = {"lr": LEARNING_RATE, "betas": BETAS}
    Side({k: partial(game, *each) for k, each in settings(adam).items()}).serve()
