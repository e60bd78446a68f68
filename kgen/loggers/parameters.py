"""Nested settings as parameters: names with dots, values that a table shows."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np


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
        value = as_number(value)
        if isinstance(value, Mapping):
            found |= flattened(value, f"{before}{name}.")
        elif isinstance(value, (bool, int, float, str)):
            found[before + name] = value
        elif value is not None:
            found[before + name] = as_text(value)
    return found


def as_number(value):
    """A number of NumPy, a tensor or a variable as Python's; an array as a list."""
    if not hasattr(value, "__array__"):
        return value
    try:
        return np.asarray(value).tolist()
    except (TypeError, ValueError, NotImplementedError):
        return value  # A symbolic tensor has no value.


def in_list(value):
    """The same for an entry of a list, for `json.dumps`."""
    found = as_number(value)
    if found is value:
        raise TypeError(f"{type(value).__name__} is no number.")
    return found


def as_text(value):
    """A setting as text: a list as JSON, an object by the name of its class."""
    try:
        return json.dumps(value, default=in_list)
    except TypeError:
        return type(value).__name__
