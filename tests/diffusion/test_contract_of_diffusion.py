"""The contract for diffusion as it is used: with a U-Net, and of real numbers."""

import keras
import numpy as np
import pytest

import kgen
from kgen import testing

IMAGE = (5, 6, 1)
SETTINGS = {
    "unconditional": (IMAGE, None, {"filters": (4, 8)}),
    "conditional": (IMAGE, 3, {"filters": (4, 8)}),
    # They are standardised by weights that the first `fit` sets.
    "vectors": ((3,), None, {"hidden": (7,)}),
}
# Of one case; the others, and all else, are slow. `test_contract` checks the rest.
BY_DEFAULT = {testing.check_bad_input}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[] if name == "conditional" else pytest.mark.slow)
        for name in SETTINGS
    ],
)
def made(request):
    """A model, and data with labels if it takes them."""
    keras.utils.set_random_seed(0)
    shape, num_classes, settings = SETTINGS[request.param]
    model = kgen.build("ddpm", shape, num_classes, num_timesteps=4, seed=0, **settings)
    rng = np.random.default_rng(0)
    if shape == IMAGE:
        x = (rng.random((11, *shape)) < 0.4).astype("float32")
    else:
        x = rng.normal(5.0, 2.0, (11, *shape)).astype("float32")
    return model, x, None if num_classes is None else np.arange(11, dtype="int32") % 3


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, marks=[] if check in BY_DEFAULT else pytest.mark.slow)
        for check in testing.CHECKS
    ],
)
def test_check(made, check):
    check(*made)


@pytest.mark.slow
def test_served_without_kgen(made, tmp_path):
    testing.write_servable(*made, tmp_path)
    testing.check_servables([tmp_path])
