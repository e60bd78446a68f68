"""Turns in each n-th round only, on any number of replicas."""

import tensorflow as tf


def in_each_nth(rounds, every, turn, *args):
    """Calls `turn(*args)` in rounds 0, n, 2n and so on; other rounds cost nothing.

    In graphs the choice is a branch of the graph, so it works with several steps per
    execution. Optimizers synchronise replicas. TensorFlow allows that in a branch that
    calls all replicas, but not in a branch on each replica.

    Args:
        rounds: Variable that counts rounds, the same on all replicas.
        every: The n.
        turn: Function; its result is ignored.
        *args: Its arguments on this replica: tensors, or dictionaries of them.
    """

    def choose(strategy, *args):
        def play():
            strategy.extended.call_for_each_replica(turn, args)

        tf.cond(tf.equal(rounds % every, 0), play, lambda: None)

    tf.distribute.get_replica_context().merge_call(choose, args)
