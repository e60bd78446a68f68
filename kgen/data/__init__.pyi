"""The public names of `kgen.data`."""

from . import areas, curves, densities, digits, gaussians
from .loading import load
from .offline import density, names

__all__ = [
    "areas",
    "curves",
    "densities",
    "density",
    "digits",
    "gaussians",
    "load",
    "names",
]
