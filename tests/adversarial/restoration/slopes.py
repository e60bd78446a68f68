"""Gradients of a game's players, beside finite differences."""

import numpy as np


def check_gradients(game, parts):
    """Asserts that each player's gradient is the slope of its own mean loss.

    Args:
        game: A `Game` whose objectives draw no noise for these parts.
        parts: Arguments of its objectives, by name.
    """
    rng = np.random.default_rng(0)
    for player in game.players:
        _, gradients = game.objective_gradients(player, parts, None, training=False)
        values = [variable.numpy() for variable in player.variables]
        direction = [rng.normal(size=value.shape) for value in values]
        slope = sum(
            np.sum(way * gradient)
            for way, gradient in zip(direction, gradients, strict=True)
        )
        losses = []
        for step in (1e-3, -1e-3):
            for variable, value, way in zip(
                player.variables, values, direction, strict=True
            ):
                variable.assign(value + step * way)
            terms = player.terms(parts, training=False)
            losses.append(np.mean(terms[player.loss], dtype="float64"))
        for variable, value in zip(player.variables, values, strict=True):
            variable.assign(value)
        assert abs(slope) > 1e-3
        np.testing.assert_allclose(
            (losses[0] - losses[1]) / 2e-3, slope, rtol=0.02, err_msg=player.name
        )
