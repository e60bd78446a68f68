"""The playground: models that learn densities of the plane while one looks on."""

from kgen.explore.playground.panel import TITLE, build

__all__ = ["TITLE", "build"]
