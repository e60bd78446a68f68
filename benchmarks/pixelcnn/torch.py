"""The PixelCNN in PyTorch: by hand, with pythae's layers, and pythae's class."""

import itertools
from functools import partial

import torch
from pythae.models.normalizing_flows import PixelCNN, PixelCNNConfig
from pythae.models.normalizing_flows.pixelcnn.utils import MaskedConv2d
from torch import nn
from torch.nn import functional as F

from benchmarks.harness.pythae_side import pythae_loop
from benchmarks.harness.torch_side import loop, num_parameters
from benchmarks.harness.worker import Side
from benchmarks.pixelcnn import BATCH_SIZE, NUM_BLOCKS, SIZE


class Masked(nn.Conv2d):
    """A convolution of earlier pixels only; it takes the arguments of pythae's."""

    def __init__(self, mask_type, channels, filters, size, stride=1, padding=0):
        super().__init__(channels, filters, size, stride, padding)
        seen = size * (size // 2) + size // 2 + (mask_type == "B")
        mask = torch.arange(size * size).reshape(size, size) < seen
        self.register_buffer("mask", mask.to(self.weight.dtype))

    def forward(self, x):
        """The convolution, with zeros for the masked taps."""
        kernel = self.weight * self.mask
        return F.conv2d(x, kernel, self.bias, padding=self.padding)


class Block(nn.Sequential):
    """A residual block."""

    def forward(self, x):
        """The input plus the output of the layers."""
        return x + super().forward(x)


def pixelcnn(masked):
    """Image -> logits.

    Args:
        masked: Class of the masked convolutions.
    """

    def block():
        return Block(
            *(nn.Conv2d(64, 64, 1), nn.ReLU()),
            *(masked("B", 64, 32, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(32, 64, 1), nn.ReLU()),
        )

    return nn.Sequential(
        *(masked("A", 1, 64, 7, padding=3), nn.ReLU()),
        *(block() for _ in range(NUM_BLOCKS)),
        *(masked("B", 64, 64, 1), nn.ReLU()),
        *(masked("B", 64, 64, 1), nn.ReLU()),
        nn.Conv2d(64, 1, 1),
    )


def by_hand(masked=Masked, memory_format=torch.contiguous_format):
    """The step by hand, with PyTorch's fused Adam."""
    network = pixelcnn(masked)

    def loss(x):
        logits = network(x)
        losses = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return losses / len(x)

    return loop(
        network,
        loss,
        fused=True,
        batch_size=BATCH_SIZE,
        memory_format=memory_format,
    )


class TwoLogits(nn.Module):
    """Logits of 0 and 1; the logit of 0 is always 0."""

    def forward(self, x):
        """`(batch, 2, height, width)` of the logits of 1."""
        return torch.cat([torch.zeros_like(x), x], dim=1)


def pythae():
    """pythae's class, whose loss is a mean over pixels, with this network."""
    model = PixelCNN(PixelCNNConfig(input_dim=(1, SIZE, SIZE), n_embeddings=2))
    model.net = nn.Sequential(pixelcnn(MaskedConv2d), TwoLogits())
    return pythae_loop(model, BATCH_SIZE)


def naive():
    """Draws with the whole network again for each pixel."""
    network = pixelcnn(Masked)

    @torch.no_grad()
    def run(num_images):
        x = torch.zeros(num_images, 1, SIZE, SIZE)
        for row, column in itertools.product(range(SIZE), repeat=2):
            logits = network(x)[..., row, column]
            x[..., row, column] = torch.bernoulli(torch.sigmoid(logits))

    return num_parameters(network), run


if __name__ == "__main__":
    variants = {
        "torch": by_hand,
        "channels_last": partial(by_hand, memory_format=torch.channels_last),
        "pythae_layers": partial(by_hand, MaskedConv2d),
        "pythae": pythae,
    }
    Side({**variants, "naive": naive}).serve()
