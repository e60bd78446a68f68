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


def in_one_branch(index, functions, *args):
    """The result of one of several functions; the others cost nothing.

    Each is a branch of the graph, on all replicas. See `in_rounds_of`.

    Args:
        index: Function without arguments that gives the place of the chosen function,
            an int32 scalar, the same on all replicas.
        functions: List of functions. Their results have equal structures of tensors.
        *args: Their arguments on this replica: tensors, or dictionaries of them.

    Returns:
        The result on this replica.
    """
    structures = []  # Of the results, one for each function that was traced.

    def choose(strategy, *args):
        def branch(function):
            def play():
                result = strategy.extended.call_for_each_replica(function, args)
                structures.append(result)
                each = map(strategy.experimental_local_results, tf.nest.flatten(result))
                return list(map(list, each))

            return play

        played = tf.switch_case(index(), [branch(f) for f in functions])
        result = [_on_replicas(strategy, values) for values in played]
        return tf.nest.pack_sequence_as(structures[0], result)

    return tf.distribute.get_replica_context().merge_call(choose, args)


def _on_replicas(strategy, values):
    """One value for each replica, as a result of functions that run on all of them."""
    if strategy.num_replicas_in_sync == 1:
        return values[0]
    each = iter(values)
    return strategy.experimental_distribute_values_from_function(lambda _: next(each))
