"""Requests that wait for the same signature run together."""

import asyncio

import numpy as np

from kgen.server.wire import RequestError


class Batcher:
    """Runs a signature for the rows of several requests at once.

    Rows of kgen's signatures do not depend on each other, so an answer does not depend
    on the requests beside it, but for the last digits.

    Args:
        function: From arrays by name to arrays by name.
        limits: `Limits`.
        executor: Where it runs.
        observe: Function that is told the number of rows of each run.
        drop: Function that is told the number of requests that are dropped, as nobody
            waits for them any more.
    """

    def __init__(self, function, limits, executor, observe, drop):
        self.function = function
        self.limits = limits
        self.executor = executor
        self.observe = observe
        self.drop = drop
        self.waiting = []
        self.runner = None

    async def __call__(self, columns):
        """The outputs for the rows of one request; it is dropped if this is cancelled.

        Raises:
            RequestError: if too many requests wait already, or the model fails.
        """
        if len(self.waiting) >= self.limits.max_waiting:
            raise RequestError(
                503, f"{len(self.waiting)} requests wait already. Try again later."
            )
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((columns, future))
        if self.runner is None:
            self.runner = asyncio.create_task(self._run())
        try:
            return await future
        except asyncio.CancelledError:
            self._drop_cancelled()
            raise

    def _drop_cancelled(self):
        """Makes room for others where nobody waits any more."""
        before = len(self.waiting)
        self.waiting = [
            (columns, future)
            for columns, future in self.waiting
            if not future.cancelled()
        ]
        if len(self.waiting) < before:
            self.drop(before - len(self.waiting))

    async def _run(self):
        """Runs what waits until nothing does."""
        try:
            while self.waiting:
                if self._rows() < self.limits.batch_rows:
                    await asyncio.sleep(self.limits.batch_wait)
                self._drop_cancelled()
                if self.waiting:
                    await self._run_once(self._next())
        finally:
            self.runner = None

    def _rows(self):
        return sum(_length(columns) for columns, _ in self.waiting)

    def _next(self):
        """The requests that run next: the first, and others of its shapes."""
        shapes = _shapes(self.waiting[0][0])
        chosen, rest, rows = [], [], 0
        for request in self.waiting:
            rows += _length(request[0])
            fits = not chosen or rows <= self.limits.batch_rows
            same = _shapes(request[0]) == shapes
            (chosen if fits and same else rest).append(request)
        self.waiting = rest
        return chosen

    async def _run_once(self, requests):
        """Answers requests, each with its rows or with what went wrong."""
        try:
            outputs = await self._outputs([columns for columns, _ in requests])
        except BaseException as error:  # A model may raise any error: it is sent on.
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            for _, future in requests:
                if not future.done():
                    failed = RequestError(500, f"The model failed: {reason}")
                    future.set_exception(failed)
            if not isinstance(error, Exception):  # The server stops.
                raise
            return
        start = 0
        for part, future in requests:
            stop = start + _length(part)
            if not future.done():
                future.set_result({k: v[start:stop] for k, v in outputs.items()})
            start = stop

    async def _outputs(self, parts):
        """The outputs for all rows of some requests together."""
        columns = {
            name: np.concatenate([part[name] for part in parts]) for name in parts[0]
        }
        rows = _length(columns)
        self.observe(rows)
        loop = asyncio.get_running_loop()
        outputs = await loop.run_in_executor(self.executor, self.function, columns)
        for name, value in outputs.items():
            if np.shape(value)[:1] != (rows,):
                raise ValueError(
                    f"its output {name} has the shape {np.shape(value)} for {rows} rows"
                )
        return outputs


def _length(columns):
    return len(next(iter(columns.values())))


def _shapes(columns):
    return {name: value.shape[1:] for name, value in columns.items()}
