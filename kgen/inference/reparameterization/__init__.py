"""Reparameterisations: random variables as functions of noise and parameters.

`TABLE` has them by name, each with its formula. A file of your own adds to it by
`register`.

References:
    [Kingma & Welling, 2014](https://arxiv.org/abs/1312.6114),
    [Devroye, 1996](https://doi.org/10.1145/256562.256623)
"""

from kgen.inference.reparameterization.table import (
    KINDS,
    TABLE,
    Reparameterization,
    draw,
    normals,
    register,
    transform,
    uniforms,
)
from kgen.tables import import_modules

__all__ = [
    "KINDS",
    "TABLE",
    "Reparameterization",
    "draw",
    "normals",
    "register",
    "transform",
    "uniforms",
]

import_modules(__name__)  # Each file adds its entries.
