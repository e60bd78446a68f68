"""Gradients of the players of a game against finite differences."""

import keras
import numpy as np
import tensorflow as tf


def smooth(name, input_dim, output_dim, units=5):
    """A small network without bends, in which differences are exact to h^2."""
    inputs = keras.Input((input_dim,), name=name)
    h = keras.layers.Dense(units, "tanh")(inputs)
    return keras.Model(inputs, keras.layers.Dense(output_dim, name="logits")(h))


def check_gradient(game, player, x, step=1e-2):
    """Asserts that a player's gradient is the slope of its loss, in three directions.

    Args:
        game: A `Game`; each evaluation gets the same noise.
        player: Name of the player.
        x: A batch.
        step: The distance on both sides.
    """
    player = game.player(player)
    state = game.noise.state.numpy()
    parts = {"x": tf.constant(x), "labels": None}

    def loss():
        game.noise.state.assign(state)
        return tf.reduce_mean(player.terms(parts, training=True)[player.loss])

    with tf.GradientTape() as tape:
        value = loss()
    gradient = tape.gradient(value, player.variables)
    rng = np.random.default_rng(0)
    start = [v.numpy() for v in player.variables]
    for _ in range(3):
        way = [rng.normal(size=v.shape) for v in player.variables]
        ends = []
        for side in (step, -step):
            for variable, value, part in zip(player.variables, start, way, strict=True):
                variable.assign(value + side * part)
            ends.append(float(loss()))
        for variable, value in zip(player.variables, start, strict=True):
            variable.assign(value)
        slope = sum(np.sum(g * w) for g, w in zip(gradient, way, strict=True))
        found = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(found, slope, rtol=1e-2, atol=2e-3)


def moved(game, player, x):
    """Names of the networks whose weights a step of a player changes."""
    names = ("encoder", "decoder", "discriminator")
    before = {name: getattr(game, name).get_weights() for name in names}
    parts = {"x": tf.constant(x), "labels": None}
    game.step(game.player(player), parts, None, training=True)
    return {
        name
        for name in names
        if any(
            np.any(old != new)
            for old, new in zip(
                before[name], getattr(game, name).get_weights(), strict=True
            )
        )
    }
