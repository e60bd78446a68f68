"""A diffusion model on pictures in colour."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="DDPM, colour",
    published=None,
    recipe="ddpm",
    figures=("frechet_distance", "precision_recall"),
    num_samples=700,
    epochs=80,
    data=None,
    image_size=32,
    batch_size=64,
)
