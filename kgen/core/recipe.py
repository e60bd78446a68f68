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
# Steps of a run, for recipes that name none: a minute or less, of images some more.
STEPS = {"vector": 10_000, "sequence": 2_000, "small image": 1_200, "image": 10_000}


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
        by_kind: What differs from `defaults` for a kind of data: settings by the
            names of `kind_of`.
        steps: Training steps of a run that is not told how many epochs, by the names
            of `kind_of`; those of `STEPS` for the others.
        needs: What has to be set for a setting to have an effect, by its name: the
            name of another setting and the values that it then has, none for any. The
            setting `num_classes` stands for `context_dim`, too.
        image_network: `network` for images, where `build` decides it; of other data it
            is `"mlp"`.
        networks: Names of the constructor arguments of `model` that `build` makes
            itself, so that they are no settings.
        tiny: Settings that make it tiny, for tests: see `tiny_for`.
        representative: Whether it stands, in tests of each way to train, for those
            recipes that differ in a loss, a layer or a setting.
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

    def settings_for(self, data_shape):
        """Settings that make `build` this method, for data of a shape."""
        return {**self.defaults, **self.by_kind.get(kind_of(data_shape), {})}

    def tiny_for(self, data_shape):
        """The settings in `tiny` that have an effect for data of a shape."""
        settings = {**self.settings_for(data_shape), **self.tiny}
        unused = self.unused(data_shape, settings)
        return {k: value for k, value in self.tiny.items() if k not in unused}

    def epochs_for(self, data_shape, steps_per_epoch):
        """Epochs that come to the recipe's number of steps, 1 or more."""
        kind = kind_of(data_shape)
        return max(1, math.ceil(self.steps.get(kind, STEPS[kind]) / steps_per_epoch))

    def unused(self, data_shape, settings):
        """What settings would need to have an effect, by the names of those without.

        Args:
            data_shape: Shape of an example.
            settings: All that `build` is called with, besides.
        """
        found = {
            k: p.default for k, p in inspect.signature(self.build).parameters.items()
        }
        found |= settings
        if found.get("network") is None:
            found["network"] = self.image_network if len(data_shape) == 3 else "mlp"
        if found.get("num_classes") is None:
            found["num_classes"] = found.get("context_dim")
        return {
            name: (other, values)
            for name, (other, values) in self.needs.items()
            if (found.get(other) not in values if values else found.get(other) is None)
        }

    def takes_levels(self, settings):
        """Whether the levels of the data are a setting, beside others of a user."""
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
    """The name of a likelihood for data of so many levels, and its own `levels`.

    Args:
        levels: Number of levels of the data; `None` if it has none.
        likelihood: For more than two levels; two are those of `"bernoulli"`.
        otherwise: For data without levels.
    """
    if levels is None:
        return otherwise, None
    return ("bernoulli", None) if levels == 2 else (likelihood, levels)
