"""A VQ-VAE on MNIST, and a gated PixelCNN over its words."""

from benchmarks.reproduce.prior import Prior
from benchmarks.reproduce.row import Row

ROW = Row(
    title="VQ-VAE with a PixelCNN prior",
    published=None,
    recipe="vq-vae",
    figures=("frechet_distance", "precision_recall", "class_coverage"),
    prior=Prior("gated-pixelcnn", epochs=20),
    epochs=10,
)
