"""The Fisher information of the normal-Wishart family, by automatic derivatives."""

import tensorflow as tf

from kgen.inference.normal_wishart import Natural, log_normalizer


def fisher_times(q, step):
    """The Fisher matrix at q times a step: the normaliser's second derivative."""
    with tf.GradientTape() as outer:
        outer.watch(q)
        with tf.GradientTape() as inner:
            inner.watch(q)
            value = log_normalizer(q)
        slope = sum(
            tf.reduce_sum(g * s)
            for g, s in zip(inner.gradient(value, q), step, strict=True)
        )
    return Natural(*outer.gradient(slope, q))
