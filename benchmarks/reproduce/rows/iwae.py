"""An importance-weighted autoencoder on binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="IWAE, 8 draws",
    published="84.8 nats of 50 draws (Burda et al., 2016, one layer)",
    recipe="iwae",
    settings={"latent_dim": 32},
    binarize="dynamic",
    ema=0.999,
    epochs=10,
)
