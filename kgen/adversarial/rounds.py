"""Turns in some rounds only, on any number of replicas."""

import tensorflow as tf


def in_rounds_of(player, rounds, turn, *args):
    """Calls `turn(*args)` in the rounds in which a player plays; others cost nothing.

    In graphs the choice is a branch of the graph, so it works with several steps per
    execution. Optimizers synchronise replicas. TensorFlow allows that in a branch that
    calls all replicas, but not in a branch on each replica.

    Args:
        player: A `Player`.
        rounds: Variable that counts rounds, the same on all replicas.
        turn: Function; its result is ignored.
        *args: Its arguments on this replica: tensors, or dictionaries of them.
    """

    def choose(strategy, *args):
        def play():
            strategy.extended.call_for_each_replica(turn, args)

        tf.cond(player.plays_in(rounds), play, lambda: None)

    tf.distribute.get_replica_context().merge_call(choose, args)
