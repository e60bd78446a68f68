"""Operations that other runtimes lack, made of others: the same numbers."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from kgen.serving.formats import Endpoint
from kgen.serving.portable import portable
from kgen.serving.substitutes import SUBSTITUTES

RISING = np.concatenate([-np.logspace(-9, 0.95, 500), np.logspace(-9, 0.95, 500)])
PROBABILITIES = np.concatenate([np.geomspace(2**-24, 0.5), 1 - np.geomspace(1e-6, 0.5)])
CASES = {
    "Erf": (special.erf, RISING, 1e-6),
    "Erfc": (special.erfc, RISING, 5e-6),
    "Log1p": (np.log1p, RISING[RISING > -0.99], 1e-6),
    "Ndtri": (special.ndtri, PROBABILITIES, 1e-6),
}


@pytest.mark.parametrize("name", CASES)
def test_a_substitute_is_as_precise_as_float32(name):
    exact, x, precision = CASES[name]
    x = x.astype("float32")
    found = SUBSTITUTES[name](tf.constant(x))
    np.testing.assert_allclose(
        found, exact(x.astype("float64")), rtol=precision, atol=1e-7
    )


def test_zero_times_anything_is_zero():
    x = tf.constant([np.inf, np.nan, 2.0, -np.inf])
    y = tf.constant([0.0, 0.0, 3.0, 2.0])
    np.testing.assert_array_equal(
        SUBSTITUTES["MulNoNan"](x, y), tf.math.multiply_no_nan(x, y)
    )


@pytest.mark.parametrize("shapes", [((3, 1), (7, 1, 4)), ((), (2,)), ((1, 5), (4, 1))])
def test_shapes_broadcast_as_those_of_tensorflow(shapes):
    shapes = [tf.constant(shape, tf.int32) for shape in shapes]
    np.testing.assert_array_equal(
        SUBSTITUTES["BroadcastArgs"](*shapes),
        tf.raw_ops.BroadcastArgs(s0=shapes[0], s1=shapes[1]),
    )


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("adjoint", [False, True])
def test_triangular_systems_of_any_size_are_solved(lower, adjoint):
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 8, 13):
        options = {"lower": lower, "adjoint": adjoint}
        matrix = tf.constant(rng.normal(size=(2, n, n)) + 4 * np.eye(n), tf.float32)
        rhs = tf.constant(rng.normal(size=(2, n, 3)), tf.float32)
        np.testing.assert_allclose(
            SUBSTITUTES["MatrixTriangularSolve"](matrix, rhs, **options),
            tf.linalg.triangular_solve(matrix, rhs, **options),
            rtol=1e-5,
            atol=1e-6,
        )


def operations(function):
    """The operations of a graph and of its functions."""
    graph = function.graph.as_graph_def()
    bodies = (body.node_def for body in graph.library.function)
    return {node.op for nodes in (graph.node, *bodies) for node in nodes}


def test_operations_are_replaced_in_loops_too():
    spec = tf.TensorSpec([None], tf.float32, "x")

    def run(x):
        def body(k, value):
            return k + 1, tf.math.log1p(value) + tf.math.erfc(value)

        looped = tf.while_loop(lambda k, _: k < 3, body, (0, x))[1]
        return {"y": tf.math.log1p(looped)}

    endpoint = Endpoint(run, {"x": spec})
    replaced = portable(endpoint, {"Erfc", "Log1p"}).function
    traced = tf.function(replaced, autograph=False).get_concrete_function(spec)
    plain = tf.function(run, autograph=False).get_concrete_function(spec)
    assert {"Erfc", "Log1p"} <= operations(plain)
    assert not {"Erfc", "Log1p"} & operations(traced)
    x = tf.constant([0.1, 2.0, 0.5])
    np.testing.assert_allclose(traced(x)["y"], run(x)["y"], rtol=1e-5)
