"""What TFP remembers of graphs, which would keep them in memory for ever."""

import sys


def forget_traced():
    """Empties the cache of TFP's bijectors, after a graph was traced.

    Each entry holds its bijector, that the graph's tensors, and these the entry: a
    graph that nobody needs any more would never be freed (40 graphs of a VAE's bound
    took 180 MB).
    """
    module = sys.modules.get("tensorflow_probability.python.bijectors.bijector")
    if module is not None:
        # Of all classes: as an attribute it would be that of one.
        vars(module.Bijector)["_cache"].clear()
