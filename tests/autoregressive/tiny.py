"""Tiny autoregressive models of every kind, with weights that make a difference."""

import functools

import keras
import numpy as np

import kgen
from kgen import likelihoods
from kgen.likelihoods import Categorical, DiscretizedLogistic, LogisticMixture
from kgen.networks import causal

GRIDS = {
    "pixelcnn": causal.pixelcnn,
    "gated": causal.gated_pixelcnn,
    "pixelrnn": causal.pixelrnn,
}
SEQUENCES = {"lstm": causal.lstm, "transformer": causal.transformer}
SMALL = {"width": 6, "head_filters": 6, "num_blocks": 2, "first_kernel_size": 5}


def shaken(network, scale=0.3, seed=0):
    """The network with noise on all weights: none is 0, as many are at first."""
    rng = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        variable.assign_add(scale * rng.normal(size=variable.shape))
    return network


def grid(name, shape, likelihood="bernoulli", num_parameters=1, **options):
    """A model over images, or with `num_codes` over a grid of codes."""
    keras.utils.set_random_seed(0)
    classes = options.get("num_classes")
    network = GRIDS[name](shape, num_parameters, **{**SMALL, **options})
    model = kgen.Autoregressive(
        shaken(network), likelihood, num_classes=classes, seed=0
    )
    model.compile()
    return model


def sequence(name, steps, likelihood, data_shape=None, num_parameters=1, **options):
    """A model over a sequence, or over data as tokens."""
    keras.utils.set_random_seed(0)
    classes = options.get("num_classes")
    network = SEQUENCES[name](steps, num_parameters, width=8, **options)
    model = kgen.Autoregressive(
        shaken(network), likelihood, data_shape, num_classes=classes, seed=0
    )
    model.compile()
    return model


def dense(shape, likelihood="bernoulli", num_parameters=1, **options):
    """A model whose network is a MADE."""
    keras.utils.set_random_seed(0)
    classes = options.get("num_classes")
    network = causal.masked_mlp(shape, num_parameters, (12, 10), "tanh", **options)
    model = kgen.Autoregressive(
        shaken(network), likelihood, num_classes=classes, seed=0
    )
    model.compile()
    return model


MODELS = {
    "made-binary": lambda: dense((2, 3, 1)),
    "made-colour-levels": lambda: dense((1, 1, 3), Categorical(4), 4),
    "pixelcnn-binary": lambda: grid("pixelcnn", (2, 3, 1)),
    "pixelcnn-colour": lambda: grid("pixelcnn", (1, 2, 3)),
    "gated-levels": lambda: grid("gated", (2, 2, 1), Categorical(3), 3),
    "gated-colour-levels": lambda: grid("gated", (1, 1, 3), Categorical(4), 4),
    "gated-colour-logistic": lambda: grid(
        "gated", (1, 1, 3), DiscretizedLogistic(3), 2
    ),
    "pixelcnn-256": lambda: grid("pixelcnn", (1, 2, 1), Categorical(256), 256),
    "gated-codes": lambda: grid("gated", (2, 2), likelihoods.Codes(3), 3, num_codes=3),
    "pixelrnn-binary": lambda: grid("pixelrnn", (3, 2, 1)),
    "mixture": lambda: grid(
        "gated",
        (1, 1, 3),
        LogisticMixture(4, 2),
        LogisticMixture(4, 2).num_outputs(3),
        joint=True,
    ),
    "lstm-tokens": lambda: sequence(
        "lstm", (4,), Categorical(3), (2, 2, 1), 3, num_codes=3
    ),
    "transformer-colour": lambda: sequence(
        "transformer", (6,), "bernoulli", (2, 1, 3), num_codes=2
    ),
    "transformer-tokens": lambda: sequence(
        "transformer", (4,), likelihoods.Codes(3), None, 3, num_codes=3
    ),
}
# MADE alone runs as a whole for each position.
CACHED = [name for name in MODELS if not name.startswith("made")]
LEVELS = {
    "made-colour-levels": 4,
    "gated-levels": 3,
    "gated-colour-levels": 4,
    "gated-colour-logistic": 3,
    "mixture": 4,
    "pixelcnn-256": 256,
    "lstm-tokens": 3,
    "gated-codes": 3,
    "transformer-tokens": 3,
}


@functools.cache
def model(name):
    """One of `MODELS`, made once."""
    return MODELS[name]()


def states(name):
    """All data that a model may see, `(n, *data_shape)`."""
    shape, levels = model(name).data_shape, LEVELS.get(name, 2)
    index = np.indices([levels] * int(np.prod(shape)))
    index = index.reshape(int(np.prod(shape)), -1).T.reshape(-1, *shape)
    if model(name).num_data_codes:
        return index.astype("int32")
    return (index / (levels - 1)).astype("float32")
