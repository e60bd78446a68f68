"""A `CycleGAN` with networks that suit the size of its images, compiled."""

import functools

from kgen.adversarial.cycle.cyclegan import CycleGAN
from kgen.adversarial.optimizers import with_adam
from kgen.networks.gan.patch import patch_discriminator
from kgen.networks.gan.translator import resnet_translator

# By the longest side in pixels: filters of the generators, their number of blocks, and
# filters of the discriminators. The last row is the paper's.
SIZES = (
    (16, (32, 64), 3, (32, 64)),
    (64, (32, 64, 128), 4, (32, 64, 128)),
    (128, (64, 128, 256), 6, (64, 128, 256)),
    (float("inf"), (64, 128, 256), 9, (64, 128, 256, 512)),
)


def cyclegan(
    data_shape,
    num_classes=None,
    filters=None,
    discriminator_filters=None,
    num_blocks=None,
    activation="relu",
    discriminator_activation="leaky_relu",
    normalization="instance",
    upsample="transpose",
    discriminator_normalization="instance",
    residual=True,
    spectral=False,
    learning_rate=2e-4,
    discriminator_learning_rate=None,
    beta_1=0.5,
    beta_2=0.999,
    context_shape=None,
    **settings,
):
    """A `CycleGAN` between two domains of images of one shape, with Adam, compiled.

    Args:
        data_shape: `(height, width, channels)`.
        num_classes: None: a `CycleGAN` has no classes.
        filters: Filters of the generators, see `resnet_translator`; by default for the
            size of the images: `(32, 64)` up to 16 pixels a side, `(32, 64, 128)` up to
            64, else the paper's.
        discriminator_filters: Filters of the discriminators, see `patch_discriminator`.
        num_blocks: Residual blocks of the generators; by default 3 to 9.
        activation: Activation of the generators.
        discriminator_activation: Activation of the discriminators.
        normalization: Normalisation of the generators, see `kgen.networks.normalized`.
        upsample: How the generators enlarge the map, see `resnet_translator`.
        discriminator_normalization: Normalisation of the discriminators.
        residual: Whether the generators add a change to their images, see
            `resnet_translator`; `False` in the paper. It saves most of the training.
        spectral: Whether the discriminators' layers are spectrally normalised.
        learning_rate: Rate of the generators' Adam.
        discriminator_learning_rate: Rate of the discriminators'; by default the same.
        beta_1: Adam's, for all networks.
        beta_2: Adam's, for all networks.
        context_shape: None: a `CycleGAN` has no context.
        **settings: Arguments of `CycleGAN`.
    """
    longest = max(data_shape[:-1], default=0)
    sizes = next(found for most, *found in SIZES if longest <= most)
    translator = functools.partial(
        resnet_translator,
        data_shape,
        filters=filters or sizes[0],
        num_blocks=num_blocks or sizes[1],
        activation=activation,
        normalization=normalization,
        upsample=upsample,
        residual=residual,
    )
    discriminator = functools.partial(
        patch_discriminator,
        data_shape,
        discriminator_filters or sizes[2],
        activation=discriminator_activation,
        normalization=discriminator_normalization,
        spectral=spectral,
    )
    model = CycleGAN(
        translator(name="forward"),
        translator(name="backward"),
        discriminator(name="discriminator_x"),
        discriminator(name="discriminator_y"),
        num_classes=num_classes,
        context_shape=context_shape,
        **settings,
    )
    return with_adam(model, learning_rate, discriminator_learning_rate, beta_1, beta_2)
