"""A denoising autoencoder on MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="denoising autoencoder",
    published="none on MNIST",
    recipe="denoising-autoencoder",
    figures=("psnr", "reconstruction_error"),
    epochs=20,
)
