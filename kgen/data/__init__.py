"""Data sets: images in [0, 1], points whose density is known exactly, melodies."""

import lazy_loader

# TensorFlow takes seconds to import; `names` (for the command line) and `density` do
# not need it.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
