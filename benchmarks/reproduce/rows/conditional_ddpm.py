"""A class-conditional diffusion model on MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="DDPM with classes",
    published="none; asked digits, 98 % wanted",
    recipe="ddpm",
    conditional=True,
    figures=("frechet_distance", "classification_performance"),
    num_samples=2_000,
    epochs=20,
)
