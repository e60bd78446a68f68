"""Whether the networks of a StackGAN fit together."""

from kgen.core.checks.values import check_count
from kgen.networks.conv import check_image, steps_down
from kgen.networks.inputs import check_output, check_takers, input_shape


def check_given_condition(model):
    """Raises a ValueError unless a model has a condition."""
    if model.num_classes is model.context_shape is None:
        raise ValueError(
            "A StackGAN was given no condition, but draws images of captions. Pass "
            "context_shape, the size of the embedding of a caption, or num_classes."
        )


def check_encoder(model):
    """Raises a ValueError unless a text encoder gives a model's embeddings."""
    encoder = model.text_encoder
    if (encoder is None) != (model.num_words is None):
        raise ValueError(
            f"A StackGAN was given text_encoder={encoder!r} and num_words="
            f"{model.num_words}. Pass both, or neither: then context is a vector."
        )
    if encoder is None:
        return
    check_count("StackGAN", "num_words", model.num_words)
    shape = input_shape(encoder, "tokens")
    if len(encoder.inputs) != 1 or None in shape:
        raise ValueError(
            f"The text encoder {encoder.name!r} of a StackGAN takes inputs of the "
            f"shapes {[tuple(tensor.shape) for tensor in encoder.inputs]}, but expects "
            "one of a known length, (batch, length). Pad captions to that length."
        )
    because = f"context_shape={model.context_shape} and the networks"
    check_output("text encoder", encoder, model.context_shape, because)


def check_stages(model):
    """Raises a ValueError unless the six networks of a model fit together."""
    stages = {
        "small_": (model.small_augmenter, model.small_discriminator, model.small_shape),
        "": (model.augmenter, model.discriminator, model.data_shape),
    }
    for stage, (augmenter, discriminator, shape) in stages.items():
        check_image(shape)
        for network in (augmenter, discriminator):
            check_takers(model, network)
        found = input_shape(discriminator, "x")
        if found != shape:
            raise ValueError(
                f"The {stage}discriminator of a StackGAN takes images of shape {found},"
                f" but the {stage}generator makes images of shape {shape}."
            )
        because = "the losses of a StackGAN"
        check_output(f"{stage}discriminator", discriminator, (1,), because)
        generator = getattr(model, f"{stage}generator")
        sizes = [i.shape[-1] for i in generator.inputs if i.name == "context"]
        because = f"the means and variances of the {stage}generator's context"
        (size,) = sizes or [0]
        check_output(f"{stage}augmenter", augmenter, (2 * size,), because)
    found = input_shape(model.generator, "x")
    if found != model.small_shape:
        raise ValueError(
            f"The generator of a StackGAN takes small images of shape {found}, but the "
            f"small_generator makes images of shape {model.small_shape}."
        )
    halvings(model.data_shape, model.small_shape)


def halvings(data_shape, small_shape):
    """How often an image of `data_shape` is halved to one of `small_shape`.

    Raises:
        ValueError: if it never has that shape, or other channels.
    """
    *size, channels = data_shape
    sizes = [(*now, channels) for now in steps_down(size, max(size).bit_length(), 2)]
    if tuple(small_shape) not in sizes[1:]:
        raise ValueError(
            f"The small_generator of a StackGAN makes images of shape {small_shape}, "
            f"but the generator makes images of shape {data_shape}. Small images have "
            f"half its sides, rounded up, once or more often: {sizes[1:4]}."
        )
    return sizes[1:].index(tuple(small_shape)) + 1
