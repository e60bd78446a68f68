"""The CycleGAN in PyTorch, by hand."""

import itertools
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.adversarial.cyclegan import (
    BATCH_SIZE,
    BETAS,
    CYCLE_WEIGHT,
    DATA,
    FILTERS,
    IDENTITY_WEIGHT,
    LEARNING_RATE,
    NUM_BLOCKS,
    POOL_SIZE,
    SHAPE,
)
from benchmarks.harness.torch_side import as_tensor, num_parameters, settings
from benchmarks.harness.worker import Side


def normalized(channels):
    """Instance normalisation with scale and shift, then ReLU."""
    return nn.InstanceNorm2d(channels, eps=1e-3, affine=True), nn.ReLU()


def mirrored(before, after, size):
    """A convolution that keeps the size, over reflected edges."""
    return nn.Conv2d(
        before, after, size, padding=size // 2, padding_mode="reflect", bias=False
    )


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels):
        super().__init__()
        self.change = nn.Sequential(
            *(mirrored(channels, channels, 3), *normalized(channels)),
            *(mirrored(channels, channels, 3), normalized(channels)[0]),
        )

    def forward(self, h):
        """The feature map and its change."""
        return h + self.change(h)


class Translator(nn.Module):
    """`x -> y`, as `kgen.networks.resnet_translator` with `residual=True`."""

    def __init__(self):
        super().__init__()
        channels, deep = SHAPE[-1], FILTERS[-1]
        down = (
            (nn.Conv2d(a, b, 3, 2, padding=1, bias=False), *normalized(b))
            for a, b in itertools.pairwise(FILTERS)
        )
        up = (
            (nn.ConvTranspose2d(a, b, 4, 2, padding=1, bias=False), *normalized(b))
            for a, b in itertools.pairwise(FILTERS[::-1])
        )
        last = nn.Conv2d(
            FILTERS[0], channels, 7, padding=3, padding_mode="reflect", bias=True
        )
        self.network = nn.Sequential(
            *(mirrored(channels, FILTERS[0], 7), *normalized(FILTERS[0])),
            *itertools.chain.from_iterable(down),
            *(Block(deep) for _ in range(NUM_BLOCKS)),
            *itertools.chain.from_iterable(up),
            *(last, nn.Tanh()),
        )
        nn.init.zeros_(last.weight)

    def forward(self, x):
        """The image with a change, in [0, 1]."""
        return (x + self.network(2 * x - 1)).clamp(0, 1)


def discriminator():
    """Logits of patches, as `kgen.networks.patch_discriminator`."""
    layers = [nn.Conv2d(SHAPE[-1], FILTERS[0], 4, 2, padding=1), nn.LeakyReLU(0.2)]
    halving, same = {"stride": 2, "padding": 1}, {"padding": "same"}
    for before, after in itertools.pairwise(FILTERS):
        size = same if after == FILTERS[-1] else halving
        layers += [nn.Conv2d(before, after, 4, bias=False, **size)]
        layers += [normalized(after)[0], nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(FILTERS[-1], 1, 4, padding="same"))


class Pool:
    """Past translations; half of the new ones are exchanged for some of them."""

    def __init__(self):
        self.examples = None

    def exchange(self, new):
        """Translations for the discriminator."""
        if self.examples is None:
            copies = -(-POOL_SIZE // len(new))
            self.examples = new.repeat(copies, 1, 1, 1)[:POOL_SIZE]
        place = torch.randperm(POOL_SIZE)[: len(new)]
        enters = torch.rand(len(new), 1, 1, 1) < 0.5
        old = self.examples[place]
        self.examples[place] = torch.where(enters, new, old)
        return torch.where(enters, old, new)


def generators_loss(networks, x, y):
    """The loss of both translators, and their translations."""
    there, back, of_x, of_y = networks
    fake_y, fake_x = there(x), back(y)
    adversarial = ((of_x(fake_x) - 1) ** 2).mean() + ((of_y(fake_y) - 1) ** 2).mean()
    cycle = F.l1_loss(back(fake_y), x) + F.l1_loss(there(fake_x), y)
    identity = F.l1_loss(back(x), x) + F.l1_loss(there(y), y)
    loss = adversarial + CYCLE_WEIGHT * cycle + IDENTITY_WEIGHT * identity
    return loss, fake_x.detach(), fake_y.detach()


def distinction(network, real, fake):
    """The loss of a discriminator."""
    return ((network(real) - 1) ** 2).mean() + (network(fake) ** 2).mean()


def game(adam, memory_format):
    """A variant: a loop around the step by hand."""
    networks = (Translator(), Translator(), discriminator(), discriminator())
    networks = [network.to(memory_format=memory_format) for network in networks]
    players = [
        [parameter for network in pair for parameter in network.parameters()]
        for pair in (networks[:2], networks[2:])
    ]
    generators, discriminators = (torch.optim.Adam(each, **adam) for each in players)
    pools = Pool(), Pool()
    domains = [as_tensor(each) for each in DATA(8, BATCH_SIZE)]
    domains = [each.to(memory_format=memory_format) for each in domains]
    batches = list(zip(*(each.split(BATCH_SIZE) for each in domains), strict=True))

    def play(x, y):
        loss, fake_x, fake_y = generators_loss(networks, x, y)
        generators.zero_grad()
        loss.backward(inputs=players[0])
        generators.step()
        fake_x, fake_y = pools[0].exchange(fake_x), pools[1].exchange(fake_y)
        loss = distinction(networks[2], x, fake_x)
        loss = loss + distinction(networks[3], y, fake_y)
        discriminators.zero_grad()
        loss.backward()
        discriminators.step()

    def run(steps):
        for batch in itertools.islice(itertools.cycle(batches), steps):
            play(*batch)

    return sum(map(num_parameters, networks)), run


if __name__ == "__main__":
    adam = {"lr": LEARNING_RATE, "betas": BETAS}
    Side({k: partial(game, *each) for k, each in settings(adam).items()}).serve()
