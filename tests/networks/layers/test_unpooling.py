"""Pooling that remembers: NumPy's numbers, TensorFlow's argmax, exact gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import MaxPoolWithArgmax2D, MaxUnpool2D, Unpool2D
from kgen.testing.tools import reloaded
from tests import choice

SIZES = [(4, 6), (5, 3), (1, 7), (2, 2)]


def data(size, channels=2, rows=3):
    """Values of which no two are equal, half of them negative."""
    count = rows * size[0] * size[1] * channels
    values = np.random.default_rng(0).permutation(count) - count // 2
    return values.reshape(rows, *size, channels).astype("float32")


def in_numpy(x, pool_size):
    """Maxima and mask, window by window, with the margins of Keras' "same"."""
    starts = []
    for length in x.shape[1:3]:
        before = -length % pool_size // 2
        starts.append(range(-before, length, pool_size))
    pooled = np.zeros((len(x), len(starts[0]), len(starts[1]), x.shape[-1]), "float32")
    places = np.zeros(x.shape, bool)
    for n, row, column, channel in np.ndindex(*pooled.shape):
        top, left = starts[0][row], starts[1][column]
        rows = slice(max(top, 0), top + pool_size)
        columns = slice(max(left, 0), left + pool_size)
        window = x[n, rows, columns, channel]
        pooled[n, row, column, channel] = window.max()
        places[n, rows, columns, channel] = window == window.max()
    return pooled, places


@pytest.mark.parametrize("pool_size", [1, 2, 3])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_maxima_and_places_of_any_size(size, pool_size):
    x = data(size)
    pooled, places = MaxPoolWithArgmax2D(pool_size)(x)
    expected, mask = in_numpy(x, pool_size)
    np.testing.assert_array_equal(pooled, expected)
    np.testing.assert_array_equal(places, mask)
    same = keras.layers.MaxPooling2D(pool_size, padding="same")
    np.testing.assert_array_equal(pooled, same(x))
    unpooled = MaxUnpool2D(pool_size)([pooled, places])
    np.testing.assert_array_equal(unpooled, np.where(mask, x, 0.0))


def test_places_are_those_of_tensorflow():
    x = data((5, 6))
    _, flat = tf.nn.max_pool_with_argmax(
        x, 2, 2, "SAME", include_batch_in_index=True, output_dtype=tf.int64
    )
    _, places = MaxPoolWithArgmax2D()(x)
    assert np.array_equal(np.flatnonzero(places), np.sort(np.ravel(flat)))


def test_compiled_by_xla_they_give_the_same():
    x = data((5, 3))

    @tf.function(jit_compile=True)
    def there_and_back(x):
        return MaxUnpool2D()(MaxPoolWithArgmax2D()(x))

    expected = MaxUnpool2D()(MaxPoolWithArgmax2D()(x))
    np.testing.assert_array_equal(there_and_back(x), expected)


def test_of_equal_values_the_first_is_taken_and_alone_has_the_gradient():
    x = tf.zeros([1, 3, 2, 1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        pooled, places = MaxPoolWithArgmax2D()(x)
    expected = [[1, 0], [0, 0], [1, 0]]
    np.testing.assert_array_equal(places[0, :, :, 0], expected)
    np.testing.assert_array_equal(tape.gradient(pooled, x)[0, :, :, 0], expected)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_gradients_are_finite_differences(size):
    rng = np.random.default_rng(1)
    pool = MaxPoolWithArgmax2D(dtype="float64")
    unpool = MaxUnpool2D(dtype="float64")
    x = data(size).astype("float64")
    factor = rng.normal(size=pool(x)[0].shape)
    weight = rng.normal(size=x.shape)

    def value(x):
        pooled, places = pool(x)
        return tf.reduce_sum(weight * unpool([factor * pooled**2, places]))

    point = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(point)
        y = value(point)
    direction = rng.normal(size=x.shape)
    step = 1e-5 * direction
    difference = (value(x + step) - value(x - step)) / 2e-5
    slope = np.sum(tape.gradient(y, point) * direction)
    np.testing.assert_allclose(slope, difference, rtol=1e-6)


def network(size, policy="float32"):
    x = keras.Input((*size, 1))
    h = keras.layers.Conv2D(2, 3, padding="same", dtype=policy)(x)
    pooled, places = MaxPoolWithArgmax2D(dtype=policy)(h)
    h = keras.layers.Conv2D(2, 1, dtype=policy)(pooled)
    h = MaxUnpool2D(dtype=policy)([h, places])
    assert h.dtype == policy.removeprefix("mixed_") and places.dtype == "bool"
    return keras.Model(x, keras.layers.Conv2D(1, 3, padding="same", dtype="float32")(h))


@choice.parametrize("size", [(5, 4), (None, None)], 1, ids=str)
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_network_trains_is_saved_and_exported(size, policy, tmp_path):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).random((6, 5, 4, 1)).astype("float32")
    model = network(size, policy)
    assert model.output_shape == (None, *size, 1)
    model.compile(keras.optimizers.Adam(0.03), "mse")
    losses = model.fit(x, x, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    np.testing.assert_array_equal(reloaded(model)(x), model(x))
    model.export(tmp_path / "model", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "model"))
    for rows in (1, 4):
        np.testing.assert_allclose(served.serve(x[:rows]), model(x[:rows]), atol=1e-2)


@pytest.mark.parametrize("pool_size", [1, 2, 3])
def test_fixed_places_are_the_upper_left_pixels(pool_size):
    x = data((3, 2))
    expected = np.zeros((3, 3 * pool_size, 2 * pool_size, 2), "float32")
    expected[:, ::pool_size, ::pool_size] = x
    np.testing.assert_array_equal(Unpool2D(pool_size)(x), expected)
    symbolic = Unpool2D(pool_size)(keras.Input((None, 2, 3)))
    assert symbolic.shape == (None, None, 2 * pool_size, 3)
    compiled = tf.function(Unpool2D(pool_size), jit_compile=True)
    np.testing.assert_array_equal(compiled(tf.constant(x)), expected)


def test_what_does_not_fit_is_refused():
    pooled, places = MaxPoolWithArgmax2D()(data((5, 4)))
    with pytest.raises(ValueError, match=r"\(3, 2, 1\).*\(5, 4, 2\).*\(3, 2, 2\)"):
        MaxUnpool2D()([pooled[..., :1], places])
    with pytest.raises(ValueError, match=r"windows of 3.*\(2, 2, 2\)"):
        MaxUnpool2D(3)([pooled, places])
    for layer in (MaxPoolWithArgmax2D, MaxUnpool2D, Unpool2D):
        with pytest.raises(ValueError, match="pool_size=0"):
            layer(0)
