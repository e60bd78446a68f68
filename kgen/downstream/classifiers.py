"""Classifiers of codes that an autoencoder has learned without labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras

from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count, check_sizes
from kgen.core.config import lookup

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def code_classifier(
    model: GenerativeModel,
    num_classes: int,
    mode: str = "head",
    hidden: Sequence[int] = (),
) -> keras.Model:
    """A classifier of the codes of a trained autoencoder.

    It has a copy of the encoder: training it leaves the model as it is. The code of a
    VAE is the mean of its posterior. Codes with several axes are flattened.

    Args:
        model: A trained unconditional `Autoencoder` or `VAE`.
        num_classes: Number of classes.
        mode: `"head"`, dense layers on the code of a frozen encoder; `"append"`, dense
            layers on the flattened data with that code appended; `"fine_tune"`, like
            `"head"`, but training also changes the encoder.
        hidden: Units of dense hidden layers before the output.

    Returns:
        A plain `keras.Model` `x -> (batch, num_classes)`, probabilities, compiled with
        Adam, the cross-entropy and the accuracy. Compile it anew for another
        optimizer.

    Raises:
        ValueError: for an unknown mode, a conditional model, an encoder that does not
            end with the code, or an invalid number of classes or units.

    Example:

    >>> images, labels = np.random.rand(100, 8, 8, 1), np.arange(20) % 10
    >>> model = kgen.build("autoencoder", (8, 8, 1))
    >>> history = model.fit(images, verbose=0)  # All images, without labels.
    >>> classifier = kgen.downstream.code_classifier(model, num_classes=10)
    >>> history = classifier.fit(images[:20], labels, verbose=0)  # 20 have labels.
    >>> classifier(images).shape
    TensorShape([100, 10])

    References:
        [Erhan et al., 2010](https://jmlr.org/papers/v11/erhan10a.html)
    """
    assemble = lookup("mode", mode, _MODES)
    _check(model)
    num_classes = check_count("code_classifier", "num_classes", num_classes)
    hidden = check_sizes("code_classifier", "hidden", hidden)
    encoder = keras.models.clone_model(model.encoder)
    encoder.set_weights(model.encoder.get_weights())
    encoder.trainable = mode == "fine_tune"
    x = keras.Input(model.data_shape, name="x")
    # The parameters of a posterior start with its mean.
    code = encoder(x)[..., : model.latent_shape[-1]]
    h = assemble(keras.layers.Flatten()(x), keras.layers.Flatten()(code))
    for units in hidden:
        h = keras.layers.Dense(units, "relu")(h)
    # Probabilities in full precision under any dtype policy.
    output = keras.layers.Dense(num_classes, "softmax", dtype="float32")(h)
    classifier = keras.Model(x, output, name="classifier")
    classifier.compile(
        "adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return classifier


def _code_alone(x, code):
    return code


def _appended(x, code):
    return keras.layers.Concatenate()([x, code])


_MODES = {"head": _code_alone, "append": _appended, "fine_tune": _code_alone}


def _check(model):
    check_model("code_classifier", model)
    name = type(model).__name__
    if model.num_classes is not None:
        raise ValueError(
            f"This {name} is conditional: its encoder gets the label that a classifier "
            "is to find. Train one without num_classes."
        )
    if model.context_shape is not None:
        raise ValueError(
            f"This {name} is conditional: its encoder gets a context, and a classifier "
            "of x has none. Train one without context_shape."
        )
    encoder = getattr(model, "encoder", None)
    shape = encoder and (*encoder.output_shape[1:-1], encoder.output_shape[-1])
    latent = model.latent_shape
    if not shape or shape[:-1] != latent[:-1] or shape[-1] < latent[-1]:
        raise ValueError(
            f"A classifier needs an encoder that ends with the code, but a {name} has "
            f"codes of shape {latent} and an encoder with the output shape {shape}."
        )
