"""A diffusion model on MNIST of 256 levels."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="DDPM",
    published=None,
    recipe="ddpm",
    figures=("frechet_distance", "precision_recall", "class_coverage"),
    num_samples=2_000,
    epochs=20,
)
