"""Data sets: images in [0, 1], and points whose density is known exactly."""

import importlib

# name -> module, imported on first use: TensorFlow takes seconds to import, and
# `names` (for the command line) and `density` do without it.
PUBLIC = {"load": "loading", "density": "offline", "names": "offline"}
MODULES = ("areas", "curves", "densities", "digits", "gaussians")

__all__ = list(PUBLIC)


def __getattr__(name):
    if name in PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{PUBLIC[name]}"), name)
    if name in MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *PUBLIC, *MODULES})
