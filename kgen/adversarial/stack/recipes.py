"""The recipe of the StackGAN."""

from kgen.adversarial.optimizers import with_adam
from kgen.adversarial.stack.stackgan import StackGAN
from kgen.core.recipe import Recipe, kind_of
from kgen.networks.conv import check_image, steps_down
from kgen.networks.gan.dcgan import dcgan_discriminator, dcgan_generator
from kgen.networks.gan.stack import stack_augmenter, stack_generator


def stackgan(
    data_shape,
    num_classes=None,
    context_shape=None,
    latent_dim=32,
    augmented_dim=16,
    small_filters=(128, 64),
    filters=(64,),
    num_blocks=2,
    discriminator_filters=(64, 128),
    normalization="batch",
    discriminator_normalization=None,
    spectral=False,
    conditioning="projection",
    learning_rate=None,
    discriminator_learning_rate=None,
    beta_1=0.5,
    beta_2=0.999,
    **settings,
):
    """A `StackGAN` of convolutional networks with Adam, compiled.

    Args:
        data_shape: Shape of a large image.
        num_classes: Number of classes, if the condition is a class.
        context_shape: Size of the embedding of a caption.
        latent_dim: Size of the noise `z` of stage 1.
        augmented_dim: Size of the vectors that stand for a caption in the generators.
        small_filters: Filters of the generator of stage 1, one for each doubling.
        filters: Filters of the generator of stage 2, one for each doubling: `(64,)` for
            small images of half the sides, `(128, 64)` for a quarter.
        num_blocks: Residual blocks of stage 2 before the doublings.
        discriminator_filters: Filters of both discriminators; each halves the image.
        normalization: Normalisation of the generators, see `kgen.networks.normalized`.
        discriminator_normalization: Normalisation of the discriminators.
        spectral: Whether layers of the discriminators are spectrally normalised.
        conditioning: How discriminators take the condition, `"projection"` or
            `"concatenate"`.
        learning_rate: Rate of the generators' Adam; by default 1e-3 for images up to 16
            pixels a side, else 2e-4.
        discriminator_learning_rate: Rate of the discriminators'; by default the same.
        beta_1: Adam's, for all players.
        beta_2: Adam's, for all players.
        **settings: Arguments of `StackGAN`.
    """
    check_image(data_shape)
    *size, channels = data_shape
    small_shape = (*steps_down(size, len(filters), 2)[-1], channels)
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    discriminators = [
        dcgan_discriminator(
            shape,
            discriminator_filters,
            normalization=discriminator_normalization,
            spectral=spectral,
            conditioning=conditioning,
            name=f"{stage}discriminator",
            **condition,
        )
        for shape, stage in ((small_shape, "small_"), (data_shape, ""))
    ]
    augmenters = [
        stack_augmenter(augmented_dim, name=f"{stage}augmenter", **condition)
        for stage in ("small_", "")
    ]
    small_generator = dcgan_generator(
        latent_dim,
        small_shape,
        small_filters,
        normalization=normalization,
        context_shape=augmented_dim,
        name="small_generator",
    )
    generator = stack_generator(
        data_shape, augmented_dim, filters, num_blocks, normalization=normalization
    )
    model = StackGAN(
        augmenters[0],
        small_generator,
        discriminators[0],
        augmenters[1],
        generator,
        discriminators[1],
        **condition,
        **settings,
    )
    if learning_rate is None:
        learning_rate = 1e-3 if kind_of(data_shape) == "small image" else 2e-4
    return with_adam(model, learning_rate, discriminator_learning_rate, beta_1, beta_2)


RECIPES = {
    "stackgan": Recipe(
        stackgan,
        StackGAN,
        "images from captions, a small one and then a large one",
        "https://arxiv.org/abs/1612.03242",
        conditional=True,
        by_kind={"small image": {"filters": (32,)}},
        networks=(
            *("small_augmenter", "small_generator", "small_discriminator"),
            *("augmenter", "generator", "discriminator"),
        ),
        tiny={
            "latent_dim": 3,
            "augmented_dim": 2,
            "small_filters": (5,),
            "filters": (4,),
            "num_blocks": 1,
            "discriminator_filters": (4, 5),
        },
        heavy=True,
    ),
}
