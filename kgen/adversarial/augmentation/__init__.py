"""Augmentation of the images that a discriminator sees, fixed or adaptive."""

from kgen.adversarial.augmentation.adaptive import AdaptiveAugmentation
from kgen.adversarial.augmentation.augmentation import Augmentation
from kgen.adversarial.augmentation.augmented import Augmented
from kgen.adversarial.augmentation.augmenter import Augmenter
from kgen.core.config import named

__all__ = ["AdaptiveAugmentation", "Augmentation", "Augmented", "Augmenter", "get"]

AUGMENTATIONS = {"adaptive": AdaptiveAugmentation, "fixed": Augmentation}


def get(augmentation: str | Augmentation | None) -> Augmentation | None:
    """An augmentation from its name, `"adaptive"` or `"fixed"`; others as they are."""
    return named("augmentation", Augmentation, augmentation, AUGMENTATIONS)
