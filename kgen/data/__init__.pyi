"""The public names of `kgen.data`; see `kgen/__init__.pyi`."""

from . import areas as areas
from . import curves as curves
from . import densities as densities
from . import digits as digits
from . import gaussians as gaussians
from .loading import load as load
from .offline import density as density
from .offline import names as names

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
