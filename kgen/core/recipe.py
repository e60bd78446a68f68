"""A recipe: a method of the literature, ready to train."""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to build one method.

    Args:
        build: Function `(data_shape, num_classes=None, **settings) -> compiled model`.
        model: The model class, whose constructor arguments are settings too.
        summary: What it configures, in a few words.
        paper: Where it comes from.
        defaults: Settings that make `build` this method.
        conditional: Whether the method is about classes, so that it needs
            `num_classes`.
    """

    build: Callable
    model: type
    summary: str
    paper: str
    defaults: dict = dataclasses.field(default_factory=dict)
    conditional: bool = False
