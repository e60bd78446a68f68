"""Shared by the families with pythae: its form of networks, loop and training."""

import math
import time

import torch
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder

from benchmarks.harness.data import BATCH_SIZE
from benchmarks.harness.torch_side import loop, num_parameters


class Encoder(BaseEncoder):
    """A network in the form of pythae's encoders.

    Args:
        network: Function from `x` to pythae's outputs `names`, side by side.
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
    """A network in the form of pythae's decoders."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, z):
        """The reconstruction."""
        return ModelOutput(reconstruction=self.network(z))


def pythae_loop(model, batch_size=BATCH_SIZE):
    """A model of pythae in a loop of its own, without pythae's trainer."""
    return loop(model, lambda x: model({"data": x}).loss, batch_size=batch_size)


def train(model, x, seconds):
    """Trains a model of pythae: batches of 64, Adam at 1e-3 with a cosine to 0.

    Args:
        model: The model.
        x: Tensor `(n, 1, height, width)`.
        seconds: Training time; the last epoch is finished.

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
