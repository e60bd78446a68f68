"""Figures beside torch-fidelity 0.4.0, torchmetrics 1.9.0 and prdc 0.2.

The numbers were computed once with these packages, from the same arrays in float64. Of
two numbers for a figure the first is torch-fidelity's.
"""

import numpy as np
import pytest

from kgen.metrics import (
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
)


def sets(width):
    rng = np.random.default_rng(0)
    real = rng.normal(size=(300, width))
    return real, rng.normal(size=(260, width)) * 1.1 + 0.05


def test_frechet_distance():
    """torch-fidelity's FID, and torchmetrics' `FrechetInceptionDistance`."""
    expected = (0.361066490329204, 0.361066490329204)
    assert frechet_distance(*sets(8)) == pytest.approx(expected[0], rel=1e-11)
    assert frechet_distance(*sets(8)) == pytest.approx(expected[1], rel=1e-11)


def test_frechet_distance_of_fewer_rows_than_features():
    """Covariances are singular: theirs is 1.8e-4 too small, by roots of what rounds."""
    expected = (3164.8401387114445, 3164.8401274469734)
    found = frechet_distance(*sets(2048))
    assert found == pytest.approx(expected[0], rel=1e-7)
    assert found == pytest.approx(expected[1], rel=1e-7)
    # The sum of singular values of R1 R2^T, with R by a QR decomposition of the rows.
    assert found == pytest.approx(3164.840316464186, rel=1e-12)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (8, (0.0733151734270554, 0.07331517342705496)),
        (2048, (0.007038295383786419, 0.007038295383786419)),
    ],
)
def test_kernel_distance(width, expected):
    """torch-fidelity's KID, and torchmetrics' `KernelInceptionDistance`, of one subset.

    All three are the estimate without bias of the squared maximum mean discrepancy.
    Theirs takes equally many rows of both sets: here all 260 of the smaller one.
    """
    real, fake = sets(width)
    found = kernel_distance(real[:260], fake)
    assert found == pytest.approx(expected[0], rel=1e-11)
    assert found == pytest.approx(expected[1], rel=1e-11)


def test_kernel_distance_in_single_precision():
    real, fake = (rows.astype("float32") for rows in sets(2048))
    found = kernel_distance(real[:260], fake)
    assert found == pytest.approx(0.007038295383786419, abs=1e-8)


def test_precision_and_recall():
    """torch-fidelity's, which it gives in float32, and prdc's."""
    found = precision_recall(*sets(8), 3)
    assert found == pytest.approx(
        {"precision": 0.7461538314819336, "recall": 0.9166666865348816}, abs=1e-7
    )
    assert found == {"precision": 0.7461538461538462, "recall": 0.9166666666666666}
    found = precision_recall(*sets(8), 5)
    assert found == {"precision": 0.8615384615384616, "recall": 0.9433333333333334}


@pytest.mark.parametrize(
    ("num_neighbors", "density", "coverage"),
    [(3, 0.7756410256410257, 0.75), (5, 0.806923076923077, 0.8933333333333333)],
)
def test_density_and_coverage(num_neighbors, density, coverage):
    """prdc's; its balls leave their edge out, where no example lies here."""
    found = density_coverage(*sets(8), num_neighbors)
    assert found == pytest.approx({"density": density, "coverage": coverage}, rel=1e-15)


def test_all_samples_off_the_data():
    """Deviations 1.1 times as large: outside all balls, for torch-fidelity and prdc."""
    assert precision_recall(*sets(2048), 3) == {"precision": 0.0, "recall": 1.0}
    assert density_coverage(*sets(2048), 3) == {"density": 0.0, "coverage": 0.0}
