"""`kgen.build` refuses shapes and settings that no model can have, in one sentence."""

import inspect

import keras
import numpy as np
import pytest
from click.testing import CliRunner

import kgen
from kgen.cli import main
from kgen.core.config import constructor_arguments
from kgen.core.recipe import Recipe
from kgen.networks import MaxUnpool2D, Unpool2D
from kgen.recipes import RECIPES, defaults_of, register, settings_of

SHAPE = (4, 4, 1)


def shape_for(recipe):
    return RECIPES[recipe].example_shape or SHAPE


def codes_for(recipe):
    """The number of codes of a recipe whose data can only be ints."""
    found = RECIPES[recipe]
    tokens = found.data_codes and found.example_shape
    return {"num_codes": found.tiny["num_codes"]} if tokens else {}


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (None, "data_shape was given as None"),
        (8, r"as 8, .*For vectors of 8 numbers pass \(8,\)"),
        ((), r"as \(\)"),
        ("8x8", "as '8x8'"),
        ((8, 8, 0), r"as \(8, 8, 0\).*ints from 1 on"),
        ((8, -8, 1), "ints from 1 on"),
        ((8.0, 8.0, 1), "ints from 1 on"),
        ((True, 8, 1), "ints from 1 on"),
        ({8}, r"as \{8\}"),
        ({"x": 8}, "as {'x': 8}"),
        ((None, 8, 8, 1), r"with a batch axis.*Pass \(8, 8, 1\)"),
        ((None, None, 1), "all of them known"),
        ([[8, 8, 1]], r"as \[\[8, 8, 1\]\]"),
        (8.5, "as 8.5"),
    ],
)
@pytest.mark.parametrize("recipe", RECIPES)
def test_data_shape_is_the_shape_of_one_example(recipe, shape, message):
    num_classes = 2 if RECIPES[recipe].conditional else None
    with pytest.raises(ValueError, match=message):
        kgen.build(recipe, shape, num_classes)


@pytest.mark.parametrize("shape", [[4, 4, 1], np.array([4, 4, 1]), np.shape([[[0]]])])
def test_any_list_of_sizes_is_a_shape(shape):
    assert kgen.build("autoencoder", shape).data_shape == tuple(shape)


BAD = {
    "activation": ("nonsense", 3),
    "beta": (-1.0, np.nan, "1"),
    "beta_1": (1.0, -0.1),
    "dropout": (1.0, np.nan),
    "filters": (8, (8, 0), "8,8", (8.0,)),
    "hidden": (8, (-1,), "64,32"),
    "jit_compile": (1, "yes"),
    "kl_warmup_steps": (-1, "abc"),
    "latent_dim": (0, 2.5, "2", True),
    "learning_rate": (np.nan, np.inf, -1e-3, "fast"),
    "levels": (1, 2.5, "17"),
    "likelihood": (0, 2.5),
    "name": ("", 3, "a/b"),
    "network": (0, ["mlp"]),
    "num_blocks": (0, None),
    "num_steps": (0, 1.5),
    "seed": (-1, 1.5, "0", True),
    "spectral": ("nonsense", None, 1),
    "stddev": (0.0, -1.0, np.inf),
    "tied": ("yes",),
    "weight_decay": (-1.0, np.nan),
}


def said(setting):
    """What recipes say of a value, and what the classes say that check it."""
    return f"(given {setting}=|^{setting} was given as ).*but expects"


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_setting_of_no_sense_is_refused_by_name(recipe):
    num_classes = 2 if RECIPES[recipe].conditional else None
    tried, defaults = 0, defaults_of(RECIPES[recipe])
    for setting in BAD.keys() & set(settings_of(RECIPES[recipe])):
        for value in BAD[setting]:
            if value is None and defaults[setting] is None:
                continue  # It is the default.
            settings = {**codes_for(recipe), setting: value}
            with pytest.raises(ValueError, match=said(setting)):
                kgen.build(recipe, shape_for(recipe), num_classes, **settings)
            tried += 1
    assert tried > 10


@pytest.mark.parametrize("num_classes", [0, -1, 2.5, "3", True])
def test_the_number_of_classes_is_a_count(num_classes):
    with pytest.raises(ValueError, match="given num_classes=.*an int, 1 or larger"):
        kgen.build("vae", SHAPE, num_classes)


def test_schedules_and_numpys_numbers_are_settings():
    rate = keras.optimizers.schedules.CosineDecay(1e-3, 10)
    model = kgen.build("autoencoder", SHAPE, learning_rate=rate, latent_dim=np.int64(2))
    assert model.latent_shape == (2,)


@pytest.fixture
def float64():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(policy)


@pytest.mark.parametrize("recipe", RECIPES)
def test_double_precision_is_refused_by_name(recipe, float64):
    num_classes = 2 if RECIPES[recipe].conditional else None
    with pytest.raises(ValueError, match="floats are float64.*set_dtype_policy"):
        shape = shape_for(recipe)
        sizes = RECIPES[recipe].tiny_for(shape)
        kgen.build(recipe, shape, num_classes, **sizes)


def test_floats_of_double_precision_are_refused_too():
    keras.config.set_floatx("float64")
    try:
        with pytest.raises(ValueError, match="floats are float64.*set_floatx"):
            kgen.build("realnvp", (2,))
    finally:
        keras.config.set_floatx("float32")


@pytest.mark.parametrize(
    ("recipe", "shape", "settings", "needed"),
    [
        ("gan", (8, 8, 1), {"hidden": (4,)}, "network='mlp'"),
        ("gan", (2,), {"filters": (4,)}, "network='dcgan' or network='resnet'"),
        ("gan", (2,), {"conditioning": "concatenate"}, "num_classes"),
        (
            "gan",
            (8, 8, 1),
            {"network": "resnet", "upsample": "unpool"},
            "network='dcgan'",
        ),
        ("vae", (2,), {"upsample": "nearest"}, "network='conv'"),
        ("autoencoder", (8, 8, 1), {"filters": (4,)}, "network='conv'"),
        ("autoencoder", (2,), {"feature_weight": 2.0}, "feature_network"),
        ("ddpm", (8, 8, 1), {"activation": "relu"}, "network='mlp'"),
        ("ddpm", (2,), {"num_blocks": 2}, "network='unet'"),
        ("ddpm", (2,), {"label_dropout": 0.2}, "num_classes"),
        ("lstm", (4, 2), {"num_heads": 2}, "network='transformer'"),
    ],
)
def test_a_setting_without_effect_is_refused(recipe, shape, settings, needed):
    with pytest.raises(ValueError, match=f"has an effect only with {needed}"):
        kgen.build(recipe, shape, **settings)


def test_a_setting_is_used_where_what_it_needs_is_set():
    kgen.build("gan", (8, 8, 1), network="mlp", hidden=(4,))
    kgen.build("gan", (2,), context_shape=2, conditioning="concatenate", hidden=(4,))
    with pytest.raises(ValueError, match="without hidden layers it has no effect"):
        kgen.build("linear-autoencoder", (4,), activation="tanh")


ENLARGING = [name for name in RECIPES if "upsample" in settings_of(RECIPES[name])]
# One recipe of each function that builds them.
BUILDERS = {RECIPES[name].build: name for name in reversed(ENLARGING)}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[] if n in BUILDERS.values() else [pytest.mark.slow])
        for n in ENLARGING
    ],
)
def test_whatever_enlarges_images_trains_with_unpooling(name):
    recipe, shape = RECIPES[name], (5, 6, 1)
    settings = {**recipe.settings_for(shape), **recipe.tiny, "upsample": "unpool"}
    if "upsample" in recipe.needs:
        setting, (kind, *_) = recipe.needs["upsample"]
        settings[setting] = kind
    unused = recipe.unused(shape, settings)
    settings = {k: v for k, v in settings.items() if k not in unused}
    num_classes = 2 if recipe.conditional else None
    model = kgen.build(name, shape, num_classes, **settings)
    networks = [getattr(model, part, None) for part in recipe.networks]
    layers = [n.layers for n in networks if isinstance(n, keras.Model)]
    assert any(isinstance(n, (MaxUnpool2D, Unpool2D)) for n in sum(layers, []))
    rng = np.random.default_rng(0)
    data = {
        part: spec.example(6, rng)
        for part, spec in model.data_specs.items()
        if part in ("x", "y", "labels")
    }
    model.run_eagerly = True
    before = [np.array(weight) for weight in model.trainable_variables]
    logs = model.fit(data, batch_size=6, epochs=2, verbose=0).history
    assert all(np.isfinite(values).all() for values in logs.values())
    moved = sum(
        bool(np.any(old != np.array(weight)))
        for old, weight in zip(before, model.trainable_variables, strict=True)
    )
    assert moved > 0.7 * len(before)  # A unit of a tiny network may be dead.


def test_a_users_recipe_is_built_listed_and_removed():
    def narrow(data_shape, num_classes=None, width=2, **settings):
        sizes = {"hidden": (width,), "latent_dim": 1, "network": "mlp"}
        return kgen.build("vae", data_shape, num_classes, **sizes, **settings)

    own = Recipe(narrow, kgen.VAE, "a thin VAE", "mine", networks=("encoder",))
    register("thin-vae", own)
    try:
        assert kgen.build("thin-vae", (4,), width=3, beta=2.0).beta == 2.0
        assert "a thin VAE (mine)" in CliRunner().invoke(main, ["list"]).output
        assert "encoder" not in settings_of(own) and "decoder" in settings_of(own)
        with pytest.raises(ValueError, match="There is a recipe 'thin-vae' already"):
            register("thin-vae", own)
    finally:
        del RECIPES["thin-vae"]
    with pytest.raises(ValueError, match="Unknown recipe 'thin-vae'"):
        kgen.build("thin-vae", (4,))


def test_a_defect_below_a_recipe_does_not_read_as_the_users_fault():
    def broken(data_shape, num_classes=None):
        return data_shape.nothing

    register("broken", Recipe(broken, kgen.VAE, "a defect", "mine"))
    try:
        with pytest.raises(AttributeError, match="nothing"):
            kgen.build("broken", (4,))
    finally:
        del RECIPES["broken"]


@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_recipes_say_what_they_make_and_how_they_are_tiny(recipe):
    found = RECIPES[recipe]
    settings = set(settings_of(found))
    assert found.tiny and set(found.tiny) <= settings
    num_classes = 2 if found.conditional else None
    shape = shape_for(recipe)
    model = kgen.build(recipe, shape, num_classes, **found.tiny_for(shape))
    # `network` is the name of a kind, where a model has an argument of that name; a
    # builder may take a trained network.
    own = {"network", *inspect.signature(found.build).parameters}
    networks = {
        name
        for name in constructor_arguments(found.model)
        if isinstance(getattr(model, name), keras.Model) and name not in own
    }
    assert networks <= set(found.networks) and not networks & settings
