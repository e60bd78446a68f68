"""A VQ-VAE on pictures in colour, and a gated PixelCNN over its words."""

from benchmarks.reproduce.prior import Prior
from benchmarks.reproduce.row import Row

ROW = Row(
    title="VQ-VAE with a PixelCNN prior, colour",
    published=None,
    recipe="vq-vae",
    settings={"num_codes": 128, "filters": (64, 128)},
    figures=("psnr", "reconstruction_error", "frechet_distance"),
    prior=Prior("gated-pixelcnn", epochs=60, settings={"dropout": 0.3}),
    num_samples=700,
    epochs=60,
    data=None,
    image_size=32,
    batch_size=64,
)
