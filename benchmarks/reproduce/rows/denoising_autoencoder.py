"""A denoising autoencoder on MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="denoising autoencoder",
    published=None,
    recipe="denoising-autoencoder",
    figures=("psnr", "reconstruction_error"),
    epochs=20,
)
