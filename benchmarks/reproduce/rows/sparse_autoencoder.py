"""A sparse autoencoder on MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="sparse autoencoder",
    published=None,
    recipe="sparse-autoencoder",
    figures=("psnr", "reconstruction_error"),
    epochs=20,
)
