"""The family `diffusion`: its comparison."""

from benchmarks.harness.calls import Calls
from benchmarks.harness.comparison import KGEN, LIMIT, Comparison
from benchmarks.harness.peaks import Peaks

BATCH_SIZE = 64
SIZE = 28
FILTERS = (32, 64)
NUM_GROUPS = 8
NUM_TIMESTEPS = 1000
NUM_STEPS = 50  # Steps of DDIM, and of the short ancestral chain.
NUM_IMAGES = 16  # Images drawn at once.

DIFFUSERS = "diffusers"
CHANNELS_LAST = "diffusers, channels last"
OWN_NETWORK = "denoising-diffusion-pytorch"
AUTOCAST = "diffusers, autocast to bfloat16, channels last"
FLOAT32 = "kgen fit(dataset), float32"
PASSES = "passes of kgen's network alone"
APART = f"{OWN_NETWORK} has a network of its own, with attention."


def draws(sampler, variant, num_steps, others=(), **settings):
    """The table of drawing times.

    Args:
        sampler: kgen's sampler, as text.
        variant: Name of the sampler in the processes.
        num_steps: Number of evaluations of the network.
        others: Titles of further peers.
        **settings: Arguments of `Calls`.
    """
    title = f"kgen sample({NUM_IMAGES}, sampler={sampler})"
    return Calls(
        title=f"Draws in {num_steps} steps",
        work=f"{NUM_IMAGES} images in one call, from noise to images in [0, 1]. The "
        f"last row is {num_steps} evaluations of the network alone, each a call of a "
        f"`tf.function`.{' ' if others else ''}{APART if others else ''}",
        variants={
            DIFFUSERS: ("torch", variant),
            CHANNELS_LAST: ("torch", f"{variant} channels_last"),
            **{name: ("torch", f"{variant} own_network") for name in others},
            title: ("kgen", variant),
            PASSES: ("kgen", f"passes {num_steps}"),
        },
        references={
            "/ diffusers": DIFFUSERS,
            "/ channels last": CHANNELS_LAST,
            "/ passes": PASSES,
        },
        others=others,
        **settings,
    )


BFLOAT16 = Calls(
    title="Training step in bfloat16",
    work="The same step; in kgen under the policy `mixed_bfloat16`.",
    variants={
        AUTOCAST: ("torch", "autocast"),
        f"{LIMIT}, mixed_bfloat16": ("kgen", "bfloat16 bare"),
        "kgen fit(dataset), mixed_bfloat16": ("kgen", "bfloat16 dataset"),
        FLOAT32: ("kgen", "dataset"),
    },
    references={
        "/ autocast": AUTOCAST,
        "/ bare loop": f"{LIMIT}, mixed_bfloat16",
        "/ kgen float32": FLOAT32,
    },
    count=10,
    unit="step",
)

MEMORY = Peaks(
    title="Memory of drawing",
    work=f"{NUM_IMAGES} images, ancestral; kgen's call traces its graph.",
    calls={
        f"{NUM_STEPS} steps": f"ancestral {NUM_STEPS}",
        f"{NUM_TIMESTEPS} steps": "ancestral",
    },
    sides={"diffusers": "torch", "kgen": "kgen"},
)

COMPARISON = Comparison(
    name="diffusion",
    work=f"Denoising diffusion of {SIZE}x{SIZE}x1 images, T = {NUM_TIMESTEPS}: the "
    f"U-Net of diffusers with {FILTERS} channels, one block for each size, "
    f"normalisation in {NUM_GROUPS} groups and no attention; batch {BATCH_SIZE}, Adam, "
    f"in PyTorch the fused one. {APART}",
    variants={
        DIFFUSERS: ("torch", "diffusers"),
        CHANNELS_LAST: ("torch", "channels_last"),
        OWN_NETWORK: ("torch", "own_network"),
        **KGEN,
    },
    references={
        "/ diffusers": DIFFUSERS,
        "/ channels last": CHANNELS_LAST,
        "/ bare loop": LIMIT,
    },
    others=(OWN_NETWORK,),
    steps=20,
    fit_lengths=(),
    calls=(
        BFLOAT16,
        draws(f"DDIM({NUM_STEPS})", "ddim", NUM_STEPS, (OWN_NETWORK,), count=2),
        # A call takes half a minute or more.
        draws("Ancestral()", "ancestral", NUM_TIMESTEPS, count=1, most_rounds=3),
        MEMORY,
    ),
    peers=("torch", "diffusers", "denoising_diffusion_pytorch"),
)
