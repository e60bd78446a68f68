"""Recipes of VAEs of sequences."""

import math

import keras

from kgen.autoencoders.sequences.sequence_vae import SequenceVAE
from kgen.core.recipe import Recipe
from kgen.likelihoods import posteriors
from kgen.networks.causal.sequence import lstm
from kgen.networks.recurrent import bidirectional_encoder, conductor


def sequence_vae(
    data_shape,
    num_classes=None,
    num_codes=None,
    num_segments=None,
    latent_dim=32,
    width=128,
    num_blocks=1,
    dropout=0.0,
    covariance="diagonal",
    learning_rate=2e-3,
    weight_decay=0.1,
    context_shape=None,
    **settings,
):
    """A `SequenceVAE` with LSTMs as encoder, conductor and decoder, compiled.

    Args:
        data_shape: `(steps,)`.
        num_classes: If given, encoder and conductor take labels.
        num_codes: Number of codes of the data.
        num_segments: Number of segments of equal length, such as bars; 1 is a flat
            decoder. By default the largest divisor of the steps up to their root.
        latent_dim: Size of the latent.
        width: Units of each LSTM.
        num_blocks: Number of LSTMs of each network.
        dropout: Share of units that are left out in training, in encoder and decoder.
        covariance: See `VAE`.
        learning_rate: AdamW's learning rate.
        weight_decay: AdamW's. It keeps the model from memorising small data sets.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `SequenceVAE`.
    """
    if num_codes is None or len(data_shape) != 1:
        raise ValueError(
            f"A VAE of sequences cannot be built for data of shape {data_shape} and "
            f"num_codes={num_codes}: it expects (steps,), and the number of codes."
        )
    (steps,) = data_shape
    if num_segments is None:
        roots = range(1, math.isqrt(steps) + 1)
        num_segments = max(n for n in roots if steps % n == 0)
    if steps % num_segments:
        raise ValueError(
            f"num_segments={num_segments} was given, but {steps} steps cannot be "
            "divided into as many equal segments."
        )
    common = {"width": width, "num_blocks": num_blocks}
    conditions = {"num_classes": num_classes, "context_shape": context_shape}
    size = posteriors.get(covariance).num_parameters(latent_dim)
    reading = {**common, "num_codes": num_codes, "dropout": dropout}
    model = SequenceVAE(
        bidirectional_encoder(data_shape, size, **reading, **conditions),
        conductor(latent_dim, num_segments, width, **common, **conditions),
        lstm((steps // num_segments,), num_codes, **reading, context_shape=width),
        covariance=covariance,
        **conditions,
        **settings,
    )
    model.compile(keras.optimizers.AdamW(learning_rate, weight_decay))
    return model


RECIPES = {
    "music-vae": Recipe(
        sequence_vae,
        SequenceVAE,
        "a VAE of sequences; a conductor leads the decoder from bar to bar",
        "https://arxiv.org/abs/1803.05428",
        {"beta": 0.2, "free_bits": 0.5},
        data_codes=True,
        steps={"vector": 3_000},
        networks=("encoder", "conductor", "decoder", "likelihood"),
        tiny={"num_codes": 5, "width": 4, "latent_dim": 3, "num_segments": 2},
        example_shape=(6,),
        representative=True,
        heavy=True,
    ),
}
