"""The contract, for every recipe, with and without a condition; much is slow."""

import keras
import numpy as np
import pytest

import kgen
from kgen import testing
from kgen.recipes import RECIPES, settings_of

# Not square, odd, small: what a network must not take for granted.
DATA_SHAPE = (5, 6, 1)
TINY = {"hidden": (7,), "filters": (4, 5), "latent_dim": 3, "seed": 0}
TINY |= {"width": 4, "head_filters": 4, "num_blocks": 1, "first_kernel_size": 3}
TINY |= {"num_steps": 2, "num_timesteps": 4}
# To trace a U-Net takes longer than all the rest: see `tests/diffusion`.
WITHOUT_UNET = ("ddpm", "flow-matching", "improved-ddpm")
TINY_OF = dict.fromkeys(WITHOUT_UNET, {"network": "mlp"})
TINY_OF |= dict.fromkeys(("wgan", "wgan-gp"), {"discriminator_steps": 2})
TINY_OF["gmn"] = {"worst_steps": 2}
TINY_OF["began"] = {"network": "dcgan"}  # Of small images it takes perceptrons.
MODELS = [
    (name, num_classes)
    for name, recipe in sorted(RECIPES.items())
    for num_classes in ((3,) if recipe.conditional else (None, 3))
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
# One recipe of each way to train. What differs from them in a loss, a layer or a
# setting is checked for training, and with labels, among the slow.
REPRESENTATIVES = {
    "autoencoder",
    "began",
    "contractive-autoencoder",
    "cvae",
    "gan",
    "gated-pixelcnn",
    "glow",
    "gmn",
    "improved-ddpm",
    "realnvp",
    "relativistic-gan",
    "transformer",
    "vae",
    "vq-vae",
    "wgan-gp",
}


def is_variant(name, num_classes):
    """Whether it is the conditional form of a recipe that does without labels."""
    return num_classes is not None and not RECIPES[name].conditional


def is_slow(check, name, num_classes):
    if num_classes == CONTEXT:
        return check not in OF_CONTEXT
    variant, of_training = is_variant(name, num_classes), check in OF_TRAINING
    if name in REPRESENTATIVES:
        return variant and of_training
    return variant or of_training


def make(name, num_classes):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = (rng.random((11, *DATA_SHAPE)) < 0.4).astype("float32")
    labels = np.arange(11, dtype="int32") % 3 if num_classes == 3 else None
    recipe = RECIPES[name]
    sizes = {key: size for key, size in TINY.items() if key in settings_of(recipe)}
    sizes |= TINY_OF.get(name, {})
    unused = recipe.unused(DATA_SHAPE, {**recipe.settings_for(DATA_SHAPE), **sizes})
    sizes = {key: size for key, size in sizes.items() if key not in unused}
    if num_classes == CONTEXT:
        context = rng.normal(size=(11, 2)).astype("float32")
        return kgen.build(name, DATA_SHAPE, context_dim=2, **sizes), x, context
    return kgen.build(name, DATA_SHAPE, num_classes, **sizes), x, labels


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
SERVED = [m for m in MODELS if m[0] in REPRESENTATIVES and not is_variant(*m)]


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
