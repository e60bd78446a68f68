"""A StyleGAN on pictures in colour."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="StyleGAN, colour",
    published=None,
    recipe="stylegan",
    figures=("frechet_distance", "precision_recall"),
    num_samples=700,
    epochs=120,
    data=None,
    image_size=32,
    batch_size=64,
)
