"""Data sets: images in [0, 1], and points whose density is known exactly."""

import importlib

# name -> module, imported on first use: TensorFlow takes seconds to import, and
# `names` (for the command line) and `density` do without it.
PUBLIC = {"load": "loading", "density": "offline", "names": "offline"}

__all__ = list(PUBLIC)


def __getattr__(name):
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{PUBLIC[name]}"), name)


def __dir__():
    return sorted([*globals(), *PUBLIC])
