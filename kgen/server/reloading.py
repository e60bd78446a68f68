"""A look for newer versions from time to time, while a server runs."""

import asyncio
import contextlib
import logging

LOG = logging.getLogger("kgen.serving")


@contextlib.asynccontextmanager
async def polling(models, seconds):
    """Context in which newer versions of models are loaded.

    Args:
        models: `Served` models.
        seconds: Time between two looks.
    """
    task = asyncio.create_task(_poll([*models], seconds))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _poll(models, seconds):
    said = {}
    while True:
        await asyncio.sleep(seconds)
        for model in models:
            try:
                happened = await asyncio.to_thread(model.poll)
            except Exception as error:  # A look that fails must not be the last one.
                happened = f"{model.name} could not be looked at: {error}"
            if happened and said.get(model) != happened:
                LOG.warning(happened)
            said[model] = happened
