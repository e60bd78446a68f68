"""The public names of `kgen.data`."""

from . import areas, curves, densities, digits, gaussians
from .loading import load
from .sources import SOURCES, Source, names, register
from .sources.points import density

__all__ = [
    "SOURCES",
    "Source",
    "areas",
    "curves",
    "densities",
    "density",
    "digits",
    "gaussians",
    "load",
    "names",
    "register",
]
