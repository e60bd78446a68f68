"""Recipes of the autoregressive wing."""

import math

import keras

from kgen import likelihoods
from kgen.autoregressive.model import Autoregressive
from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.core.recipe import Recipe, over_levels
from kgen.networks.causal.masked_mlp import masked_mlp
from kgen.networks.causal.pixelcnn import gated_pixelcnn, pixelcnn
from kgen.networks.causal.row_lstm import pixelrnn
from kgen.networks.causal.sequence import lstm, transformer

GRIDS = {"gated": gated_pixelcnn, "plain": pixelcnn, "row_lstm": pixelrnn}


def pixel_model(
    data_shape,
    num_classes=None,
    network="plain",
    width=32,
    num_blocks=5,
    kernel_size=3,
    first_kernel_size=7,
    head_filters=32,
    dropout=0.0,
    likelihood=None,
    levels=None,
    num_components=None,
    stddev=None,
    num_codes=None,
    learning_rate=1e-3,
    weight_decay=0.1,
    context_shape=None,
    **settings,
):
    """An `Autoregressive` over images, or over grids of codes, compiled.

    Args:
        data_shape: `(height, width, channels)`; with `num_codes` `(height, width)`.
        num_classes: If given, every block takes labels.
        network: `"plain"`, `"gated"` or `"row_lstm"`.
        width: Channels of the network, see `pixelcnn`.
        num_blocks: Number of blocks.
        kernel_size: Kernel size of the blocks, odd.
        first_kernel_size: Kernel size of the first convolution, odd.
        head_filters: Channels of the convolution before the last.
        dropout: Share of channels that are left out in training.
        likelihood: See `Autoregressive`; by default `"bernoulli"`, `"categorical"`
            for more than two `levels`, `"codes"` with `num_codes`.
        levels: Number of levels of the data if it has levels, such as `train.levels`.
        num_components: Number of logistics, for `"logistic_mixture"`.
        stddev: Standard deviation, for `"gaussian"`.
        num_codes: Number of codes, if data is of ints.
        learning_rate: AdamW's learning rate.
        weight_decay: AdamW's weight decay.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `Autoregressive`.
    """
    axes, described = (2, "(height, width)") if num_codes is not None else (3, "images")
    if len(data_shape) != axes:
        raise ValueError(
            f"A network over a grid cannot be built for data of shape {data_shape}: it "
            f"expects {described}. Sequences are for 'lstm' and 'transformer', codes "
            "need num_codes."
        )
    options = {"levels": levels, "num_components": num_components, "stddev": stddev}
    likelihood = _likelihood(likelihood, "bernoulli", num_codes, options)
    channels = 1 if num_codes else data_shape[-1]
    check_count("kgen.build", "width", width)
    built = lookup("network", network, GRIDS)(
        data_shape,
        _num_parameters(likelihood, channels),
        width=width,
        num_blocks=num_blocks,
        kernel_size=kernel_size,
        first_kernel_size=first_kernel_size,
        head_filters=head_filters,
        dropout=dropout,
        joint=likelihood.joint,
        num_codes=num_codes,
        num_classes=num_classes,
        context_shape=context_shape,
    )
    conditions = {"num_classes": num_classes, "context_shape": context_shape}
    model = Autoregressive(built, likelihood, **conditions, **settings)
    return _compiled(model, learning_rate, weight_decay)


def dense_model(
    data_shape,
    num_classes=None,
    hidden=(512, 512),
    activation="relu",
    likelihood=None,
    levels=None,
    stddev=None,
    learning_rate=1e-3,
    weight_decay=0.1,
    context_shape=None,
    **settings,
):
    """An `Autoregressive` over images whose network is a MADE, compiled.

    Args:
        data_shape: `(height, width, channels)`.
        num_classes: If given, the network takes labels.
        hidden: Units of each hidden layer.
        activation: Activation of the hidden layers.
        likelihood: A likelihood of single values, see `Autoregressive`; by default
            `"bernoulli"`, `"categorical"` for 3 to 32 `levels`, with more of them
            `"discretized_logistic"`, as a dense layer with 256 outputs for each value
            is large.
        levels: Number of levels of the data if it has levels, such as `train.levels`.
        stddev: Standard deviation, for `"gaussian"`.
        learning_rate: AdamW's learning rate.
        weight_decay: AdamW's weight decay.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `Autoregressive`.
    """
    if len(data_shape) != 3:
        raise ValueError(
            f"A MADE cannot be built for data of shape {data_shape}: it expects "
            "images. For vectors of real values there is 'maf'."
        )
    many = "categorical" if (levels or 0) <= _FEW_LEVELS else "discretized_logistic"
    if likelihood is None:
        likelihood, levels = over_levels(levels, many, "bernoulli")
    options = {"levels": levels, "stddev": stddev}
    likelihood = likelihoods.get(likelihood, likelihoods.AUTOREGRESSIVE, **options)
    if likelihood.joint:
        raise ValueError(
            f"The likelihood {type(likelihood).__name__} is for whole pixels, but a "
            "MADE has parameters for each value. Choose 'bernoulli', 'categorical' or "
            "'discretized_logistic'."
        )
    built = masked_mlp(
        data_shape,
        _num_parameters(likelihood, data_shape[-1]),
        hidden,
        activation,
        num_classes,
        context_shape,
    )
    conditions = {"num_classes": num_classes, "context_shape": context_shape}
    model = Autoregressive(built, likelihood, **conditions, **settings)
    return _compiled(model, learning_rate, weight_decay)


def sequence_model(
    data_shape,
    num_classes=None,
    network="transformer",
    width=64,
    num_blocks=2,
    num_heads=4,
    dropout=0.0,
    likelihood=None,
    levels=None,
    num_components=None,
    stddev=None,
    num_codes=None,
    learning_rate=1e-3,
    weight_decay=0.1,
    context_shape=None,
    **settings,
):
    """An `Autoregressive` over sequences, or data as tokens in raster order, compiled.

    Args:
        data_shape: `(steps, channels)` for real values; `(height, width, channels)` for
            images, whose levels become tokens; any shape with `num_codes`.
        num_classes: If given, the network takes labels.
        network: `"lstm"` or `"transformer"`.
        width: Units of the LSTM, or channels of the Transformer.
        num_blocks: Number of LSTMs or of blocks.
        num_heads: Heads of attention of a Transformer.
        dropout: Share of units that are left out in training.
        likelihood: See `Autoregressive`; by default `"learned_gaussian"` for real
            values, `"bernoulli"` for images, `"categorical"` for more than two
            `levels`, `"codes"` with `num_codes`.
        levels: Number of levels of the data if it has levels, such as `train.levels`.
        num_components: Number of logistics, for `"logistic_mixture"`.
        stddev: Standard deviation, for `"gaussian"`.
        num_codes: Number of codes, if data is of ints.
        learning_rate: AdamW's learning rate.
        weight_decay: AdamW's weight decay.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `Autoregressive`.
    """
    image = len(data_shape) == 3
    if num_codes is None and len(data_shape) not in (2, 3):
        raise ValueError(
            f"A network over sequences cannot be built for data of shape {data_shape}: "
            "it expects (steps, channels), images, or num_codes and ints."
        )
    options = {"levels": levels, "num_components": num_components, "stddev": stddev}
    default = "bernoulli" if image else "learned_gaussian"
    likelihood = _likelihood(likelihood, default, num_codes, options)
    shape, tokens, channels = data_shape, num_codes, 1
    if num_codes or image:
        shape = (math.prod(data_shape),)
        tokens = num_codes or getattr(likelihood, "levels", 2)
    else:
        channels = data_shape[-1]
    check_count("kgen.build", "width", width)
    check_count("kgen.build", "num_heads", num_heads)
    options = {"num_heads": num_heads} if network == "transformer" else {}
    build = lookup("network", network, {"lstm": lstm, "transformer": transformer})
    built = build(
        shape,
        _num_parameters(likelihood, channels),
        width=width,
        num_blocks=num_blocks,
        dropout=dropout,
        joint=likelihood.joint,
        num_codes=tokens,
        num_classes=num_classes,
        context_shape=context_shape,
        **options,
    )
    conditions = {"num_classes": num_classes, "context_shape": context_shape}
    model = Autoregressive(built, likelihood, data_shape, **conditions, **settings)
    return _compiled(model, learning_rate, weight_decay)


def _compiled(model, learning_rate, weight_decay):
    """The model, compiled with AdamW."""
    model.compile(keras.optimizers.AdamW(learning_rate, weight_decay))
    return model


def _likelihood(likelihood, default, num_codes, options):
    """The likelihood from the settings."""
    if num_codes is None and likelihood == "codes":
        raise ValueError("likelihood='codes' is for data of ints: pass num_codes.")
    if num_codes is None:
        if likelihood is None:
            likelihood, levels = over_levels(options["levels"], "categorical", default)
            options = {**options, "levels": levels}
        return likelihoods.get(likelihood, likelihoods.AUTOREGRESSIVE, **options)
    check_count("kgen.build", "num_codes", num_codes)
    given = {name: value for name, value in options.items() if value is not None}
    if likelihood not in (None, "codes") or given:
        raise ValueError(
            f"num_codes={num_codes} is for data of ints, with the likelihood 'codes', "
            f"but likelihood={likelihood!r} and {given} were given. Leave these out, "
            "or num_codes."
        )
    return likelihoods.Codes(num_codes)


def _num_parameters(likelihood, channels):
    """Number of parameters for a value, or for a pixel with a joint likelihood."""
    return likelihood.num_outputs(channels) // (1 if likelihood.joint else channels)


_FEW_LEVELS = 32
_OORD = "https://arxiv.org/abs/1601.06759"
_SLOW = {"small image": 700}  # Slow recipes then take less than two minutes.
_OF_CODES = {"vector": 3_000}  # A sequence of ints has one axis.
_NEEDS = {"num_heads": ("network", ("transformer",))}
_TINY = {"width": 4, "num_blocks": 1}
_TINY_GRID = {**_TINY, "head_filters": 4, "first_kernel_size": 3}

RECIPES = {
    "made": Recipe(
        dense_model,
        Autoregressive,
        "a masked perceptron, all values in one pass",
        "https://arxiv.org/abs/1502.03509",
        tiny={"hidden": (8,)},
    ),
    "pixelcnn": Recipe(
        pixel_model,
        Autoregressive,
        "residual blocks of masked convolutions",
        _OORD,
        tiny=_TINY_GRID,
        data_codes=True,
    ),
    "gated-pixelcnn": Recipe(
        pixel_model,
        Autoregressive,
        "two stacks of gated masked convolutions, no blind spot",
        "https://arxiv.org/abs/1606.05328",
        {"network": "gated"},
        tiny=_TINY_GRID,
        data_codes=True,
        representative=True,
    ),
    "pixelrnn": Recipe(
        pixel_model,
        Autoregressive,
        "row LSTMs down the image",
        _OORD,
        {"network": "row_lstm", "num_blocks": 3},
        steps=_SLOW,
        tiny=_TINY_GRID,
        data_codes=True,
    ),
    "lstm": Recipe(
        sequence_model,
        Autoregressive,
        "an LSTM over a sequence, or an image in raster order",
        "https://doi.org/10.1162/neco.1997.9.8.1735",
        {"network": "lstm", "num_blocks": 1},
        steps=_OF_CODES,
        needs=_NEEDS,
        tiny=_TINY,
        data_codes=True,
    ),
    "transformer": Recipe(
        sequence_model,
        Autoregressive,
        "causal attention over a sequence, or an image as tokens",
        "https://arxiv.org/abs/1706.03762",
        steps={**_SLOW, **_OF_CODES},
        needs=_NEEDS,
        tiny=_TINY,
        data_codes=True,
        representative=True,
    ),
}
