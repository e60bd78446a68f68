"""The steepness of functions whose Lipschitz constant is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.metrics import lipschitz_estimate

X = np.random.default_rng(0).normal(size=(300, 4)).astype("float32")


def test_a_dense_layer_with_kernel_5_is_5_lipschitz():
    """The lecture's f(x) = 5 x."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    network.layers[0].set_weights([np.array([[5.0]]), np.array([3.0])])
    assert lipschitz_estimate(network, X[:, :1]) == 5.0


def test_a_linear_map_has_the_norm_of_its_weights():
    w = np.array([[3.0], [0.0], [-4.0], [12.0]], "float32")
    assert lipschitz_estimate(lambda x: x @ w, X) == pytest.approx(13.0)
    flat = lipschitz_estimate(lambda x: (x @ w)[:, 0], X, num_between=0)
    assert flat == pytest.approx(13.0)


def test_norms_are_those_of_whole_images():
    images = np.zeros((3, 4, 4, 2))
    found = lipschitz_estimate(lambda x: tf.reduce_sum(x, axis=[1, 2, 3]), images)
    assert found == pytest.approx(np.sqrt(32.0))


def test_the_steepest_of_the_examples_counts():
    """The gradient of |x|^2 / 2 is x."""

    def bowl(x):
        return tf.reduce_sum(x**2, axis=-1) / 2

    expected = np.linalg.norm(X, axis=-1).max()
    assert lipschitz_estimate(bowl, X, num_between=0) == pytest.approx(expected)
    # Lines between points leave no ball, so more points find nothing steeper.
    assert lipschitz_estimate(bowl, X) == pytest.approx(expected)


def test_a_cliff_between_the_examples_is_found():
    """Slope 25 at the middle of tanh(25 x), and next to none at its ends."""
    ends = np.array([[-1.0], [1.0]])

    def cliff(x):
        return tf.tanh(25.0 * x)

    assert lipschitz_estimate(cliff, ends, num_between=0) < 1e-6
    found = lipschitz_estimate(cliff, ends)
    assert 24.0 < found <= 25.0
    assert found == lipschitz_estimate(cliff, ends)
    assert found != lipschitz_estimate(cliff, ends, seed=1)


def test_a_bound_from_below_of_the_product_of_the_layers():
    keras.utils.set_random_seed(0)
    x = keras.Input((4,), name="x")
    hidden = keras.layers.Dense(16, activation="relu")(x)
    critic = keras.Model([x], keras.layers.Dense(1)(hidden))
    first, second = (np.linalg.norm(layer.kernel, 2) for layer in critic.layers[1:])
    found = lipschitz_estimate(lambda x: critic({"x": x}), X)
    assert 0.2 * first * second < found <= first * second
    differences = np.diff(critic({"x": X})[:, 0]) / np.linalg.norm(
        np.diff(X, axis=0), axis=-1
    )
    assert np.abs(differences).max() <= found


def test_a_critic_with_a_fixed_class():
    x = keras.Input((4,), name="x")
    labels = keras.Input((), dtype="int32", name="labels")
    weights = keras.layers.Embedding(3, 4)
    value = keras.ops.sum(x * weights(labels), axis=-1, keepdims=True)
    critic = keras.Model([x, labels], value)
    for label, row in enumerate(weights.get_weights()[0]):

        def fixed(x, label=label):
            return critic({"x": x, "labels": tf.fill(tf.shape(x)[:1], label)})

        expected = np.linalg.norm(row)
        assert lipschitz_estimate(fixed, X) == pytest.approx(expected, rel=1e-5)


def test_what_is_no_function_of_single_examples_is_refused():
    with pytest.raises(ValueError, match=r"\(256, 4\) for 256 examples, but one for"):
        lipschitz_estimate(lambda x: 2 * x, X)
    with pytest.raises(ValueError, match="cannot differentiate"):
        lipschitz_estimate(lambda x: tf.constant(np.sum(x, axis=-1)), X)


def test_nowhere_to_look_is_refused():
    with pytest.raises(ValueError, match="one example or more"):
        lipschitz_estimate(lambda x: x, np.zeros((0, 1)))
    with pytest.raises(ValueError, match="num_between=-1"):
        lipschitz_estimate(lambda x: x, np.zeros((1, 1)), num_between=-1)
