"""The shapes of data and codes, of models and of SavedModels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel
    from kgen.serving.servable import Servable

LIKELIHOODS = ("log_prob", "iwae_bound", "elbo")


def shapes(model: GenerativeModel):
    """The shape of data, of codes (`None` without), and whether these are real."""
    latent_shape = model.latent_shape if hasattr(model, "decode") else None
    real = latent_shape is not None and model.num_latent_codes is None
    return tuple(model.data_shape), latent_shape, real


def served_shapes(model: Servable):
    """The same of a SavedModel, by its signatures."""
    data_shape, latent_shape, real = (), None, False
    for verb in ("sample", "decode", "reconstruct"):
        if verb in model.signatures:
            outputs = model.signatures[verb].structured_outputs
            data_shape = tuple(outputs["x"].shape[1:])
    for verb in ("encode", *LIKELIHOODS):
        if not data_shape and "x" in inputs_of(model, verb):
            data_shape = tuple(inputs_of(model, verb)["x"].shape[1:])
    z = inputs_of(model, "decode").get("z")
    if z is not None:
        latent_shape, real = tuple(z.shape[1:]), z.dtype.is_floating
    return data_shape, latent_shape, real


def inputs_of(model, verb):
    """The specs of a signature's inputs; none without that signature."""
    if verb not in model.signatures:
        return {}
    return model.signatures[verb].structured_input_signature[1]
