"""What may ask for the page: pages of its own, for known addresses, of limited size."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from kgen.explore.uploads import MOST_BYTES

ADDRESSES = ("/_nicegui", "/favicon.ico")  # Besides the page itself.
FORM_BYTES = 2**16  # Of a form around a file.


class Guard:
    """Refuses requests that another page of the web makes, and those that are no use.

    A browser lets any page send requests to this machine. It says in `Origin` which
    page that is.

    Args:
        app: The application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or passes it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status = _refusal(scope)
        if status is None:
            await self.app(scope, receive, _unframed(send))
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            await PlainTextResponse("Refused.", status)(scope, receive, send)


def _refusal(scope):
    """The HTTP status of a refusal, `None` if there is nothing against a request."""
    headers, path = Headers(scope=scope), scope["path"]
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return 403
    if path != "/" and not path.startswith(ADDRESSES):
        return 404
    if scope["type"] == "http" and scope["method"] == "POST":
        size = headers.get("content-length", "")
        if not size.isdecimal():
            return 411
        if int(size) > MOST_BYTES + FORM_BYTES:
            return 413
    return None


def _unframed(send):
    """`send`, with headers by which no other page shows this one in a frame."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["content-security-policy"] = "frame-ancestors 'none'"
            headers["x-content-type-options"] = "nosniff"
        await send(message)

    return sending
