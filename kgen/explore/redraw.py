"""Draws again when a control has moved, one picture at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from nicegui import run, ui

# What a verb raises for what a user has chosen or uploaded.
REFUSED = (ValueError, OSError, FloatingPointError, tf.errors.OpError)


class Redraw:
    """Runs `draw` in a thread whenever it is called, and gives `show` its answer.

    Calls that come while one runs are answered together, by one more run: a slider
    that moves asks for more pictures than a model draws. What `draw` refuses stands
    below the picture.

    Args:
        read: Function that reads the controls, in the page's own thread.
        draw: Function of what `read` returns.
        show: Function of what `draw` returns.
    """

    def __init__(
        self,
        read: Callable[[], Any],
        draw: Callable[[Any], Any],
        show: Callable[[Any], None],
    ) -> None:
        self.read, self.draw, self.show = read, draw, show
        self.is_running = self.is_wanted = False
        self.spinner = ui.spinner(size="sm")
        self.spinner.set_visibility(False)
        self.message = ui.label().classes("text-negative").mark("message")
        self.message.set_visibility(False)

    async def __call__(self, *_: Any) -> None:
        """Draws, now or when the run before has ended."""
        self.is_wanted = True
        if self.is_running:
            return
        self.is_running = True
        self.spinner.set_visibility(True)
        try:
            while self.is_wanted:
                self.is_wanted = False
                await self._once()
        finally:
            self.is_running = False
            self.spinner.set_visibility(False)

    async def _once(self):
        try:
            answer = await run.io_bound(self.draw, self.read())
        except REFUSED as error:
            self.tell(" ".join(str(error).split()))
        except Exception as error:
            # The page goes on; the terminal has the trace.
            logging.getLogger("kgen.explore").exception("A picture failed")
            self.tell(f"This was not expected, {type(error).__name__}: {error}")
        else:
            self.tell(None)
            if answer is not None:  # `None` where the page was closed meanwhile.
                self.show(answer)

    def tell(self, message: str | None) -> None:
        """Shows a sentence below the picture, or none."""
        self.message.set_text(message or "")
        self.message.set_visibility(message is not None)
