"""What the families share in PyTorch: layers, the loop, training for some time."""

import itertools
import math
import time

import torch
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from torch import nn

from benchmarks.data import BATCH_SIZE, images

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
    """Layers from so many channels to an image, four times as high and wide."""
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


class Encoder(BaseEncoder):
    """A network as pythae wants an encoder.

    Args:
        network: From `x` to what pythae calls by `names`, side by side.
        names: Names of the equal parts of the output.
    """

    def __init__(self, network, names=("embedding",)):
        super().__init__()
        self.network = network
        self.names = names

    def forward(self, x):
        """The parts of the network's output by name."""
        parts = self.network(x).chunk(len(self.names), dim=1)
        return ModelOutput(**dict(zip(self.names, parts, strict=True)))


class Decoder(BaseDecoder):
    """A network as pythae wants a decoder."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, z):
        """The reconstruction."""
        return ModelOutput(reconstruction=self.network(z))


def pythae_loop(model, batch_size=BATCH_SIZE):
    """A model of pythae in a loop of its own, without pythae's trainer."""
    return loop(model, lambda x: model({"data": x}).loss, batch_size=batch_size)


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
        memory_format: Of weights and images.
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


def train(model, x, seconds):
    """Trains a model of pythae: batches of 64, Adam at 1e-3 with a cosine to 0.

    Args:
        model: The model.
        x: Tensor `(n, 1, height, width)`.
        seconds: Of training; the epoch in which they end is finished.

    Returns:
        Dictionary of the number of parameters, the steps and the seconds.
    """
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    steps, start = 0, time.perf_counter()
    while (progress := (time.perf_counter() - start) / seconds) < 1:
        for rows in torch.randperm(len(x)).split(64):
            for group in optimizer.param_groups:
                group["lr"] = 0.5e-3 * (1 + math.cos(math.pi * progress))
            optimizer.zero_grad()
            model({"data": x[rows]}).loss.backward()
            optimizer.step()
            steps += 1
    seconds = time.perf_counter() - start
    model.eval()
    return {"parameters": num_parameters(model), "steps": steps, "seconds": seconds}


def as_tensor(x):
    """An array as a tensor, images in PyTorch's order: channels before the sides."""
    x = torch.from_numpy(x)
    return x.permute(0, 3, 1, 2).contiguous() if x.ndim == 4 else x


def num_parameters(model):
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters())
