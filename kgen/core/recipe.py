"""A recipe: a method of the literature, ready to train."""

import dataclasses
import inspect
import math
from collections.abc import Callable

# Names of likelihoods that have levels.
OVER_LEVELS = (
    "categorical",
    "discretized_gaussian",
    "discretized_logistic",
    "logistic_mixture",
)
SMALL = 16  # The longest side of a small image, in pixels.
# Default training steps of a run: a minute or less, for large images a few more.
STEPS = {"vector": 10_000, "sequence": 2_000, "small image": 1_200, "image": 10_000}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to build one method.

    Args:
        build: Function `(data_shape, num_classes=None, **settings) -> compiled model`.
        model: The model class, whose constructor arguments are settings too.
        summary: Description in a few words.
        paper: The paper of the method.
        defaults: Settings that make `build` this method.
        conditional: Whether the method is about a condition, so that it needs
            `num_classes`, or `context_shape` in its place.
        by_kind: Settings that differ from `defaults` for a kind of data, by the names
            of `kind_of`.
        steps: Training steps of a run without a given number of epochs, by the names
            of `kind_of`; a missing kind takes its number from `STEPS`.
        needs: Conditions under which a setting has an effect, by its name: the name of
            another setting and its allowed values, an empty tuple for any value. The
            setting `num_classes` stands for `context_shape`, too.
        image_network: `network` for images, if `build` decides it; for other data it
            is `"mlp"`.
        networks: Names of the constructor arguments of `model` that `build` makes
            itself; these are not settings.
        tiny: Settings that make the model tiny, for tests: see `tiny_for`.
        representative: Whether tests of each way to train use this recipe. It stands
            for recipes that differ from it in a loss, a layer or a setting.
        heavy: Whether the networks take long to trace. By default tests then check only
            how a representative recipe trains, and the rest is slow.
        example_shape: Shape of an example for tests, if the recipe is not for images.
        takes_condition: Whether there is a conditional form at all; else the model
            refuses `num_classes` and `context_shape`.
        data_codes: Whether `num_codes` is the number of codes of data of ints, so that
            a run takes it from the data.
    """

    build: Callable
    model: type
    summary: str
    paper: str
    defaults: dict = dataclasses.field(default_factory=dict)
    conditional: bool = False
    by_kind: dict = dataclasses.field(default_factory=dict)
    steps: dict = dataclasses.field(default_factory=dict)
    needs: dict = dataclasses.field(default_factory=dict)
    image_network: str | None = None
    networks: tuple = ()
    tiny: dict = dataclasses.field(default_factory=dict)
    representative: bool = False
    heavy: bool = False
    example_shape: tuple | None = None
    takes_condition: bool = True
    data_codes: bool = False

    def settings_for(self, data_shape):
        """Settings that make `build` this method, for data of this shape."""
        return {**self.defaults, **self.by_kind.get(kind_of(data_shape), {})}

    def tiny_for(self, data_shape):
        """The settings in `tiny` that have an effect for data of this shape."""
        settings = {**self.settings_for(data_shape), **self.tiny}
        unused = self.unused(data_shape, settings)
        return {k: value for k, value in self.tiny.items() if k not in unused}

    def steps_for(self, data_shape):
        """Number of training steps, for data of this shape."""
        kind = kind_of(data_shape)
        return self.steps.get(kind, STEPS[kind])

    def epochs_for(self, data_shape, steps_per_epoch):
        """Number of epochs, 1 or more, that gives the recipe's number of steps."""
        return max(1, math.ceil(self.steps_for(data_shape) / steps_per_epoch))

    def unused(self, data_shape, settings):
        """Settings without effect, by name, each with its unmet condition.

        Args:
            data_shape: Shape of an example.
            settings: All other arguments of `build`.
        """
        found = {
            k: p.default for k, p in inspect.signature(self.build).parameters.items()
        }
        found |= settings
        if found.get("network") is None:
            found["network"] = self.image_network if len(data_shape) == 3 else "mlp"
        if found.get("num_classes") is None:
            found["num_classes"] = found.get("context_shape")
        return {
            name: (other, values)
            for name, (other, values) in self.needs.items()
            if (found.get(other) not in values if values else found.get(other) is None)
        }

    def takes_levels(self, settings):
        """Whether `levels` is a setting, given the user's other settings."""
        settings = {**self.defaults, **settings}
        if "levels" not in inspect.signature(self.build).parameters:
            return False
        if settings.get("num_codes") or settings.get("unit_interval") is False:
            return False
        return settings.get("likelihood") in (None, *OVER_LEVELS)


def kind_of(data_shape):
    """`"vector"`, `"sequence"`, `"small image"` (a side of 16 at most) or `"image"`."""
    if len(data_shape) < 3:
        return "sequence" if len(data_shape) == 2 else "vector"
    return "small image" if max(data_shape[:-1]) <= SMALL else "image"


def over_levels(levels, likelihood, otherwise):
    """The name of a likelihood for data with `levels` levels, and its own `levels`.

    Args:
        levels: Number of levels of the data; `None` if it has none.
        likelihood: Name for more than two levels; two levels take `"bernoulli"`.
        otherwise: Name for data without levels.
    """
    if levels is None:
        return otherwise, None
    return ("bernoulli", None) if levels == 2 else (likelihood, levels)
