"""A StyleGAN on MNIST in 32x32."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="StyleGAN",
    published=None,
    recipe="stylegan",
    image_size=32,
    figures=("frechet_distance", "precision_recall", "class_coverage"),
    epochs=10,
)
