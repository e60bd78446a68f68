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
MODELS += [(name, CONTEXT) for name in ("vae", "wgan-gp", "gated-pixelcnn", "ddpm")]
KINDS = {None: "unconditional", 3: "conditional", CONTEXT: CONTEXT}
IDS = [f"{name}-{KINDS[condition]}" for name, condition in MODELS]
OF_CONTEXT = {
    testing.check_bad_input,
    testing.check_labels,
    testing.check_saving,
    testing.check_shapes,
}
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


def is_variant(name, num_classes):
    """Whether it is the conditional form of a recipe that does without labels."""
    return num_classes is not None and not RECIPES[name].conditional


# Games of many networks, which trace long.
GAMES = {
    "adversarial-autoencoder",
    "cyclegan",
    "inpainter",
    "progressive-gan",
    "srgan",
    "srresnet",
    "stackgan",
    "stylegan",
    "supervised-translation",
    "vae-gan",
}


def is_slow(check, name, num_classes):
    if name in GAMES and check is not testing.check_training:
        return True
    if num_classes == CONTEXT:
        return check not in OF_CONTEXT
    variant, of_training = is_variant(name, num_classes), check in OF_TRAINING
    # One recipe of each way to train. What differs from them in a loss, a layer or a
    # setting is checked for training, and with labels, among the slow.
    if RECIPES[name].representative:
        return variant and of_training
    return variant or of_training


def make(name, num_classes):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    shape = RECIPES[name].example_shape or DATA_SHAPE
    x = (rng.random((11, *shape)) < 0.4).astype("float32")
    labels = np.arange(11, dtype="int32") % 3 if num_classes == 3 else None
    sizes = {**RECIPES[name].tiny_for(shape), "seed": 0}
    if num_classes == CONTEXT:
        context = rng.normal(size=(11, 2)).astype("float32")
        return kgen.build(name, shape, context_dim=2, **sizes), x, context
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
SERVED = [
    m
    for m in MODELS
    if RECIPES[m[0]].representative and m[0] not in GAMES and not is_variant(*m)
]


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
    ids=["representatives", "others"],
)
def test_served_without_kgen(models, tmp_path):
    """One process loads all exports."""
    folders = [tmp_path / f"{name}-{num_classes}" for name, num_classes in models]
    for folder, model in zip(folders, models, strict=True):
        testing.write_servable(*make(*model), folder)
    testing.check_servables(folders)
