"""Location and scale: `z = loc + scale * noise`."""

import tensorflow as tf

from kgen.core.random import normal_rows
from kgen.inference.reparameterization.table import normals, register

KIND = "location and scale"


@register("normal", "loc + scale eps", KIND, normals, positive=("scale",))
def normal(eps, *, loc, scale):
    """N(loc, scale^2) from eps of N(0, 1): `dz/dloc = 1`, `dz/dscale = eps`."""
    return loc + scale * eps


def _vectors(shape, key, parameters):
    if not parameters["loc"].shape.rank:
        raise ValueError(
            "`multivariate_normal` was given loc as one number, but expects a vector: "
            "its size is that of a draw."
        )
    size = parameters["loc"].shape[-1]
    return (normal_rows(key[None], (*shape, size))[0],)


@register("multivariate_normal", "loc + R eps", KIND, _vectors, vectors=True)
def multivariate_normal(eps, *, loc, scale_tril):
    """N(loc, R R^T) from a vector eps of N(0, I), R = `scale_tril`, `(d, d)`."""
    return loc + tf.linalg.matvec(scale_tril, eps)
