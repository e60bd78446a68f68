"""How much a server does for one request, and how it gathers requests."""

import dataclasses

from kgen.core.checks.values import check_count, is_number


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of a server.

    Args:
        max_rows: Rows of a request; more are refused.
        max_bytes: Bytes of a request's body; more are refused.
        batch_rows: Rows that run at once: requests that wait are gathered up to this.
        batch_wait: Seconds that a first request waits for others; 0 for none.
        max_waiting: Requests that may wait or run at once; more are refused.
        body_seconds: Seconds in which the body of a request must have come.

    Raises:
        ValueError: for a number out of range.
    """

    max_rows: int = 1024
    max_bytes: int = 16 * 2**20
    batch_rows: int = 128
    batch_wait: float = 0.002
    max_waiting: int = 1000
    body_seconds: float = 30.0

    def __post_init__(self):
        for name in ("max_rows", "max_bytes", "batch_rows", "max_waiting"):
            check_count("Limits", name, getattr(self, name))
        for name, least, most in (("batch_wait", 0, 10), ("body_seconds", 0.01, 3600)):
            value = getattr(self, name)
            if not is_number(value) or not least <= value <= most:
                raise ValueError(
                    f"`Limits` was given {name}={value!r}, but expects seconds from "
                    f"{least} to {most}."
                )
