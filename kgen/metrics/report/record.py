"""Figures as JSON."""

import json
import math

from kgen.core.files import whole


def write_records(path, found):
    """Writes the figures of all models to a JSON file.

    Args:
        path: `pathlib.Path` of the file.
        found: `Figures` by the name of the model; one without a name stands alone.
    """
    records = {name: plain(figures.record()) for name, figures in found.items()}
    text = json.dumps(records.get("", records), indent=2, allow_nan=False)
    with whole(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def plain(value):
    """A record with texts for numbers that JSON does not have, such as infinity."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
