"""What is passed to `fit` and `build` is used as it is, or refused in a sentence."""

import importlib.util
import pathlib
import warnings

import keras
import numpy as np
import pandas
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kgen
from kgen.core.checks.data import data_errors, with_value_checks
from kgen.core.training.datasets import as_datasets
from kgen.recipes import RECIPES, settings_of

_PATH = pathlib.Path(__file__).parents[1] / "forbidden.py"
_SPEC = importlib.util.spec_from_file_location("forbidden", _PATH)
forbidden = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(forbidden)

QUICK = {"deadline": None, "derandomize": True, "database": None}
QUICK |= {"suppress_health_check": list(HealthCheck)}
SHAPE = (2, 2, 1)


@pytest.fixture(scope="module")
def models():
    sizes = {"latent_dim": 2, "network": "mlp", "seed": 0}
    return {
        "autoencoder": kgen.build("autoencoder", SHAPE, **sizes),
        "conditional": kgen.build("autoencoder", SHAPE, 3, **sizes),
        "points": kgen.build("realnvp", (2,), num_steps=1, hidden=(2,)),
    }


def in_a_sentence(error):
    """Asserts that an error speaks to a user."""
    text = str(error)
    assert "\n" not in text and text.rstrip().endswith("."), text
    assert 20 < len(text) < 1000, text
    for words in forbidden.FORBIDDEN:
        assert words not in text, text


NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-300, 300),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.lists(st.integers(0, 1), max_size=3),
    st.lists(st.lists(st.floats(0, 1), max_size=2), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.sampled_from([object, object(), print, np.nan, {1}, range(3), 1j, ...]),
)
DTYPES = ("float32", "float64", "float16", "int32", "int64", "uint8", "bool", "object")
DTYPES += ("complex64", "U3", "longdouble")
GOOD_DTYPES = ("float32", "float64", "float16", "bool", "object")
GOOD_CONTAINERS = ("array", "array", "list", "tuple")
CONTAINERS = {
    "array": lambda v: v,
    "tensor": tf.constant,
    "list": lambda v: v.tolist(),
    "tuple": lambda v: tuple(v.tolist()),
    "masked": lambda v: np.ma.masked_array(
        v, mask=np.arange(v.size).reshape(v.shape) < 1
    ),
    "frame": lambda v: pandas.DataFrame(v.reshape(len(v), -1)) if v.size else v,
    "series": lambda v: pandas.Series(v.reshape(-1)),
    "ragged": lambda v: tf.RaggedTensor.from_tensor(tf.constant(v)),
    "nested": lambda v: [v],
    "named": lambda v: {"x": v},
}


@st.composite
def arrays(draw, shapes):
    """An array in some container; half of them are such as a model takes."""
    if draw(st.booleans()):
        rng = np.random.default_rng(draw(st.integers(0, 100)))
        values = rng.integers(0, 1, size=shapes[0], endpoint=True)
        kinds = GOOD_DTYPES if len(shapes[0]) > 1 else ("int32", "int64", "uint8")
        values = values.astype(draw(st.sampled_from(kinds)))
        return CONTAINERS[draw(st.sampled_from(GOOD_CONTAINERS))](values)
    shape = draw(st.sampled_from(shapes))
    low, high = draw(st.sampled_from([(0, 1), (0, 1), (0, 255), (-1, 1), (0, 2)]))
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    values = rng.integers(low, high, size=shape, endpoint=True)
    if draw(st.booleans()):
        values = rng.uniform(low, high, size=shape)
    spoiled = draw(st.sampled_from([None, None, None, np.nan, np.inf]))
    if spoiled is not None and values.size:
        values = values.astype("float64")
        values.flat[draw(st.integers(0, values.size - 1))] = spoiled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NaN as an int, say.
        values = values.astype(draw(st.sampled_from(DTYPES)))
    container = draw(st.sampled_from([*["array"] * 6, *CONTAINERS]))
    try:
        return CONTAINERS[container](values)
    except (TypeError, ValueError):  # Not every type goes into every container.
        return values


ROWS = (5, 5, 5, 5, 1, 0, 3)
IMAGES = [(n, *SHAPE) for n in ROWS] + [(5, 2, 2), (5, 4), (5, 1, 2, 2), (2, 2, 1), ()]
VECTORS = [(n, 2) for n in ROWS] + [(5, 3), (5,), (2,), (5, 2, 1)]
ONE_EACH = [(n,) for n in ROWS] + [(5, 1), (5, 3), (5, 2, 2, 1), ()]


def plain(values):
    """Numbers of any container as the float64 array that they mean."""
    return np.asarray(values, "float64")


@st.composite
def mostly(draw, sense):
    """What makes sense, five times out of six."""
    # `one_of` would count each kind of nonsense as much as all that makes sense.
    return draw(sense if draw(st.integers(0, 5)) else NONSENSE)


@st.composite
def calls(draw):
    """A name of a model, and arguments of `fit`."""
    name = draw(st.sampled_from(["autoencoder", "conditional", "points"]))
    shapes = VECTORS if name == "points" else IMAGES
    call = {"x": draw(mostly(arrays(shapes)))}
    if draw(st.booleans()) or name == "conditional":
        call["y"] = draw(mostly(arrays(ONE_EACH)))
    if draw(st.booleans()):
        call["sample_weight"] = draw(mostly(arrays(ONE_EACH)))
    for key, some in (("batch_size", 3), ("epochs", 2), ("validation_split", 0.4)):
        if not draw(st.integers(0, 5)):
            call[key] = draw(mostly(st.just(some)))
    return name, call


def check_door(models, name, call):
    """What is passed comes out as it was, row by row, or is refused in a sentence."""
    model = models[name]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*which it has no use for")
            prepared = as_datasets(model, keras.Model.fit, shuffle=False, **call)
        with data_errors(model):
            batches = list(with_value_checks(model, prepared["x"]).as_numpy_iterator())
            held_out = prepared.get("validation_data")
            batches += list(held_out.as_numpy_iterator()) if held_out else []
    except ValueError as error:
        in_a_sentence(error)
        return "refused"
    parts = [keras.utils.unpack_x_y_sample_weight(batch) for batch in batches]
    x, y, weight = (
        None if column[0] is None else np.concatenate(column)
        for column in zip(*parts, strict=True)
    )
    np.testing.assert_allclose(x, plain(call["x"]).reshape(x.shape), rtol=1e-3)
    if model.condition is not None:
        np.testing.assert_array_equal(y, np.asarray(call["y"]).reshape(y.shape))
    if call.get("sample_weight") is not None:
        expected = plain(call["sample_weight"]).reshape(weight.shape)
        np.testing.assert_allclose(weight, expected, rtol=1e-3)
    return "used"


@settings(max_examples=60, **QUICK)
@given(call=calls())
def test_data_is_used_or_refused(models, call):
    check_door(models, *call)


@pytest.mark.slow
def test_a_thousand_inputs_are_used_or_refused(models):
    found = []

    @settings(max_examples=3000, **QUICK)
    @given(call=calls())
    def run(call):
        found.append(check_door(models, *call))

    run()
    assert found.count("refused") >= 1000 and found.count("used") >= 300


# Quick to build.
BUILT = ("autoencoder", "vae", "gan", "realnvp", "gated-pixelcnn")
SMALL = {"hidden": (3,), "width": 4, "num_blocks": 1, "num_steps": 1, "network": "mlp"}


@st.composite
def builds(draw):
    """A recipe, a shape and settings, some of which make no sense."""
    recipe = draw(st.sampled_from(BUILT))
    shape = draw(mostly(st.sampled_from([(2,), SHAPE])))
    known = [n for n in settings_of(RECIPES[recipe]) if n != "dtype"]
    chosen = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2))
    values = {name: draw(NONSENSE) for name in chosen}
    small = {n: v for n, v in SMALL.items() if n in known}
    if recipe == "gated-pixelcnn":
        small.pop("network")
    return recipe, shape, {**small, **values}


def check_build(recipe, shape, chosen):
    """A model is built as it was asked for, or refused in a sentence."""
    try:
        model = kgen.build(recipe, shape, **chosen)
    except ValueError as error:
        in_a_sentence(error)
        return "refused"
    for name in chosen.keys() & vars(model).keys() & {"beta", "seed", "free_bits"}:
        assert getattr(model, name) == chosen[name], name
    return "used"


@settings(max_examples=60, **QUICK)
@given(build=builds())
def test_settings_are_used_or_refused(build):
    check_build(*build)


@pytest.mark.slow
def test_many_settings_are_used_or_refused():
    found = []

    @settings(max_examples=1200, **QUICK)
    @given(build=builds())
    def run(build):
        found.append(check_build(*build))

    run()
    assert found.count("refused") >= 400
