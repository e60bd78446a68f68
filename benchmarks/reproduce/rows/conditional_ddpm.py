"""A class-conditional diffusion model on MNIST.

At least 98 % of its samples should show the digit that was asked for.
"""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="DDPM with classes",
    published=None,
    recipe="ddpm",
    conditional=True,
    figures=("frechet_distance", "classification_performance"),
    num_samples=2_000,
    epochs=20,
)
