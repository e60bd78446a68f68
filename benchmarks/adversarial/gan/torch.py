"""The DCGAN in PyTorch: by hand, and with torchgan's losses."""

from torch.nn import functional as F

from benchmarks.adversarial.gan import BETAS, LEARNING_RATE
from benchmarks.adversarial.torch import (
    discriminator_step,
    game,
    games,
    generator_step,
)
from benchmarks.harness.worker import Side

ADAM = {"lr": LEARNING_RATE, "betas": BETAS}


def discriminator_loss(discriminator, x, fake):
    """`-log D(x) - log(1 - D(G(z)))`."""
    return F.softplus(-discriminator(x)).mean() + F.softplus(discriminator(fake)).mean()


def generator_loss(logits):
    """`-log D(G(z))`."""
    return F.softplus(-logits).mean()


def play(discriminator, generator, discriminators, generators, x):
    """A step by hand; `discriminators` and `generators` are the optimizers."""
    players = discriminator, generator
    discriminator_step(*players, discriminators, discriminator_loss, x)
    generator_step(*players, generators, generator_loss, len(x))


def torchgan():
    """The step with torchgan's two losses, which train the networks themselves."""
    from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss

    of_discriminator, of_generator = MinimaxDiscriminatorLoss(), MinimaxGeneratorLoss()

    def play(discriminator, generator, discriminators, generators, x):
        players = generator, discriminator
        of_discriminator.train_ops(*players, discriminators, x, x.device)
        of_generator.train_ops(*players, generators, x.device, len(x))

    return game(play, normalized=True, adam=ADAM)


if __name__ == "__main__":
    Side({**games(play, True, ADAM), "torchgan": torchgan}).serve()
