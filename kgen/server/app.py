"""The addresses of a server, those of TensorFlow Serving's REST interface."""

from __future__ import annotations

import asyncio
import contextlib
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
from kgen.server.limits import Limits
from kgen.server.models import Served, make_batcher
from kgen.server.reloading import polling


class Figures:
    """What a server counts, in a registry of its own, for Prometheus."""

    def __init__(self):
        self.registry = prometheus_client.CollectorRegistry()
        kept = {"registry": self.registry}
        self.requests = prometheus_client.Counter(
            "kgen_requests", "Requests by status.", ("model", "status"), **kept
        )
        self.seconds = prometheus_client.Histogram(
            "kgen_request_seconds", "Time of answered requests.", ("model",), **kept
        )
        self.rows = prometheus_client.Histogram(
            "kgen_batch_rows",
            "Rows that ran at once.",
            buckets=[2**n for n in range(13)],
            **kept,
        )


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
    limits = limits or Limits()
    figures = Figures()
    executor = ThreadPoolExecutor(1, "model")  # TensorFlow has threads of its own.
    batcher = make_batcher(limits, executor, figures.rows.observe)
    models = {name: Served(path, name, trust, batcher) for name, path in paths.items()}

    def model(request):
        name = request.path_params["name"]
        if name not in models:
            raise wire.RequestError(
                404, f"There is no model {name!r}; served are {', '.join(models)}."
            )
        return models[name].asked(number(request.path_params.get("version")))

    async def predict(request):
        start = time.perf_counter()
        name = request.path_params["name"]
        try:
            answer = await answered(model(request), await body(request, limits))
        except wire.RequestError as error:
            # A stranger chooses the name, so only known ones are counted apart.
            known = name if name in models else "unknown"
            figures.requests.labels(known, str(error.status)).inc()
            return refused(error)
        except ClientDisconnect:
            figures.requests.labels(name, "499").inc()
            return Response(status_code=499)
        figures.requests.labels(name, "200").inc()
        figures.seconds.labels(name).observe(time.perf_counter() - start)
        return Response(answer, media_type="application/json")

    async def answered(version, sent):
        # Large bodies take a while: other requests are answered meanwhile.
        name, values, by_rows = await asyncio.to_thread(wire.read, sent)
        specs = version.specs(name)
        columns = await asyncio.to_thread(wire.columns, values, by_rows, specs)
        if (rows := len(next(iter(columns.values())))) > limits.max_rows:
            raise wire.RequestError(
                400, f"The request has {rows} rows, but may have {limits.max_rows}."
            )
        outputs = await version.batchers[name](columns)
        return await asyncio.to_thread(wire.answer, outputs, by_rows)

    async def status(request):
        try:
            version = model(request)
        except wire.RequestError as error:
            return refused(error)
        fine = {"error_code": "OK", "error_message": ""}
        state = {"version": str(version.number), "state": "AVAILABLE", "status": fine}
        return as_json({"model_version_status": [state]})

    async def metadata(request):
        try:
            version = model(request)
        except wire.RequestError as error:
            return refused(error)
        spec = {
            "name": request.path_params["name"],
            "signature_name": "",
            "version": str(version.number),
        }
        found = {"model_spec": spec, "metadata": version.metadata()}
        return as_json(found)

    async def health(request):
        versions = {name: model.version.number for name, model in models.items()}
        return as_json({"status": "ok", "versions": versions})

    async def metrics(request):
        text = prometheus_client.generate_latest(figures.registry)
        return Response(text, media_type=prometheus_client.CONTENT_TYPE_LATEST)

    @contextlib.asynccontextmanager
    async def lifespan(_):
        async with polling(models.values(), poll_seconds):
            yield
        executor.shutdown()

    one, all_of = "/v1/models/{name}", "/v1/models/{name}/versions/{version}"
    routes = [
        Route("/healthz", health),
        Route("/metrics", metrics),
        Route("/monitoring/prometheus/metrics", metrics),
    ]
    for path in (one, all_of):
        routes += [
            Route(f"{path}:predict", predict, methods=["POST"]),
            Route(f"{path}/metadata", metadata),
            Route(path, status),
        ]
    handlers = {HTTPException: not_there, Exception: failed}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


def as_json(content, status=200):
    """An answer in ASCII: a name that a client sent may have no other form."""
    body = json.dumps(content).encode()
    return Response(body, status, media_type="application/json")


def refused(error):
    """The answer to a request that is refused."""
    return as_json({"error": str(error)}, error.status)


async def not_there(request, error):
    """The answer for an address or a method that there is not."""
    return as_json(
        {"error": f"{request.url.path!a}: {error.detail}."}, error.status_code
    )


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
