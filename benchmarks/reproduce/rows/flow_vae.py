"""A VAE with a flow behind its posterior and one as its prior, on binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="VAE, IAF posterior, MAF prior",
    published="79.1 nats with a deep ResNet and IAF (Kingma et al., 2016)",
    recipe="flow-vae",
    settings={"latent_dim": 32, "num_latent_steps": 4, "latent_hidden": (256,)},
    binarize="dynamic",
    ema=0.999,
    epochs=40,
)
