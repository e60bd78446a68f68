"""Random changes of images, each with a probability."""

from collections.abc import Sequence

import tensorflow as tf

from kgen.adversarial.augmentation import colour as colours
from kgen.adversarial.augmentation import geometry
from kgen.adversarial.augmentation.draws import Draws
from kgen.core.checks.values import check_fraction
from kgen.core.config import Configured, lookup

BLITS = ("flip", "quarter_turns", "shift")  # They interpolate no pixel.


class Augmentation(Configured):
    """Changes real and generated images alike before a discriminator sees them.

    A discriminator that sees few images again and again learns them by heart. Changed
    at random they are many. Each of these operations changes an image with probability
    `p`, independently of the others, in this order:

    - Geometry: `"flip"`, `"quarter_turns"`, `"shift"` (by whole pixels), `"scale"`,
      `"rotation"`, `"stretch"`, `"fractional_shift"`.
    - Colour: `"brightness"`, `"contrast"`, `"luma_flip"` (dark and light exchanged),
      `"hue"`, `"saturation"`. The last two are for images of three channels.

    The generator learns from images before the change. They stay unchanged as long as
    p is well below 1, 0.8 say: the discriminator then knows images without a change
    from the more frequent ones. At p near 1 it cannot tell whether digits are upside
    down, and generated digits may be.

    All operations are differentiable by the image, of any order, so penalties on
    gradients work. Images are mirrored beyond their edges. The result of colours may
    leave [0, 1].

    Args:
        p: Probability of each operation, in 0..1.
        geometric: `"all"`, `"blits"` (flips, quarter turns and shifts by whole pixels),
            `"none"`, or a list of names.
        colour: `"all"`, `"none"`, or a list of names.

    Raises:
        ValueError: for a p outside 0..1 or an unknown name.

    Example:

    >>> augmentation = kgen.adversarial.Augmentation(geometric=["shift", "rotation"])
    >>> augmentation(np.zeros((4, 8, 6, 3)), p=0.5, seed=[1, 2]).shape
    TensorShape([4, 8, 6, 3])

    References:
        [Karras et al., 2020](https://arxiv.org/abs/2006.06676)
    """

    adaptive = False

    def __init__(
        self,
        p: float = 0.2,
        geometric: str | Sequence[str] = "all",
        colour: str | Sequence[str] = "all",
    ) -> None:
        self.p = check_fraction("p", p)
        self.geometric = geometric
        self.colour = colour
        groups = {"all": tuple(geometry.OPERATIONS), "blits": BLITS, "none": ()}
        self.of_geometry = _names("geometric", geometric, geometry.OPERATIONS, groups)
        groups = {"all": tuple(colours.OPERATIONS), "none": ()}
        self.of_colour = _names("colour", colour, colours.OPERATIONS, groups)
        if not self.of_geometry + self.of_colour:
            raise ValueError(
                f"{type(self).__name__} was given geometric={geometric!r} and "
                f"colour={colour!r}, which leave no operation. Choose one at least."
            )

    def check(self, data_shape):
        """Raises a ValueError unless the operations suit images of a shape.

        Args:
            data_shape: Shape of an example of the game.
        """
        kind = type(self).__name__
        if len(data_shape) != 3:
            raise ValueError(
                f"augmentation was given as {kind} for data of shape {data_shape}, but "
                "is for images (height, width, channels). Leave it out."
            )
        if None in data_shape:
            raise ValueError(
                f"augmentation was given as {kind} for a discriminator of images of "
                f"any size, {data_shape}, but needs to know it. Build the "
                "discriminator for one size, or leave the augmentation out."
            )
        asked = () if self.colour == "all" else self.of_colour
        alien = sorted(set(asked) & set(colours.OF_THREE_CHANNELS))
        if alien and data_shape[-1] != 3:
            raise ValueError(
                f"{kind} was given the colours {', '.join(alien)} for images of "
                f"{data_shape[-1]} channels, but these need 3. Leave them out."
            )

    def __call__(self, images, p, seed):
        """Images, each changed at random on its own.

        Args:
            images: `(batch, height, width, channels)` in [0, 1].
            p: Probability of each operation, a number or a scalar tensor.
            seed: For `tf.random.stateless_*`.

        Returns:
            float32 of the same shape.
        """
        images = tf.cast(images, tf.float32)
        height, width, channels = images.shape[1:]
        draws = Draws(tf.shape(images)[0], p, seed)
        maps = geometry.random_maps(self.of_geometry, draws, (height, width))
        if maps is not None:
            images = geometry.warped(images, maps)
        alien = () if channels == 3 else colours.OF_THREE_CHANNELS
        names = [name for name in self.of_colour if name not in alien]
        maps = colours.random_maps(names, draws, channels)
        return images if maps is None else colours.recoloured(images, maps)


def _names(argument, given, operations, groups):
    """Names of operations, from a group's name or a list of names."""
    if isinstance(given, str):
        return lookup(argument, given, groups)
    if not isinstance(given, (list, tuple)):
        raise ValueError(
            f"{argument} was given as {given!r}, but expects one of "
            f"{', '.join(sorted(groups))}, or a list of {', '.join(operations)}."
        )
    for name in given:
        lookup(f"name in {argument}", name, operations)
    return tuple(given)
