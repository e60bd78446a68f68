"""Whatever a verb is passed, it gives sound numbers or says what is wrong with it."""

import functools

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

import kgen
from tests.forbidden import FORBIDDEN


@pytest.fixture(autouse=True, scope="module")
def built():
    models()  # Not inside a strategy: initial weights are random.


@functools.cache
def models():
    flow = kgen.build("realnvp", (2,))
    vae = kgen.build("vae", (2, 2, 1), hidden=(3,), filters=(2,), latent_dim=2)
    cvae = kgen.build("cvae", (3,), num_classes=3, hidden=(3,), latent_dim=2)
    return flow, vae, cvae


NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 0.5, 2.5, float("nan"), float("inf"), 2**70])
ODD = st.sampled_from(
    [None, True, "a", "3", b"x", 1j, [], [[]], {}, {1}, object(), print, np.nan, "é"]
)


@st.composite
def arrays(draw):
    shape = draw(
        st.sampled_from([(), (3,), (3, 2), (2, 3), (3, 2, 2, 1), (2, 2, 1), (0, 3)])
    )
    dtype = draw(
        st.sampled_from(["float32", "float64", "int32", "uint8", "bool", "S1"])
    )
    values = np.full(shape, draw(st.sampled_from([0, 1, 2, 5])))
    values = values.astype(dtype)
    if draw(st.booleans()) and dtype.startswith("float"):
        values = values - draw(st.sampled_from([0.5, np.nan, np.inf, 1e-4]))
    kinds = {
        "array": lambda: values,
        "list": values.tolist,
        "tensor": lambda: tf.constant(values),
        "masked": lambda: np.ma.masked_array(values, mask=True),
        "ragged": lambda: tf.ragged.constant([[1.0], [1.0, 2.0]]),
        "sparse": lambda: tf.sparse.from_dense(np.ones((3, 2))),
        "uneven": lambda: [[1.0], [1.0, 2.0]],
        "dataset": lambda: tf.data.Dataset.from_tensors(values),
    }
    return kinds[draw(st.sampled_from(sorted(kinds)))]()


ANY = st.one_of(arrays(), NUMBERS, ODD)
NAMES = ("encode", "decode", "elbo", "log_prob", "sample", "reconstruct", "iwae_bound")


@st.composite
def calls(draw):
    model = draw(st.sampled_from(models()))
    verb = getattr(
        model, draw(st.sampled_from([n for n in NAMES if hasattr(model, n)]))
    )
    # Values that are right by half, so that calls come past the first check.
    right = {
        "x": np.zeros((3, *model.data_shape), "float32"),
        "z": np.zeros((3, *model.latent_shape), "float32"),
        "labels": None if model.num_classes is None else [0, 1, 2],
        "num_samples": 3,
        "seed": 1,
        "temperature": 0.5,
    }
    names = [name for name in verb.arguments if name in right]
    broken = draw(st.sets(st.sampled_from(names), max_size=2))
    arguments = {n: draw(ANY) if n in broken else right[n] for n in names}
    if draw(st.booleans()):
        arguments["batch_size"] = draw(st.one_of(st.just(2), NUMBERS, ODD))
    return verb, arguments


def check(call):
    verb, arguments = call
    try:
        result = verb(**arguments)
    except ValueError as error:
        message = str(error)
        assert not [words for words in FORBIDDEN if words in message], message
        assert len(message) > 20
    else:
        assert np.all(np.isfinite(result))


BOUNDED = {"derandomize": True, "deadline": None, "database": None}


@hypothesis.settings(max_examples=100, **BOUNDED)
@hypothesis.given(calls())
def test_verbs_give_numbers_or_say_what_is_wrong(call):
    check(call)


@pytest.mark.slow
@hypothesis.settings(max_examples=3000, **BOUNDED)
@hypothesis.given(calls())
def test_verbs_give_numbers_or_say_what_is_wrong_at_length(call):
    check(call)
