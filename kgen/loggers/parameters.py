"""Nested settings as parameters: names with dots, values that a table shows."""

import json
from collections.abc import Mapping
from typing import Any


def flattened(
    settings: Mapping[str, Any], before: str = ""
) -> dict[str, bool | int | float | str]:
    """Settings as parameters.

    Args:
        settings: Settings by name; some may be dictionaries of settings.
        before: What names begin with.

    Returns:
        Bools, numbers and texts by name, `"data.name"` for a setting in a dictionary.
        Lists are texts. What is `None` is left out.
    """
    found = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flattened(value, f"{before}{name}.")
        elif isinstance(value, (bool, int, float, str)):
            found[before + name] = value
        elif value is not None:
            found[before + name] = as_text(value)
    return found


def as_text(value):
    """A setting as text: a list as JSON, an object by the name of its class."""
    try:
        return json.dumps(value)
    except TypeError:
        return type(value).__name__
