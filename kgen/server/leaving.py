"""Work for a client that may leave before it is done."""

import asyncio

from starlette.requests import ClientDisconnect


async def while_there(request, work):
    """The result of a coroutine, which is cancelled if the client leaves first.

    Args:
        request: A `starlette.requests.Request` whose body has been read.
        work: The coroutine.

    Raises:
        ClientDisconnect: if the client leaves.
    """
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(left(request))]
    working, _ = tasks
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect()
        return working.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def left(request):
    """Returns once the client of a request has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
