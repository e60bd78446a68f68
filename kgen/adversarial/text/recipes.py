"""Recipes of translation."""

from kgen.adversarial.optimizers import with_adam
from kgen.adversarial.text.translation import MachineTranslation
from kgen.core.recipe import Recipe
from kgen.networks.text import text_decoder, text_discriminator, text_encoder


def translation(
    data_shape,
    num_classes=None,
    num_codes=None,
    width=64,
    num_blocks=2,
    num_heads=4,
    hidden=None,
    dropout=0.0,
    adversarial_weight=1.0,
    learning_rate=1e-3,
    discriminator_learning_rate=None,
    beta_1=0.5,
    beta_2=0.999,
    **settings,
):
    """A `MachineTranslation` of Transformers, compiled.

    Args:
        data_shape: `(length,)`, the most words of a sentence.
        num_classes: Refused: a translation takes no condition.
        num_codes: Number of codes of the larger language, with 0.
        width: Channels of the networks, a multiple of `num_heads`.
        num_blocks: Blocks of the encoder, and of the decoder.
        num_heads: Heads of attention.
        hidden: Units of the discriminator's layers, by default (64, 64).
        dropout: Rate of dropout in encoder and decoder.
        adversarial_weight: See `MachineTranslation`; 0 for no discriminator.
        learning_rate: The translator's, Adam.
        discriminator_learning_rate: The discriminator's, Adam, by default 5e-4.
        beta_1: Adam's, for both.
        beta_2: Adam's, for both.
        **settings: Arguments of `MachineTranslation`.

    Raises:
        ValueError: for data that is no sentences, without `num_codes`, or for settings
            of a discriminator that is not there.
    """
    if len(data_shape) != 1:
        raise ValueError(
            f"A translation cannot be built for data of shape {data_shape}: it expects "
            "sentences, ints of shape (length,)."
        )
    if num_codes is None:
        raise ValueError(
            "A translation was given no num_codes, but sentences are ints. Pass the "
            "number of codes of the larger language, with 0 for the end of a sentence."
        )
    of_discriminator = {
        "hidden": hidden,
        "discriminator_learning_rate": discriminator_learning_rate,
    }
    for name, value in of_discriminator.items():
        if value is not None and not adversarial_weight:
            raise ValueError(
                f"A translation was given {name}={value}, which has an effect only "
                "with a discriminator. Leave it out, or pass adversarial_weight=1.0."
            )
    sizes = {"width": width, "num_blocks": num_blocks, "num_heads": num_heads}
    parts = [
        make(data_shape, num_codes, dropout=dropout, **sizes)
        for make in (text_encoder, text_decoder)
    ]
    if adversarial_weight:
        parts.append(text_discriminator(data_shape, width, hidden or (64, 64)))
        settings["adversarial_weight"] = adversarial_weight
    model = MachineTranslation(*parts, num_classes=num_classes, **settings)
    if discriminator_learning_rate is None:
        discriminator_learning_rate = 5e-4
    return with_adam(model, learning_rate, discriminator_learning_rate, beta_1, beta_2)


_OF_TEXT = {
    "networks": ("encoder", "decoder", "discriminator"),
    "steps": {"vector": 2_000},
    "example_shape": (6,),
    "takes_condition": False,
}
_TINY = {"num_codes": 5, "width": 4, "num_blocks": 1, "num_heads": 2, "hidden": (3,)}

RECIPES = {
    "unsupervised-translation": Recipe(
        translation,
        MachineTranslation,
        "from sentences that are no pairs: denoising, back-translation, an adversary",
        "https://arxiv.org/abs/1711.00043",
        **_OF_TEXT,
        tiny={**_TINY, "dictionary": (0, 2, 1, 0, 3), "word_by_word_rounds": 4},
        representative=True,
        heavy=True,
    ),
    "supervised-translation": Recipe(
        translation,
        MachineTranslation,
        "a Transformer that learns from pairs of sentences",
        "https://arxiv.org/abs/1706.03762",
        {
            "supervised": True,
            "denoising_weight": 0.0,
            "back_translation_weight": 0.0,
            "adversarial_weight": 0.0,
        },
        **_OF_TEXT,
        tiny={key: value for key, value in _TINY.items() if key != "hidden"},
        heavy=True,
    ),
}
