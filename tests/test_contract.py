"""The contract, for every recipe, with and without labels."""

import keras
import numpy as np
import pytest

import kgen
from kgen import testing
from kgen.recipes import RECIPES

# Not square, odd, small: what a network must not take for granted.
DATA_SHAPE = (5, 6, 1)
TINY = {"hidden": (7,), "filters": (4, 5), "latent_dim": 3, "seed": 0}
MODELS = [
    (name, num_classes)
    for name, recipe in sorted(RECIPES.items())
    for num_classes in ((3,) if recipe.conditional else (None, 3))
]
IDS = [f"{name}-{'conditional' if c else 'unconditional'}" for name, c in MODELS]


def make(name, num_classes):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = (rng.random((11, *DATA_SHAPE)) < 0.4).astype("float32")
    labels = np.arange(11, dtype="int32") % 3 if num_classes else None
    return kgen.build(name, DATA_SHAPE, num_classes, **TINY), x, labels


@pytest.fixture(scope="module", params=MODELS, ids=IDS)
def case(request):
    return make(*request.param)


@pytest.mark.parametrize("check", testing.CHECKS, ids=lambda check: check.__name__)
def test_check(case, check):
    check(*case)


def test_served_without_kgen(tmp_path):
    """One process loads the export of every recipe."""
    folders = [tmp_path / name for name in IDS]
    for folder, model in zip(folders, MODELS, strict=True):
        testing.write_servable(*make(*model), folder)
    testing.check_servables(folders)
