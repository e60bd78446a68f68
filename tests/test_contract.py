"""The contract, for every recipe, with and without a condition; much is slow."""

import keras
import numpy as np
import pytest

import kgen
from kgen import testing
from kgen.recipes import RECIPES

# Not square, odd, small: what a network must not take for granted.
DATA_SHAPE = (5, 6, 1)


def conditions(recipe):
    """Numbers of classes to build a recipe with."""
    if not recipe.takes_condition:
        return (None,)
    return (3,) if recipe.conditional else (None, 3)


MODELS = [
    (name, num_classes)
    for name, recipe in sorted(RECIPES.items())
    for num_classes in conditions(recipe)
]
# One recipe of each way to take a vector in the place of a class.
CONTEXT = "context"
MODELS += [
    (name, CONTEXT) for name in ("vae", "wgan-gp", "gated-pixelcnn", "improved-ddpm")
]
KINDS = {None: "unconditional", 3: "conditional", CONTEXT: CONTEXT}
IDS = [f"{name}-{KINDS[condition]}" for name, condition in MODELS]
# Checks of what a condition adds.
OF_CONDITION = {testing.check_bad_input, testing.check_labels}
# Checks of how a model is trained, not of what it is.
OF_TRAINING = {
    testing.check_average,
    testing.check_determinism,
    testing.check_inputs,
    testing.check_numbers,
    testing.check_precision,
    testing.check_replicas,
    testing.check_resume,
}
# Checks of what all recipes of a class have in common.
OF_CLASS = {testing.check_saving, testing.check_seeds, testing.check_shapes}


def is_variant(name, num_classes):
    """Whether it is the conditional form of a recipe that does without labels."""
    return num_classes is not None and not RECIPES[name].conditional


def is_slow(check, name, num_classes):
    if RECIPES[name].heavy:
        # Other heavy ones are trained by the tests of their own models.
        trained = check is testing.check_training and RECIPES[name].representative
        return not trained or is_variant(name, num_classes)
    if is_variant(name, num_classes):
        return not RECIPES[name].representative or check not in OF_CONDITION
    # One recipe of each way to train. What differs from them in a loss, a layer or a
    # setting is saved, drawn and shaped as they are.
    same = check in OF_TRAINING | OF_CLASS
    return same and not RECIPES[name].representative


def make(name, num_classes):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    shape = RECIPES[name].example_shape or DATA_SHAPE
    x = (rng.random((11, *shape)) < 0.4).astype("float32")
    labels = np.arange(11, dtype="int32") % 3 if num_classes == 3 else None
    sizes = {**RECIPES[name].tiny_for(shape), "seed": 0}
    if num_classes == CONTEXT:
        context = rng.normal(size=(11, 2)).astype("float32")
        return kgen.build(name, shape, context_shape=2, **sizes), x, context
    model = kgen.build(name, shape, num_classes, **sizes)
    if model.num_data_codes is not None:
        x = model.data_specs["x"].example(len(x), rng)
    return model, x, labels


CASES = [
    pytest.param(
        model,
        check,
        id=f"{name}-{check.__name__}",
        marks=[pytest.mark.slow] if is_slow(check, *model) else [],
    )
    for model, name in zip(MODELS, IDS, strict=True)
    for check in testing.CHECKS
]
# One model of each wing.
SERVED = {
    RECIPES[name].model.__module__.split(".")[1]: (name, condition)
    for name, condition in MODELS
    if RECIPES[name].representative and not RECIPES[name].heavy
    if not is_variant(name, condition)
}
SERVED = list(SERVED.values())


@pytest.fixture(scope="module")
def made():
    """The model of the running case; the next one takes its place."""
    return {}


@pytest.mark.parametrize(("model", "check"), CASES)
def test_check(made, model, check):
    if model not in made:
        made.clear()
        made[model] = make(*model)
    check(*made[model])


@pytest.mark.parametrize(
    "models",
    [
        SERVED,
        pytest.param([m for m in MODELS if m not in SERVED], marks=pytest.mark.slow),
    ],
    ids=["of_each_wing", "others"],
)
def test_served_without_kgen(models, tmp_path):
    """One process loads all exports."""
    folders = [tmp_path / f"{name}-{num_classes}" for name, num_classes in models]
    for folder, model in zip(folders, models, strict=True):
        testing.write_servable(*make(*model), folder)
    testing.check_servables(folders)
