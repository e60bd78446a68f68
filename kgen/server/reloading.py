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
    while True:
        await asyncio.sleep(seconds)
        for model in models:
            try:
                happened = await asyncio.to_thread(model.poll)
            except OSError as error:  # The folder may be gone for a while.
                happened = f"{model.name} could not be looked at: {error}"
            if happened:
                LOG.warning(happened)
