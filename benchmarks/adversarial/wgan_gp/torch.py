"""The WGAN-GP in PyTorch: by hand, and with torchgan's losses."""

import torch

from benchmarks.adversarial.torch import (
    discriminator_step,
    game,
    games,
    generator_step,
)
from benchmarks.adversarial.wgan_gp import BETAS, CRITIC_STEPS, LEARNING_RATE, PENALTY
from benchmarks.harness.worker import Side

ADAM = {"lr": LEARNING_RATE, "betas": BETAS}


def critic_loss(critic, x, fake):
    """`D(G(z)) - D(x)` and the penalty."""
    alpha = torch.rand(len(x), 1, 1, 1)
    between = (alpha * x + (1 - alpha) * fake).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return critic(fake).mean() - critic(x).mean() + PENALTY * penalty


def generator_loss(logits):
    """`-D(G(z))`."""
    return -logits.mean()


def play(critic, generator, critics, generators, x):
    """A step by hand; `critics` and `generators` are the optimizers."""
    players = critic, generator
    for _ in range(CRITIC_STEPS):
        discriminator_step(*players, critics, critic_loss, x)
    generator_step(*players, generators, generator_loss, len(x))


def torchgan():
    """The step with torchgan's three losses, which train the networks themselves."""
    from torchgan import losses

    of_critic = losses.WassersteinDiscriminatorLoss()
    of_slope = losses.WassersteinGradientPenalty(lambd=PENALTY)
    of_generator = losses.WassersteinGeneratorLoss()

    def play(critic, generator, critics, generators, x):
        players = generator, critic
        for _ in range(CRITIC_STEPS):
            of_critic.train_ops(*players, critics, x, x.device)
            of_slope.train_ops(*players, critics, x, x.device)
        of_generator.train_ops(*players, generators, x.device, len(x))

    return game(play, normalized=False, adam=ADAM)


if __name__ == "__main__":
    Side({**games(play, False, ADAM), "torchgan": torchgan}).serve()
