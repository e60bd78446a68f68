"""The optimizers of a game: one for each player, and one that combines them."""

import keras

from kgen.core.keras_habits import check_optimizer
from kgen.core.training.averaging import AdamWithWarmEMA
from kgen.suggestions import suggest


class ByPlayer(keras.optimizers.OptimizerMap):
    """Gives each variable the optimizer of the player that owns it.

    Keras' own map uses the paths of variables, and two networks may have equal paths.

    Args:
        optimizers: Dictionary from names of players to Keras optimizers.
        players: The `Player`s.
    """

    def __init__(self, optimizers, players):
        # Keras demands a default. Each variable has an owner, so no variable gets it.
        super().__init__(optimizers[players[-1].name], optimizers)
        self._owners = {
            id(variable): player.name
            for player in players
            for variable in player.variables
        }

    def __call__(self, variable):
        return self[self._owners[id(variable)]]


def combined(optimizers, players):
    """One `keras.optimizers.MultiOptimizer` of the optimizers of all players.

    Saving, checkpoints, averages of weights and callbacks need one optimizer.

    Args:
        optimizers: Dictionary from names of players to Keras optimizers.
        players: The `Player`s.
    """
    return keras.optimizers.MultiOptimizer(ByPlayer(optimizers, players))


def optimizers_by_name(players, optimizers, others):
    """`{name of player: optimizer}` from the arguments of `Game.compile`.

    Args:
        players: The `Player`s.
        optimizers: Name of an optimizer for all players, or a dictionary from names of
            players to names or instances; players left out get Adam.
        others: Dictionary of the other arguments, such as a player's optimizer,
            `f"{name}_optimizer"`.

    Raises:
        ValueError: for `optimizers` of another type, an unknown player, two optimizers
            for one player, or one optimizer for two players.
    """
    names = [player.name for player in players]
    if not isinstance(optimizers, (str, dict)):
        raise ValueError(
            f"`compile` was given optimizers={optimizers!r}, but expects a dictionary "
            f"with an optimizer for each of the players {', '.join(names)}, or one "
            "name for all, such as 'adam'."
        )
    named = optimizers if isinstance(optimizers, dict) else {}
    for name in named:
        if name not in names:
            raise ValueError(
                f"`compile` was given an optimizer for {name!r}, but the players are "
                f"{', '.join(names)}.{suggest(name, names)}"
            )
    found = {}
    for player in players:
        key, name = player.optimizer, player.name
        if key in others and name in named:
            raise ValueError(
                f"`compile` was given optimizers[{name!r}] and {key}: pass one of them."
            )
        default = optimizers if isinstance(optimizers, str) else "adam"
        choice = others.get(key, named.get(name, default))
        found[name] = check_optimizer("compile", key, choice)
        for other, optimizer in found.items():
            if other != name and optimizer is found[name]:
                raise ValueError(
                    f"`compile` was given one optimizer for the players {other!r} and "
                    f"{name!r}, but an optimizer keeps values for its own variables. "
                    "Pass a separate one for each player."
                )
    return found


def with_adam(
    game,
    learning_rate,
    discriminator_learning_rate=None,
    beta_1=0.5,
    beta_2=0.999,
    ema=None,
):
    """The game, compiled with Adam for each player.

    Args:
        game: A `Game` whose discriminators are players called so: `"discriminator"`,
            `"small_discriminator"`.
        learning_rate: Rate of the other players.
        discriminator_learning_rate: Rate of the discriminators; by default the same.
        beta_1: Adam's, for all players.
        beta_2: Adam's, for all players.
        ema: Momentum of the average of the generator's weights, warmed up; `None` for
            no average.
    """
    if discriminator_learning_rate is None:
        discriminator_learning_rate = learning_rate
    optimizers = {}
    for player in game.learners:
        judges = player.name.endswith("discriminator")
        rate = discriminator_learning_rate if judges else learning_rate
        adam, average = keras.optimizers.Adam, {}
        if ema is not None and player.optimizer == game.averaging_optimizer:
            adam, average = AdamWithWarmEMA, {"use_ema": True, "ema_momentum": ema}
        name = player.name
        optimizers[name] = adam(rate, beta_1, beta_2, name=name, **average)
    game.compile(optimizers=optimizers)
    return game
