"""Checks of the parts of a `MachineTranslation`."""

import numpy as np

from kgen.core.checks.values import check_count
from kgen.networks.causal.incremental import IncrementalNetwork
from kgen.networks.inputs import check_output, input_shape
from kgen.networks.text.decoding import INPUTS

# The damage of the paper, a default.
WORD_DROP, SHUFFLE_DISTANCE = 0.1, 3


def check_conditions(model):
    """Raises a ValueError for a model with classes or a context."""
    for name in ("num_classes", "context_shape"):
        if getattr(model, name) is not None:
            raise ValueError(
                f"A {type(model).__name__} was given {name}={getattr(model, name)}, "
                "but takes no condition: sentences x and y are no pairs, so a "
                "condition could belong to one of them only. Leave it out."
            )


def check_networks(model):
    """Raises a ValueError unless encoder, decoder and discriminator fit together."""
    shape = model.data_shape
    if len(shape) != 1 or len(model.latent_shape) != 2:
        raise ValueError(
            f"The encoder takes x of shape {shape} and gives {model.latent_shape}, but "
            "expects sentences, ints (length,), and gives a vector for each word, "
            "(length, width). See kgen.networks.text_encoder."
        )
    found = input_shape(model.decoder, "x", beside=INPUTS)
    if found != shape:
        raise ValueError(
            f"The decoder takes x of shape {found}, but the encoder {shape}. Build "
            "both for sentences of one length."
        )
    expected = (*shape, model.num_data_codes)
    check_output("decoder", model.decoder, expected, "sentences and their codes")
    taken = {tensor.name: tuple(tensor.shape[1:]) for tensor in model.decoder.inputs}
    if taken.get("z") != model.latent_shape:
        raise ValueError(
            f"The decoder takes z of shape {taken.get('z')}, but the encoder gives "
            f"{model.latent_shape}. Build both with one width."
        )
    IncrementalNetwork(model.decoder, INPUTS)
    if model.discriminator is not None:
        found = input_shape(model.discriminator, "z", beside=("mask",))
        if found != model.latent_shape:
            raise ValueError(
                f"The discriminator takes z of shape {found}, but the encoder gives "
                f"{model.latent_shape}. Build both with one width."
            )
        check_output("discriminator", model.discriminator, (1,), "two languages")


def check_dictionary(model, name, dictionary):
    """A dictionary as a tuple of ints, if it has a code for each code; or `None`."""
    if dictionary is None:
        return None
    found = np.asarray(dictionary)
    size = model.num_data_codes
    fits = found.shape == (size,) and found.dtype.kind in "iu"
    if not fits or found.min() < 0 or found.max() >= size:
        raise ValueError(
            f"A {type(model).__name__} was given {name} of shape {found.shape} and "
            f"type {found.dtype}, but expects {size} ints from 0 to {size - 1}: the "
            "translation of each code, or 0 for an unknown word."
        )
    if found[0]:
        raise ValueError(
            f"A {type(model).__name__} was given {name} with {found[0]} for code 0, "
            "but 0 ends a sentence and is no word. Put 0 in the first place."
        )
    return tuple(found.tolist())


def check_use(model):
    """Raises a ValueError for settings of a translation that have no effect."""
    kind = type(model).__name__
    if model.dictionary is None:
        for name in ("dictionary_back", "word_by_word_rounds"):
            if getattr(model, name):
                raise ValueError(
                    f"A {kind} was given {name} without a dictionary, which has no "
                    "effect. Pass dictionary, too, or leave it out."
                )
    elif model.back_translation_weight == 0:
        raise ValueError(
            f"A {kind} was given a dictionary, but back_translation_weight=0, so "
            "nothing would be looked up. Leave one of them out."
        )
    elif model.word_by_word_rounds == 0:
        raise ValueError(
            f"A {kind} was given a dictionary, but word_by_word_rounds=0, so nothing "
            "would be looked up. Leave one of them out."
        )
    if model.discriminator is None and model.discriminator_steps != 1:
        raise ValueError(
            f"A {kind} was given discriminator_steps={model.discriminator_steps}, but "
            "has no discriminator. Leave it out."
        )
    if model.word_by_word_rounds is not None:
        check_count(kind, "word_by_word_rounds", model.word_by_word_rounds, fewest=0)
    learns_of_damage = (
        model.denoising_weight,
        model.back_translation_weight,
        model.discriminator,
    )
    damage = (model.word_drop, model.shuffle_distance)
    if not any(learns_of_damage) and damage != (WORD_DROP, SHUFFLE_DISTANCE):
        raise ValueError(
            f"A {kind} has word_drop={damage[0]} and shuffle_distance={damage[1]}, but "
            "learns from pairs alone, which are not damaged. Leave both out, or give "
            "denoising_weight or back_translation_weight."
        )
    if model.discriminator is not None and model.adversarial_weight == 0:
        raise ValueError(
            f"A {kind} was given a discriminator, but adversarial_weight=0, so nobody "
            "would play against it. Leave the discriminator out."
        )
    used = (model.denoising_weight, model.back_translation_weight, model.supervised)
    if not any(used):
        raise ValueError(
            f"A {kind} has denoising_weight=0 and back_translation_weight=0 and no "
            "pairs, so it has nothing to learn from. Give one of them a weight above "
            "0, or pass pairs with supervised=True."
        )
