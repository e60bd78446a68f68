"""MADE: what each value sees, and one value after another."""

import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import MADE, made

CONDITIONS = {
    "labels": tf.constant([0, 2, 1]),
    "context": tf.constant([[0.5, -1.0], [0.0, 2.0], [1.0, 1.0]]),
}


def shaken(size, hidden=(9, 8), **conditions):
    network = MADE(size, 2, hidden, "tanh", **conditions)
    rng = np.random.default_rng(0)
    for variable in network.variables:
        variable.assign(rng.normal(size=variable.shape))
    return network


@pytest.mark.parametrize("hidden", [(9,), (9, 8), (3, 4, 5), (40, 1)], ids=str)
@pytest.mark.parametrize("size", [2, 5])
def test_a_value_sees_those_before_it_and_no_other(size, hidden):
    network = shaken(size, hidden)
    x = tf.constant(np.random.default_rng(1).normal(size=(3, size)), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        values = tf.unstack(network.parameters(x), axis=1)
    for i, value in enumerate(values):
        gradient = tape.gradient(value, x, unconnected_gradients="zero").numpy()
        assert not np.any(gradient[:, i:])
        if min(hidden) >= size:
            assert np.all(gradient[:, :i])


@pytest.mark.parametrize("size", [1, 4, 9])
def test_conditions_reach_every_value(size):
    network = shaken(size, num_classes=3, context_shape=2)
    x = tf.zeros([3, size])
    whole = network.parameters(x, CONDITIONS).numpy()
    for name, other in (
        ("labels", tf.constant([1, 0, 2])),
        ("context", -CONDITIONS["context"]),
    ):
        changed = network.parameters(x, {**CONDITIONS, name: other})
        assert np.all(changed != whole)
        with pytest.raises(ValueError, match=f"takes {name}"):
            network.parameters(x, {**CONDITIONS, name: None})


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("unrolled", [0, 100], ids=["looped", "unrolled"])
@pytest.mark.parametrize(("size", "hidden"), [(1, (3,)), (4, (9, 2)), (12, (5, 30))])
def test_one_by_one_is_a_fixed_point_of_all_at_once(
    monkeypatch, size, hidden, unrolled, conditional
):
    monkeypatch.setattr(made, "UNROLLED", unrolled)
    conditions = CONDITIONS if conditional else None
    options = {"num_classes": 3, "context_shape": 2} if conditional else {}
    network = shaken(size, hidden, **options)
    noise = tf.constant(np.random.default_rng(1).normal(size=(3, size)), tf.float32)

    def draw(i, parameters):
        value = tf.tanh(parameters[:, 0]) + tf.gather(noise, i, axis=1)
        return value, parameters[:, 1]

    x, further = network.one_by_one(3, conditions, draw)
    parameters = network.parameters(x, conditions)
    np.testing.assert_allclose(x, tf.tanh(parameters[..., 0]) + noise, atol=1e-5)
    np.testing.assert_allclose(further, parameters[..., 1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "arguments", [{"size": 0}, {"size": 2, "hidden": ()}, {"size": 2, "hidden": (0,)}]
)
def test_impossible_sizes_are_refused(arguments):
    with pytest.raises(ValueError, match="MADE"):
        MADE(**arguments)


def test_the_first_value_has_enough_units_for_its_conditions():
    """Its units may be dead, if there are few of them."""
    network = MADE(64, 2, (64, 64), num_classes=10)
    assert [np.sum(degrees == 0) for degrees in network._degrees[1:3]] == [8, 8]
