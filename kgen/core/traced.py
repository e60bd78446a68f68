"""Removal of TFP's references to graphs, which keep them in memory."""

import sys


def forget_traced():
    """Empties the cache of TFP's bijectors, after a graph was traced.

    Each entry holds its bijector, the bijector holds the graph's tensors, and these
    hold the entry: an unused graph would never be freed (40 graphs of a VAE's bound
    took 180 MB).
    """
    module = sys.modules.get("tensorflow_probability.python.bijectors.bijector")
    if module is not None:
        # `vars` finds the cache of all classes, an attribute only that of one.
        vars(module.Bijector)["_cache"].clear()
