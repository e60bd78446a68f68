"""A local page to explore models, and a playground of the plane.

It needs `pip install "kgen[explore]"`.
"""

try:
    import nicegui  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'The page needs the package {error.name}: pip install "kgen[explore]".'
    ) from error

from kgen.explore.running import explore

__all__ = ["explore"]
