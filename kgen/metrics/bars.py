"""Bars on the screen that show how far an evaluation has come."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click
import tensorflow as tf


def bar(items: Iterable, label: str, length: int | None, shown: bool) -> Iterator[Any]:
    """Goes through items, with a bar on the screen if `shown`.

    Args:
        items: What to go through.
        label: Words before the bar.
        length: Number of items; `None` if it is unknown.
        shown: Whether there is a bar.
    """
    if not shown:
        yield from items
        return
    with click.progressbar(items, length, label=label, file=sys.stderr) as steps:
        yield from steps


def num_batches(dataset: Any) -> int | None:
    """Number of batches of a data set; `None` if it is unknown."""
    if not isinstance(dataset, tf.data.Dataset):
        return getattr(dataset, "num_batches", None)
    size = int(dataset.cardinality())
    return size if size >= 0 else None
