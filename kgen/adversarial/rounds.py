"""Turns that are not taken in every round, on any number of replicas."""

import tensorflow as tf


def in_each_nth(rounds, every, turn, *args):
    """Calls `turn(*args)` in rounds 0, n, 2n and so on; others cost nothing.

    In graphs the choice is one of the graph, so it holds for several steps per
    execution. Optimizers synchronise replicas, which TensorFlow allows in a branch
    only if the branch calls the replicas, rather than each replica having a branch.

    Args:
        rounds: Variable that counts rounds, the same on all replicas.
        every: The n.
        turn: Function whose result is not needed.
        *args: Its arguments on this replica: tensors, or dictionaries of them.
    """

    def choose(strategy, *args):
        def play():
            strategy.extended.call_for_each_replica(turn, args)

        tf.cond(tf.equal(rounds % every, 0), play, lambda: None)

    tf.distribute.get_replica_context().merge_call(choose, args)
