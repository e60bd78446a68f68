"""Models of the flow wing from settings, and their optimizer."""

import keras
import tensorflow as tf

from kgen.core import ode
from kgen.core.checks.values import check_count
from kgen.flows.continuous import ContinuousFlow
from kgen.flows.diffflow import DiffFlow
from kgen.networks.fields import mlp_field


def ffjord(
    data_shape,
    num_classes=None,
    num_steps=8,
    hidden=(64, 64),
    activation="tanh",
    context_shape=None,
    learning_rate=2e-3,
    weight_decay=0.0,
    steps_per_execution="auto",
    jit_compile="auto",
    **settings,
):
    """A `ContinuousFlow` of a perceptron, compiled; for vectors.

    Args:
        data_shape: `(size,)`.
        num_classes: If given, the network takes labels.
        num_steps: Steps of the solver in training, of order 4 with 4 evaluations each.
        hidden: Units of the hidden layers, see `kgen.networks.mlp_field`.
        activation: Activation of the hidden layers, a smooth one.
        context_shape: Shape of a context, or size of a vector; the network takes it.
        learning_rate: See `compiled`.
        weight_decay: See `compiled`.
        steps_per_execution: See `compiled`.
        jit_compile: See `compiled`.
        **settings: Arguments of `ContinuousFlow`.
    """
    check_vectors("ffjord", data_shape)
    conditions = {"num_classes": num_classes, "context_shape": context_shape}
    field = mlp_field(data_shape, hidden, activation, **conditions)
    check_count("build", "num_steps", num_steps)
    model = ContinuousFlow(
        field,
        training_solver=ode.RungeKutta("rk4", num_steps),
        **conditions,
        **settings,
    )
    return compiled(
        model, learning_rate, weight_decay, steps_per_execution, jit_compile
    )


def diffflow(
    data_shape,
    num_classes=None,
    num_steps=30,
    hidden=(64, 64),
    activation="tanh",
    context_shape=None,
    learning_rate=2e-3,
    weight_decay=0.0,
    steps_per_execution="auto",
    jit_compile="auto",
    **settings,
):
    """A `DiffFlow` of two perceptrons, compiled; for vectors.

    Args:
        data_shape: `(size,)`.
        num_classes: If given, both networks take labels.
        num_steps: Steps of the two processes.
        hidden: Units of the hidden layers, see `kgen.networks.mlp_field`.
        activation: Activation of the hidden layers.
        context_shape: Shape of a context, or size of a vector; both networks take it.
        learning_rate: See `compiled`.
        weight_decay: See `compiled`.
        steps_per_execution: See `compiled`.
        jit_compile: See `compiled`.
        **settings: Arguments of `DiffFlow`.
    """
    check_vectors("diffflow", data_shape)
    conditions = {"num_classes": num_classes, "context_shape": context_shape}
    drift, score = (
        mlp_field(data_shape, hidden, activation, **conditions, name=name)
        for name in ("drift", "score")
    )
    model = DiffFlow(drift, score, num_steps, **conditions, **settings)
    return compiled(
        model, learning_rate, weight_decay, steps_per_execution, jit_compile
    )


def check_vectors(recipe, data_shape):
    """Raises a ValueError for data that is no vectors."""
    if len(data_shape) != 1:
        raise ValueError(
            f"{recipe!r} is for vectors, but data has shape {tuple(data_shape)}. "
            "Flatten it, or use 'glow' for images."
        )


def compiled(model, learning_rate, weight_decay, steps_per_execution, jit_compile):
    """The model with Adam.

    Args:
        model: A `Flow`.
        learning_rate: Adam's learning rate.
        weight_decay: AdamW's weight decay; with 0, the optimizer is Adam.
        steps_per_execution: See `GenerativeModel.compile`; for one device.
        jit_compile: See `GenerativeModel.compile`; for one device.
    """
    optimizer = keras.optimizers.Adam(learning_rate)
    if weight_decay:
        optimizer = keras.optimizers.AdamW(learning_rate, weight_decay)
    if tf.distribute.get_strategy().num_replicas_in_sync > 1:
        steps_per_execution = jit_compile = "auto"
    model.compile(
        optimizer, steps_per_execution=steps_per_execution, jit_compile=jit_compile
    )
    return model
