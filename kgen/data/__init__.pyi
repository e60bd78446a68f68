"""The public names of `kgen.data`; see `kgen/__init__.pyi`."""

from . import areas as areas
from . import chorales as chorales
from . import curves as curves
from . import densities as densities
from . import digits as digits
from . import gaussians as gaussians
from . import manifolds as manifolds
from . import melodies as melodies
from .languages import ToyLanguages as ToyLanguages
from .loading import load as load
from .midi import write_midi as write_midi
from .pairing import by_class as by_class
from .pairing import load_unpaired as load_unpaired
from .pairing import unpaired as unpaired
from .sources import SOURCES as SOURCES
from .sources import Source as Source
from .sources import names as names
from .sources import register as register
from .sources.points import density as density
from .sources.surfaces import manifold as manifold
from .sprites import Sprites as Sprites

__all__ = [
    "SOURCES",
    "Source",
    "Sprites",
    "ToyLanguages",
    "areas",
    "by_class",
    "chorales",
    "curves",
    "densities",
    "density",
    "digits",
    "gaussians",
    "load",
    "load_unpaired",
    "manifold",
    "manifolds",
    "melodies",
    "names",
    "register",
    "unpaired",
    "write_midi",
]
