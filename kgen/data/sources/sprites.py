"""Images of shapes whose factors are known, with the shape as the label."""

import numpy as np

from kgen.data.sources import register
from kgen.data.sprites import SHAPES, Sprites

SHARE_OF_TEST = 0.2


@register("sprites", num_classes=len(SHAPES))
def load_sprites(split):
    """Images `(n, 16, 16, 3)` of `kgen.data.Sprites()`, and their shapes.

    A fifth of the combinations of factors, drawn once for all, is held out.
    """
    sprites = Sprites()
    factors = np.random.default_rng(0).permutation(sprites.factors())
    held_out = round(SHARE_OF_TEST * len(factors))
    chosen = factors[:held_out] if split == "test" else factors[held_out:]
    return sprites.images(chosen), chosen[:, 0]
