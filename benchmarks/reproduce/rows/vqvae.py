"""A VQ-VAE on MNIST, its squared error."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="VQ-VAE",
    published=None,
    recipe="vq-vae",
    figures=("psnr", "reconstruction_error"),
    epochs=10,
)
