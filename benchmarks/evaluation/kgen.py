"""Figures of quality in kgen."""

from benchmarks.evaluation import (
    DENSITY_NEIGHBORS,
    PRECISION_NEIGHBORS,
    SUBSET_SIZE,
    SUBSETS,
)
from benchmarks.evaluation.side import Figures
from kgen.metrics import (
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
)

FUNCTIONS = {
    "frechet": lambda real, fake: [frechet_distance(real, fake)],
    "kernel": lambda real, fake: [kernel_distance(real, fake, SUBSETS, SUBSET_SIZE)],
    "precision": lambda real, fake: precision_recall(
        real, fake, PRECISION_NEIGHBORS
    ).values(),
    "density": lambda real, fake: density_coverage(
        real, fake, DENSITY_NEIGHBORS
    ).values(),
}

if __name__ == "__main__":
    Figures(FUNCTIONS).serve()
