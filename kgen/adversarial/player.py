"""A player of a game: its networks and its objective."""

import dataclasses
from collections.abc import Callable

import keras

from kgen.core.checks.values import check_count


@dataclasses.dataclass(frozen=True)
class Player:
    """One player of a `Game`: networks, and the objective on which it trains them.

    The player minimises the term `f"{name}_loss"` of its objective. The optimizer is
    the attribute `f"{name}_optimizer"` of the game.

    Args:
        name: An identifier, such as `"discriminator"`, unique in the game.
        networks: A Keras model, or a list of models. The player trains their trainable
            variables; these must belong to no other player.
        objective: Function or method `(x, labels, training) -> {term: (batch,)}`. It
            is called by keyword with the parts that the game's `unpack` gives.
        steps: Steps of the optimizer in a round, 1 or more, each with fresh noise.
        every: The player plays in round 0 and then in each `every`-th round; 1 or more.
        trains_with: Name of another player if this one trains the same networks with
            the same optimizer, on a further objective, such as a lazy penalty.
        start: The player plays from this round on, 0 or larger.
        stop: The player plays no more from this round on, 1 or larger; `None` for no
            end.

    Raises:
        ValueError: for a name that is no identifier, networks that are not of Keras,
            an objective that cannot be called, or a number that is too small.
    """

    name: str
    networks: keras.Model | tuple
    objective: Callable
    steps: int = 1
    every: int = 1
    trains_with: str | None = None
    start: int = 0
    stop: int | None = None

    def __post_init__(self):
        if not (isinstance(self.name, str) and self.name.isidentifier()):
            raise ValueError(
                f"`Player` was given name={self.name!r}, but expects an identifier, "
                "such as 'critic': it is part of names of terms and optimizers."
            )
        given = self.networks
        networks = tuple(given) if isinstance(given, (list, tuple)) else (given,)
        for network in networks or (None,):
            if not isinstance(network, keras.Layer):
                raise ValueError(
                    f"The player {self.name!r} was given {network!r} as a network, but "
                    "expects one keras.Model or more."
                )
        if not callable(self.objective):
            raise ValueError(
                f"The player {self.name!r} was given objective={self.objective!r}, but "
                "expects a function, such as a method of the game."
            )
        object.__setattr__(self, "networks", networks)
        for key, fewest in (("steps", 1), ("every", 1), ("start", 0), ("stop", 1)):
            count = getattr(self, key)
            if key != "stop" or count is not None:
                count = check_count("Player", key, count, fewest)
            object.__setattr__(self, key, count)

    @property
    def loss(self):
        """Name of the term that the player minimises."""
        return f"{self.name}_loss"

    @property
    def gradient(self):
        """Name of the term that is the norm of the player's gradient."""
        return f"{self.name}_gradient"

    @property
    def optimizer(self):
        """Name of the game's attribute that is the player's optimizer."""
        return f"{self.trains_with or self.name}_optimizer"

    @property
    def always_plays(self):
        """Whether the player plays in all rounds."""
        return self.every == 1 and self.start == 0 and self.stop is None

    def plays_in(self, rounds):
        """Whether the player plays after this number of rounds, a bool tensor."""
        plays = (rounds >= self.start) & (rounds % self.every == 0)
        return plays if self.stop is None else plays & (rounds < self.stop)

    def terms(self, parts, training):
        """The terms of the objective on a batch, `{name: (batch,)}`.

        Args:
            parts: Dictionary of the objective's arguments.
            training: Whether networks run in training mode.

        Raises:
            ValueError: if the loss is not among them.
        """
        found = self.objective(**parts, training=training)
        if self.loss not in found:
            raise ValueError(
                f"The objective of the player {self.name!r} gave the terms "
                f"{', '.join(found)}, but it minimises {self.loss!r}. Return that, too."
            )
        return found

    @property
    def variables(self):
        """The trainable variables of the networks, each once."""
        found = {
            id(variable): variable
            for network in self.networks
            for variable in network.trainable_variables
        }
        return list(found.values())

    @property
    def non_trainable_variables(self):
        """The other variables of the networks, such as moving averages."""
        return [v for n in self.networks for v in n.non_trainable_variables]


def check_players(game):
    """Raises a ValueError unless each trainable variable has one optimizer.

    Args:
        game: A `Game`.
    """
    kind, players = type(game).__name__, game.players
    names = [player.name for player in players]
    if len(set(names)) < len(names) or not names:
        raise ValueError(
            f"The players of a {kind} are called {names}, but a game has one player or "
            "more, each with a name of its own."
        )
    for player in players:
        check_partner(kind, player, players)
    owners = {}
    for player in players:
        for variable in player.variables:
            other = owners.setdefault(id(variable), player)
            if other.optimizer != player.optimizer:
                raise ValueError(
                    f"The variable {variable.path} of a {kind} belongs to the players "
                    f"{other.name!r} and {player.name!r}, but only one player may "
                    "train it. Give the network to one player."
                )
    for variable in game.trainable_variables:
        if id(variable) not in owners:
            raise ValueError(
                f"The variable {variable.path} of a {kind} belongs to no player, so "
                "nothing would train it. Give its network to a player, or set "
                "network.trainable = False."
            )


def check_partner(kind, player, players):
    """Raises a ValueError unless a player's `trains_with` has the same networks.

    Args:
        kind: Name of the class of the game.
        player: A `Player`.
        players: All players of the game.
    """
    if player.trains_with is None:
        return
    partner = next((p for p in players if p.name == player.trains_with), None)
    if partner is None or partner.trains_with or partner.networks != player.networks:
        raise ValueError(
            f"The player {player.name!r} of a {kind} trains_with="
            f"{player.trains_with!r}, but expects the name of a player that has the "
            f"same networks and an optimizer of its own. The players are "
            f"{[p.name for p in players]}."
        )


def check_terms(game, given):
    """Raises a ValueError unless a game logs the terms that its objectives return.

    Losses and norms of gradients need not be logged.

    Args:
        game: A `Game`.
        given: Names of the terms of all objectives.
    """
    spare = {name for player in game.players for name in (player.loss, player.gradient)}
    unlisted = sorted(set(given) - set(game.trackers) - spare)
    if unlisted:
        raise ValueError(
            f"The objectives of a {type(game).__name__} return {', '.join(unlisted)}, "
            "which `terms` does not list. List it, or do not return it."
        )
    missing = [name for name in game.trackers if name not in given]
    if missing:
        raise ValueError(
            f"A {type(game).__name__} logs {', '.join(missing)}, but no objective of a "
            "player returns that. Return it, or leave it out of `terms`."
        )
