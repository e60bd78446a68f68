"""The contract for diffusion with a U-Net."""

import keras
import numpy as np
import pytest

import kgen
from kgen import testing

SHAPE = (5, 6, 1)
X = (np.random.default_rng(0).random((11, *SHAPE)) < 0.4).astype("float32")
LABELS = np.arange(11, dtype="int32") % 3


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(None, id="unconditional", marks=pytest.mark.slow),
        pytest.param(3, id="conditional"),
    ],
)
def made(request):
    """A model, and data with labels if it takes them."""
    keras.utils.set_random_seed(0)
    settings = {"filters": (4, 8), "num_timesteps": 4, "seed": 0}
    model = kgen.build("ddpm", SHAPE, request.param, **settings)
    return model, X, None if request.param is None else LABELS


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(
            check,
            marks=[] if check is testing.verb_checks.check_seeds else pytest.mark.slow,
        )
        for check in testing.CHECKS
    ],
)
def test_check(made, check):
    check(*made)


@pytest.mark.slow
def test_served_without_kgen(made, tmp_path):
    testing.write_servable(*made, tmp_path)
    testing.check_servables([tmp_path])
