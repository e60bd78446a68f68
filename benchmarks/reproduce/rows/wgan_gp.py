"""A WGAN-GP on MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="WGAN-GP",
    published=None,
    recipe="wgan-gp",
    figures=("frechet_distance", "precision_recall", "class_coverage"),
    epochs=20,
)
