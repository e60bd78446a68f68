"""A class-conditional diffusion model on MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="DDPM with classes",
    published="none on MNIST; aim: 98 % of samples show the digit asked for",
    recipe="ddpm",
    conditional=True,
    figures=("frechet_distance", "classification_performance"),
    num_samples=2_000,
    epochs=20,
)
