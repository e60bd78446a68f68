"""Diffusion in PyTorch: diffusers, and the classes of denoising-diffusion-pytorch."""

import functools
import itertools
from functools import partial

import torch
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel
from torch.nn import functional as F

from benchmarks.diffusion import (
    BATCH_SIZE,
    FILTERS,
    NUM_GROUPS,
    NUM_IMAGES,
    NUM_STEPS,
    NUM_TIMESTEPS,
    SIZE,
)
from benchmarks.harness.stubs import stub
from benchmarks.harness.torch_side import loop, num_parameters
from benchmarks.harness.worker import Side

CHANNELS_LAST = {"memory_format": torch.channels_last}


def unet():
    """`x_t, t -> noise`, the U-Net of diffusers."""
    return UNet2DModel(
        sample_size=SIZE,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=FILTERS,
        down_block_types=("DownBlock2D",) * len(FILTERS),
        up_block_types=("UpBlock2D",) * len(FILTERS),
        norm_num_groups=NUM_GROUPS,
        add_attention=False,
    )


def step(autocast=False, memory_format=torch.contiguous_format):
    """The training step of diffusers' guides, with PyTorch's fused Adam.

    Args:
        autocast: Whether the network runs in bfloat16.
        memory_format: Memory format of weights and images.
    """
    network, scheduler = unet(), DDPMScheduler(NUM_TIMESTEPS)

    def loss(x):
        noise = torch.randn_like(x)
        t = torch.randint(0, NUM_TIMESTEPS, (len(x),))
        x_t = scheduler.add_noise(2 * x - 1, noise, t)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            predicted = network(x_t, t).sample
        return F.mse_loss(predicted.float(), noise)

    return loop(
        network,
        loss,
        fused=True,
        batch_size=BATCH_SIZE,
        memory_format=memory_format,
    )


@functools.cache
def drawn_from(memory_format):
    """A network for inference, one for all samplers."""
    return unet().eval().to(memory_format=memory_format)


def sample(scheduler, num_steps, memory_format=torch.contiguous_format):
    """Draws with the loop of diffusers' pipelines, without their progress bars.

    Args:
        scheduler: Class of the scheduler.
        num_steps: Number of steps.
        memory_format: Memory format of weights and images.
    """
    network, scheduler = drawn_from(memory_format), scheduler(NUM_TIMESTEPS)
    scheduler.set_timesteps(num_steps)

    @torch.inference_mode()
    def run(count):
        for _ in itertools.repeat(None, count):
            x = torch.randn(NUM_IMAGES, 1, SIZE, SIZE).to(memory_format=memory_format)
            for t in scheduler.timesteps:
                x = scheduler.step(network(x, t).sample, t, x).prev_sample
            (x / 2 + 0.5).clamp(0, 1)

    return num_parameters(network), run


def own_network():
    """denoising-diffusion-pytorch's model with its U-Net of about this size."""
    # For pictures, scores and matching noise with images, none of which is used.
    stub("torchvision", "scipy", "scipy.optimize", "pytorch_fid")
    stub("pytorch_fid.fid_score", "pytorch_fid.inception")
    from denoising_diffusion_pytorch import GaussianDiffusion, Unet

    multiples = [width // FILTERS[0] for width in FILTERS]
    return GaussianDiffusion(
        Unet(FILTERS[0], dim_mults=multiples, channels=1),
        image_size=SIZE,
        timesteps=NUM_TIMESTEPS,
        sampling_timesteps=NUM_STEPS,
        objective="pred_noise",
        beta_schedule="linear",
    )


def own_step():
    """The training step of `own_network`, with PyTorch's fused Adam."""
    model = own_network()
    return loop(model, model, fused=True, batch_size=BATCH_SIZE)


def own_sample():
    """Draws of `own_network`: by DDIM if there are fewer steps than times."""
    model = own_network().eval()

    def run(count):
        for _ in itertools.repeat(None, count):
            model.sample(NUM_IMAGES)

    return num_parameters(model), run


if __name__ == "__main__":
    ddim = partial(sample, DDIMScheduler, NUM_STEPS)
    ancestral = partial(sample, DDPMScheduler, NUM_TIMESTEPS)
    Side(
        {
            "diffusers": step,
            "channels_last": partial(step, **CHANNELS_LAST),
            "autocast": partial(step, autocast=True, **CHANNELS_LAST),
            "own_network": own_step,
            "ddim": ddim,
            "ddim channels_last": partial(ddim, **CHANNELS_LAST),
            "ddim own_network": own_sample,
            "ancestral": ancestral,
            "ancestral channels_last": partial(ancestral, **CHANNELS_LAST),
            f"ancestral {NUM_STEPS}": partial(sample, DDPMScheduler, NUM_STEPS),
        }
    ).serve()
