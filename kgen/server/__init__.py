"""A server of exported models that speaks TensorFlow Serving's REST interface.

It needs `pip install "kgen[serve]"`.
"""

try:
    import prometheus_client  # noqa: F401
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'The server needs the package {error.name}: pip install "kgen[serve]".'
    ) from error

from kgen.server.app import app
from kgen.server.limits import Limits
from kgen.server.running import serve

__all__ = ["Limits", "app", "serve"]
