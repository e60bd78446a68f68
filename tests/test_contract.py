"""The contract, for every recipe, with and without labels."""

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


@pytest.fixture(scope="module", params=MODELS, ids=IDS)
def case(request):
    name, num_classes = request.param
    rng = np.random.default_rng(0)
    x = (rng.random((11, *DATA_SHAPE)) < 0.4).astype("float32")
    labels = np.arange(11, dtype="int32") % 3 if num_classes else None
    return kgen.build(name, DATA_SHAPE, num_classes, **TINY), x, labels


@pytest.mark.parametrize("check", testing.CHECKS, ids=lambda check: check.__name__)
def test_check(case, check):
    check(*case)


def test_export(case, tmp_path_factory):
    folder = tmp_path_factory.mktemp("servable")
    testing.write_servable(*case, folder)
    EXPORTED.append(folder)


EXPORTED = []


def test_served_without_kgen():
    assert len(EXPORTED) == len(MODELS)
    testing.check_servables(EXPORTED)
