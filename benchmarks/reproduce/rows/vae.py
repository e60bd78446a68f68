"""A VAE on binarised MNIST.

The paper's networks are two dense layers of 200 with 50 latents, and its bound is of
5,000 draws. Here they are the recipe's convolutions.
"""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="VAE",
    published="86.8 nats (Burda et al., 2016, one layer)",
    recipe="vae",
    settings={"latent_dim": 32},
    binarize="dynamic",
    ema=0.999,
    epochs=40,
)
