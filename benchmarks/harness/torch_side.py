"""Shared by the families in PyTorch: layers, the loop, tensors."""

import itertools

import torch
from torch import nn

from benchmarks.harness.data import BATCH_SIZE, images

# Kernels that double the size of an image, by their own size.
_UP = {
    3: {"stride": 2, "padding": 1, "output_padding": 1},
    4: {"stride": 2, "padding": 1},
}


def convolutions(kernel_size=3):
    """Layers from an image to 64 channels, a quarter as high and wide."""
    return (
        *(nn.Conv2d(1, 32, kernel_size, 2, padding=1), nn.ReLU()),
        *(nn.Conv2d(32, 64, kernel_size, 2, padding=1), nn.ReLU()),
    )


def deconvolutions(channels, kernel_size=3):
    """Layers from `channels` channels to an image, four times as high and wide."""
    up = _UP[kernel_size]
    return (
        *(nn.ConvTranspose2d(channels, 64, kernel_size, **up), nn.ReLU()),
        *(nn.ConvTranspose2d(64, 32, kernel_size, **up), nn.ReLU()),
        nn.Conv2d(32, 1, 3, padding=1),
    )


def deconvolutions_of_vector(latent_dim):
    """Layers from a vector to a 28x28 image."""
    return (
        *(nn.Linear(latent_dim, 64 * 7 * 7), nn.ReLU(), nn.Unflatten(1, (64, 7, 7))),
        *deconvolutions(64),
    )


def loop(
    model,
    loss,
    fused=False,
    batch_size=BATCH_SIZE,
    memory_format=torch.contiguous_format,
    data=images,
):
    """A variant: steps of Adam.

    Args:
        model: Module with all parameters.
        loss: Function from a batch to the loss.
        fused: Whether Adam is PyTorch's fused one.
        batch_size: Rows of a batch.
        memory_format: Memory format of weights and images.
        data: Function from a number of steps and the rows of a batch to an array.
    """
    model.to(memory_format=memory_format)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=fused)
    x = as_tensor(data(8, batch_size)).to(memory_format=memory_format)
    batches = x.split(batch_size)

    def run(steps):
        for x in itertools.islice(itertools.cycle(batches), steps):
            optimizer.zero_grad()
            loss(x).backward()
            optimizer.step()

    return num_parameters(model), run


def settings(adam):
    """Arguments of Adam and the memory format of the variants by hand, by name.

    Args:
        adam: Arguments of Adam that all variants share.
    """
    contiguous, last = torch.contiguous_format, torch.channels_last
    return {
        "torch": (adam, contiguous),
        "fused": ({**adam, "fused": True}, contiguous),
        "channels_last": ({**adam, "fused": True}, last),
    }


def as_tensor(x):
    """An array as a tensor; images in PyTorch's order, channels first."""
    x = torch.from_numpy(x)
    return x.permute(0, 3, 1, 2).contiguous() if x.ndim == 4 else x


def num_parameters(model):
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters())
