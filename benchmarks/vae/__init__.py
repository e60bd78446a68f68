"""The family `vae`: its comparison."""

from benchmarks.harness.comparison import VARIANTS, Comparison

LATENT_DIM = 2
NUM_SAMPLES = 200

COMPARISON = Comparison(
    name="vae",
    work="A VAE of 28x28x1 images with a Bernoulli likelihood, convolutions 32 and 64, "
    "a dense layer of 16, "
    f"{LATENT_DIM} latents; batch 128, Adam.",
    variants={**VARIANTS, "kgen fit(dataset), autotune on": ("kgen", "autotuned")},
    figures="Held-out nats",
    setting="Binarised digits, 1437 for training, 360 held out; importance-weighted "
    f"bound with {NUM_SAMPLES} draws, nats per image, smaller is better.",
    models={
        "pythae VAE, its default MLP, cosine": ("torch", "vae"),
        'kgen.build("vae"), its defaults': ("kgen", "vae"),
    },
    columns={"nats": ".2f"},
)
