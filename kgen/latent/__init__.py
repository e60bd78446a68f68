"""The latent space of any model with `encode` or `decode`.

Functions of examples need both verbs, functions of codes `z` only `decode`. `invert`
finds codes of examples for a model without `encode`.
"""

from kgen.latent.attributes import apply_attribute, attribute_vector, shift
from kgen.latent.embedding import embed
from kgen.latent.encoding import codes
from kgen.latent.grids import decode_grid, manifold
from kgen.latent.interpolation import interpolate, morph, path
from kgen.latent.inversion import invert
from kgen.latent.search import clusters, nearest
from kgen.latent.traversal import traverse, traverse_all

__all__ = [
    "apply_attribute",
    "attribute_vector",
    "clusters",
    "codes",
    "decode_grid",
    "embed",
    "interpolate",
    "invert",
    "manifold",
    "morph",
    "nearest",
    "path",
    "shift",
    "traverse",
    "traverse_all",
]
