"""The addresses of a server, those of TensorFlow Serving's REST interface."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import prometheus_client
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from kgen.server import wire
from kgen.server.batching import Batcher
from kgen.server.figures import Figures
from kgen.server.leaving import while_there
from kgen.server.limits import Limits
from kgen.server.models import Served
from kgen.server.reloading import polling


def app(
    paths: Mapping[str, str | os.PathLike[str]],
    limits: Limits | None = None,
    trust: bool = False,
    poll_seconds: float = 2.0,
) -> Starlette:
    """A server as an ASGI application, for uvicorn or any other such program.

    Args:
        paths: `{name: folder}` of exported models, see `kgen.export`.
        limits: `Limits`; the defaults by default.
        trust: Whether to load SavedModels unchecked, see `load_servable`.
        poll_seconds: Time between two looks for newer versions.

    Raises:
        FileNotFoundError: for a folder without a model.
        ValueError: for a SavedModel that cannot be loaded.
    """
    service = Service(paths, limits or Limits(), trust)

    @contextlib.asynccontextmanager
    async def lifespan(_):
        async with polling(service.models.values(), poll_seconds):
            yield
        service.executor.shutdown()

    handlers = {
        wire.RequestError: refused,
        HTTPException: not_there,
        Exception: failed,
    }
    application = Starlette(
        routes=service.routes(), lifespan=lifespan, exception_handlers=handlers
    )
    application.state.service = service
    return application


class Service:
    """The models of a server, and an answer for each of its addresses.

    Args:
        paths: `{name: folder}` of exported models.
        limits: `Limits`.
        trust: See `app`.
    """

    def __init__(self, paths, limits, trust):
        self.limits = limits
        self.figures = Figures()
        # TensorFlow has threads of its own.
        self.executor = ThreadPoolExecutor(1, "model")
        batcher = functools.partial(
            Batcher,
            limits=limits,
            executor=self.executor,
            observe=self.figures.rows.observe,
        )
        self.running = 0  # Requests that are being answered.
        self.figures.in_progress.set_function(lambda: self.running)
        self.models = {
            name: Served(path, name, trust, functools.partial(batcher, drop=drop.inc))
            for name, path in paths.items()
            for drop in [self.figures.dropped.labels(name)]
        }

    def routes(self):
        """The addresses."""
        found = [
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
            Route("/monitoring/prometheus/metrics", self.metrics),
        ]
        one = "/v1/models/{name}"
        for path in (one, f"{one}/versions/{{version}}"):
            found += [
                Route(f"{path}:predict", self.predict, methods=["POST"]),
                Route(f"{path}/metadata", self.metadata),
                Route(path, self.status),
            ]
        return found

    def version(self, request):
        """The version of a model that an address names.

        Raises:
            RequestError: if it is not served.
        """
        name = request.path_params["name"]
        if name not in self.models:
            raise wire.RequestError(
                404, f"There is no model {name!r}; served are {', '.join(self.models)}."
            )
        return self.models[name].asked(number(request.path_params.get("version")))

    async def predict(self, request):
        """The answer of a signature, and its figures."""
        start, name = time.perf_counter(), request.path_params["name"]
        # A stranger chooses the name, so only known ones are counted apart.
        known = name if name in self.models else "unknown"
        try:
            with self.room():
                version = self.version(request)
                sent = await body(request, self.limits)
                answer = await while_there(request, self.answer(version, sent))
        except wire.RequestError as error:
            self.figures.requests.labels(known, str(error.status)).inc()
            raise
        except ClientDisconnect:
            self.figures.requests.labels(known, "499").inc()
            return Response(status_code=499)
        self.figures.requests.labels(known, "200").inc()
        self.figures.seconds.labels(known).observe(time.perf_counter() - start)
        return Response(answer, media_type="application/json")

    @contextlib.contextmanager
    def room(self):
        """Context of a request; its bytes are held for no more than a few.

        Raises:
            RequestError: if too many are being answered already.
        """
        if self.running >= self.limits.max_waiting:
            raise wire.RequestError(
                503,
                f"{self.running} requests are being answered already. Try again later.",
            )
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1

    async def answer(self, version, sent):
        """The bytes of an answer to the bytes of a request."""
        # Large bodies take a while: other requests are answered meanwhile.
        name, values, by_rows = await asyncio.to_thread(wire.read, sent)
        specs = version.specs(name)
        columns = await asyncio.to_thread(wire.columns, values, by_rows, specs)
        rows, most = len(next(iter(columns.values()))), self.limits.max_rows
        if rows > most:
            raise wire.RequestError(
                400, f"The request has {rows} rows, but may have {most}."
            )
        outputs = await version.batchers[name](columns)
        return await asyncio.to_thread(wire.answer, outputs, by_rows)

    async def status(self, request):
        """The version of a model, and its state."""
        fine = {"error_code": "OK", "error_message": ""}
        number = str(self.version(request).number)
        state = {"version": number, "state": "AVAILABLE", "status": fine}
        return as_json({"model_version_status": [state]})

    async def metadata(self, request):
        """The signatures of a model."""
        version = self.version(request)
        spec = {
            "name": request.path_params["name"],
            "signature_name": "",
            "version": str(version.number),
        }
        return as_json({"model_spec": spec, "metadata": version.metadata()})

    async def health(self, request):
        """That the server runs, and the version of each model."""
        versions = {name: model.version.number for name, model in self.models.items()}
        return as_json({"status": "ok", "versions": versions})

    async def metrics(self, request):
        """What the server has counted."""
        media_type = prometheus_client.CONTENT_TYPE_LATEST
        return Response(self.figures.text(), media_type=media_type)


def as_json(content, status=200):
    """An answer in ASCII: a name that a client sent may have no other form."""
    body = json.dumps(content).encode()
    return Response(body, status, media_type="application/json")


async def refused(request, error):
    """The answer to a request that is refused."""
    return as_json({"error": str(error)}, error.status)


async def not_there(request, error):
    """The answer for an address or a method that there is not."""
    message = f"{request.url.path!a}: {error.detail}."
    return as_json({"error": message}, error.status_code)


async def failed(request, error):
    """The answer if the server itself fails; its log has the trace."""
    return as_json({"error": "The server failed. Its log says why."}, 500)


def number(text):
    """The version in an address, or `None`.

    Raises:
        RequestError: if it is no number.
    """
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise wire.RequestError(404, f"{text[:40]!a} is no number of a version.")
    return int(text)


async def body(request, limits):
    """The bytes of a request.

    Raises:
        RequestError: if they are more than `limits.max_bytes`, or come too slowly.
    """
    found = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for part in request.stream():
                found += part
                if len(found) > limits.max_bytes:
                    raise wire.RequestError(
                        413, f"The body has more than {limits.max_bytes} bytes."
                    )
    except TimeoutError as error:
        raise wire.RequestError(
            408, f"The body did not come within {limits.body_seconds:g} seconds."
        ) from error
    return bytes(found)
