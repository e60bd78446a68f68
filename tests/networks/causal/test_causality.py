"""Every network, size and number of channels: the Jacobian is strictly triangular."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import autoregressive as ar
from kgen import likelihoods
from kgen.networks import causal
from tests import choice
from tests.autoregressive.tiny import GRIDS, SEQUENCES, SMALL, shaken

SHAPES = [(3, 4, 1), (4, 3, 3), (1, 1, 1), (1, 6, 1), (5, 1, 2), (2, 2, 4)]
WIDE = {**SMALL, "width": 12, "head_filters": 24, "num_blocks": 4}


@choice.parametrize("shape", SHAPES, 2, ids=str)
@pytest.mark.parametrize("name", GRIDS)
def test_images(name, shape):
    """Rows, columns and channels; what comes before is seen, all of it, later on."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).random((16, *shape)).astype("float32")
    # Of two networks, as a path may end in units that are off at all examples.
    matrix = sum(
        ar.dependencies(shaken(GRIDS[name](shape, 2, **WIDE), seed=seed), x)
        for seed in range(2)
    )
    later = np.triu(np.ones_like(matrix))
    assert np.all(matrix * later == 0.0)
    height, width, channels = shape
    before = np.tril(np.ones_like(matrix), -1) > 0
    if name == "gated":  # All that comes before, as its view is larger than these.
        assert np.all(matrix[before] > 0)
    for value in range(1, len(matrix)):
        if value % (width * channels):  # The value before is in the same row.
            assert matrix[value, value - 1] > 0


@pytest.mark.parametrize("name", GRIDS)
def test_joint_pixels(name):
    """Without groups no channel sees another one of its pixel."""
    keras.utils.set_random_seed(0)
    network = shaken(GRIDS[name]((3, 3, 3), 4, joint=True, **WIDE))
    x = np.random.default_rng(0).random((16, 3, 3, 3)).astype("float32")
    with tf.GradientTape() as tape:
        tape.watch(inputs := tf.constant(x))
        output = network(inputs)
    matrix = np.abs(tape.jacobian(output, inputs).numpy()).sum((0, 3, 4, 7))
    matrix = matrix.reshape(9, 9)
    assert np.all(np.triu(matrix) == 0.0) and np.all(np.diagonal(matrix, -1) > 0)


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences(name):
    """Of real values: a step sees all steps before it, and not itself."""
    keras.utils.set_random_seed(0)
    network = shaken(SEQUENCES[name]((5, 2), 2, width=8))
    x = np.random.default_rng(0).normal(size=(2, 5, 2)).astype("float32")
    matrix = ar.dependencies(network, x)
    steps = np.kron(np.tril(np.ones((5, 5)), -1), np.ones((2, 2)))
    assert np.array_equal(matrix > 0, steps > 0)


@pytest.mark.parametrize("name", [*GRIDS, *SEQUENCES])
def test_ints(name):
    """There are no gradients for ints: they are changed one by one."""
    keras.utils.set_random_seed(0)
    build = {**GRIDS, **SEQUENCES}[name]
    shape = (3, 3) if name in GRIDS else (9,)
    options = WIDE if name in GRIDS else {"width": 8}
    network = shaken(build(shape, 4, num_codes=4, **options))
    x = np.random.default_rng(0).integers(4, size=shape).astype("int32")
    # As many rows of each: products of other sizes round in another way.
    same = np.tile(x, (9, *[1] * len(shape)))
    changed = same.copy()
    flat = changed.reshape(9, 9)
    flat[np.arange(9), np.arange(9)] = (flat[np.arange(9), np.arange(9)] + 1) % 4
    difference = np.abs(network(changed) - network(same)).reshape(9, 9, 4).sum(-1)
    assert np.all(np.tril(difference) < 1e-5)
    assert np.all(np.diagonal(difference, 1) > 1e-5)


def test_distributions_of_colours():
    """Also of a likelihood with two kinds of parameters, locations and scales."""
    keras.utils.set_random_seed(0)
    for name in GRIDS:
        network = shaken(GRIDS[name]((2, 2, 3), 2, **WIDE))
        made = kgen.Autoregressive(network, "learned_gaussian")
        x = np.random.default_rng(0).random((1, 2, 2, 3)).astype("float32")
        changed = np.tile(x, (12, 1, 1, 1))
        changed.reshape(12, 12)[np.arange(12), np.arange(12)] += 0.3
        normals = [
            made.likelihood.distribution(made.parameters(v)) for v in (x, changed)
        ]
        for kind in ("loc", "scale"):
            one, other = (getattr(normal, kind).numpy() for normal in normals)
            moved = np.abs(other - one).reshape(12, 12)
            assert np.all(np.tril(moved) < 1e-5)
            assert np.all(np.diagonal(moved, 1)[[0, 1, 3, 4]] > 1e-5)


def test_blind_spot():
    """A plain PixelCNN has one, the gated has none, measured by gradients."""
    keras.utils.set_random_seed(0)
    shape, place = (7, 9, 1), (5, 4)
    options = {**SMALL, "num_blocks": 6, "first_kernel_size": 3}
    before = np.arange(63).reshape(7, 9) < place[0] * 9 + place[1]
    seen = {
        name: ar.receptive_field(shaken(GRIDS[name](shape, **options)), shape, place)
        for name in ("pixelcnn", "gated")
    }
    assert np.all(seen["gated"][~before] == 0) and np.all(
        seen["pixelcnn"][~before] == 0
    )
    assert np.all(seen["gated"][before] > 0)
    blind = before & (seen["pixelcnn"] == 0)
    # Above, and more to the right than rows go up.
    assert blind[4, 6] and blind[3, 7] and not blind[4, 5] and not blind[:, :5].any()


def test_looking_ahead_is_refused():
    """With what is wrong: a layer without a mask, a first layer of type B, no shift."""

    def refused(network, likelihood="bernoulli"):
        with pytest.raises(ValueError, match="sees ahead"):
            kgen.Autoregressive(network, likelihood)

    x = keras.Input((4, 4, 1), name="x")
    refused(keras.Model(x, keras.layers.Conv2D(1, 3, padding="same")(x)))
    refused(keras.Model(x, causal.MaskedConv2D(1, 3, "B")(x)))
    colour = keras.Input((4, 4, 3), name="x")
    hidden = causal.MaskedConv2D(6, 3, "A", groups=3)(colour)
    refused(keras.Model(colour, causal.MaskedConv2D(3, 1, "B")(hidden)))
    # A leak at one place of many.
    series = keras.Input((6, 1), name="x")
    ahead = keras.ops.concatenate([series[:, 2:3], 0 * series[:, :5]], axis=1)
    refused(keras.Model(series, causal.Shift()(series) + ahead), "gaussian")
    tokens = keras.Input((5,), name="x", dtype="int32")
    h = keras.layers.Embedding(3, 4)(tokens)
    h = keras.layers.LSTM(4, return_sequences=True)(h)
    refused(keras.Model(tokens, keras.layers.Dense(3)(h)), likelihoods.Codes(3))


def test_instruments_say_what_they_cannot_measure():
    ints = causal.pixelcnn((3, 3), 4, num_codes=4, **SMALL)
    with pytest.raises(ValueError, match="takes ints"):
        ar.dependencies(ints, np.zeros((1, 3, 3), "int32"))
    with pytest.raises(ValueError, match="outside"):
        ar.receptive_field(causal.pixelcnn((3, 3, 1), **SMALL), (3, 3, 1), (3, 0))
