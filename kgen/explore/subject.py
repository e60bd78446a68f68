"""A model that the page shows: what it can do, and examples of its data."""

from __future__ import annotations

import functools
import inspect
import os
import pathlib
import re
import threading
import warnings

import numpy as np

from kgen.core.random import row_seeds
from kgen.core.verbs import verbs
from kgen.diffusion import samplers
from kgen.downstream.anomaly import AnomalyDetector
from kgen.explore.pictures import image_url, picture_url
from kgen.explore.shapes import LIKELIHOODS, inputs_of, served_shapes, shapes
from kgen.latent.inversion import invert
from kgen.runs.opening import DataSettings, recorded_data
from kgen.serving.opening import call, open_any
from kgen.serving.servable import Servable
from kgen.serving.signatures import COMPLETE, signature_of

NUM_EXAMPLES = 1000  # Held-out examples to choose from.
NUMBERS = ("temperature", "truncation", "guidance")  # Options of `sample`.


class Subject:
    """A run, a `.keras` file or a SavedModel, the same for the page.

    Its calls wait for one another: a page has many controls, and a model one noise.

    Args:
        path: Where the model is.
        trust: Whether to run a SavedModel unchecked.
        data_settings: `DataSettings` of its data, if it is no run that records them.

    Raises:
        FileNotFoundError: if there is no model.
        ValueError: if the model cannot be loaded, or needs a context.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        trust: bool = False,
        data_settings: DataSettings | None = None,
    ) -> None:
        self.path = pathlib.Path(path)
        self.name = self.path.resolve().name.removesuffix(".keras")
        self.model = open_any(self.path, trust)
        if getattr(self.model, "condition", None) == "context":
            raise ValueError(
                f"{path} holds a model that needs a context with each example, but the "
                "page has classes only. Use its verbs in Python."
            )
        self.is_servable = isinstance(self.model, Servable)
        self.rename(self.name)
        found = self.model.signatures if self.is_servable else verbs(self.model)
        self.verbs = frozenset(found)
        self.num_classes = self.model.num_classes
        found = served_shapes if self.is_servable else shapes
        self.data_shape, self.latent_shape, self.has_real_codes = found(self.model)
        run = self.path.parent if self.path.name == "model.keras" else self.path
        recorded = recorded_data(run)
        self.run = run if recorded is not None else None
        self.is_told = recorded is None and data_settings is not None
        self.data_settings = recorded or data_settings
        self.lock = threading.Lock()

    def rename(self, name: str) -> None:
        """Takes another name on the page."""
        self.name = name
        if self.is_servable:
            self.model.path = name  # The page shows its errors, and no path.

    def prepare(self) -> None:
        """Loads held-out examples and their codes.

        Raises:
            ValueError: if the data that the user has named cannot be loaded, or does
                not fit. Data of a run's record is warned about.
        """
        try:
            self.examples, self.codes  # noqa: B018
        except (OSError, ValueError) as error:
            if self.is_told:
                raise
            warnings.warn(
                f"The page of {self.path} takes uploads only, as the examples of its "
                f"run cannot be had: {error}",
                stacklevel=2,
            )
            self.data_settings = self.examples = self.codes = None

    @property
    def has_pictures(self) -> bool:
        """Whether data are images."""
        return len(self.data_shape) == 3

    @property
    def has_points(self) -> bool:
        """Whether data are vectors of real numbers."""
        tokens = getattr(self.model, "num_data_codes", None) is not None
        return len(self.data_shape) == 1 and not tokens

    @property
    def finds_codes(self) -> bool:
        """Whether there are real codes of data, by `encode` or by a search."""
        can = "decode" in self.verbs and self.has_real_codes
        return can and ("encode" in self.verbs or not self.is_servable)

    @property
    def completes(self) -> bool:
        """Whether the model fills holes of images."""
        return self.has_pictures and ("complete" in self.verbs or self._takes_given)

    @functools.cached_property
    def examples(self):
        """Held-out examples and their labels; `None` if nothing names the data."""
        if self.data_settings is None:
            return None
        _, testing = self.data_settings.load()
        found = testing.unbatch().take(NUM_EXAMPLES).batch(NUM_EXAMPLES)
        x, labels = next(found.as_numpy_iterator())
        if x.shape[1:] != self.data_shape:
            raise ValueError(
                f"The examples of {self.data_settings.name!r} have shape "
                f"{x.shape[1:]}, but {self.name} is for {self.data_shape}."
            )
        return x, labels

    @property
    def points(self):
        """Held-out vectors to draw behind others; `None` for other data."""
        if self.examples is None or self.examples[0].ndim != 2:
            return None
        x, _ = self.examples
        return x if x.dtype.kind == "f" else None

    def one_url(self, x: np.ndarray, side: int) -> str:
        """One example `(1, *data_shape)` as a picture: an image, or over the data."""
        if self.has_pictures:
            return image_url(x[0], side)
        return picture_url(x, data=self.points)

    @functools.cached_property
    def codes(self):
        """Codes of the held-out examples; `None` without an encoder or examples."""
        if self.examples is None or not self.has_real_codes:
            return None
        if "encode" not in self.verbs or "decode" not in self.verbs:
            return None
        x, labels = self.examples
        return self.call("encode", labels, x=x)

    def options(self) -> dict[str, float]:
        """The numbers that `sample` takes, with their defaults."""
        if self.is_servable:
            return {
                name: 1.0 for name in NUMBERS if signature_of({name: 1}) in self.verbs
            }
        found = {name: 1.0 for name in NUMBERS if name in self._sample_arguments}
        if "guidance" in found and self.num_classes is None:
            del found["guidance"]
        elif "guidance" in found:
            found["guidance"] = float(self.model.guidance)
        return found

    def served_steps(self) -> list[int]:
        """Numbers of steps that a SavedModel was exported with."""
        found = (re.fullmatch(r"sample_(\d+)_steps", name) for name in self.verbs)
        return sorted(int(match[1]) for match in found if match)

    def steps(self) -> int | None:
        """The most steps of a diffusion model; `None` for others."""
        if "sampler" not in self._sample_arguments:
            return None
        return int(self.model.process.num_timesteps)

    def sample(self, num_samples, seed, label=None, num_steps=None, **options):
        """Samples; all classes in turn without a label.

        With `num_steps`, those of `DDIM(num_steps)`; of a SavedModel those of its
        sampler.
        """
        if num_steps is not None and self.is_servable:
            options["num_steps"] = num_steps
        elif num_steps is not None:
            options["sampler"] = samplers.DDIM(num_steps=num_steps)
        labels = self.labels(label, num_samples)
        with self.lock:
            x = self.model.sample(num_samples, labels=labels, seed=seed, **options)
        return np.asarray(x)

    def labels(self, label, num_rows):
        """A class for each row; `None` without any.

        Args:
            label: A class for all, one for each row, or `None`: they take turns.
            num_rows: Number of rows.
        """
        if self.num_classes is None:
            return None
        if label is None:
            return np.arange(num_rows) % self.num_classes
        return np.full(num_rows, label)

    def call(self, verb, label=None, **rows):
        """The answer of a verb, for rows of one class."""
        num_rows = len(next(iter(rows.values())))
        with self.lock:
            return call(self.model, verb, self.labels(label, num_rows), **rows)

    def encode(self, x, label=None):
        """Codes of examples; without an encoder those that decode to nearly `x`."""
        if "encode" in self.verbs:
            return self.call("encode", label, x=x)
        with self.lock:
            return invert(self.model, x, self.labels(label, len(x)))[0]

    def reconstruct(self, x, label=None):
        """Reconstructions, or what the nearest codes decode to; `None` without both."""
        if "reconstruct" in self.verbs:
            return self.call("reconstruct", label, x=x)
        if self.finds_codes:
            return self.call("decode", label, z=self.encode(x, label))
        return None

    def score(self, x, label=None):
        """What tells anomalies of examples, and the score of each, or `None`."""
        labels = self.labels(label, len(x))
        if not self.is_servable:
            with self.lock:
                detector = AnomalyDetector(self.model)
                return detector.score, detector.scores(x, labels)
        for verb in LIKELIHOODS:
            if verb in self.verbs and "seed" not in inputs_of(self.model, verb):
                return verb, -self.call(verb, label, x=x)
        if "reconstruct" in self.verbs:
            return "reconstruction", squared_error(
                x, self.call("reconstruct", label, x=x)
            )
        return None

    def complete(self, x, hole, seed, label=None):
        """Images `x` with new pixels in the hole, bool `(height, width)`."""
        hole = hole[None, ..., None]
        if "complete" in self.verbs and not self._takes_given:  # An inpainter.
            mask = np.broadcast_to(hole, (len(x), *hole.shape[1:]))
            return self.call("complete", label, x=x, mask=mask)
        known = np.broadcast_to(~hole, x.shape)
        seeds = row_seeds(seed, len(x))
        return self.call("sample", label, seed=seeds, given=x, known=known)

    @functools.cached_property
    def _sample_arguments(self):
        if self.is_servable or "sample" not in self.verbs:
            return frozenset()
        return frozenset(inspect.signature(self.model.sample).parameters)

    @property
    def _takes_given(self):
        if self.is_servable:
            return "given" in inputs_of(self.model, COMPLETE)
        return "given" in self._sample_arguments


def squared_error(x, y):
    """Mean of the squared differences of each example."""
    return np.mean((x - y) ** 2, axis=tuple(range(1, x.ndim)))
