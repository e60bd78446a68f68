"""Keras callbacks: pictures, figures and codes during training, and a model file."""

import os
import warnings
from collections.abc import Sequence

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen import plots
from kgen.adversarial.monitor import GANMonitor
from kgen.core.checkpoint.callback import Checkpoint
from kgen.core.checks.values import check_count, check_seed
from kgen.core.files import check_path, save_atomically
from kgen.core.hints import Data
from kgen.core.sampling import default_labels, sample_array
from kgen.loggers.hparams import LogHParams
from kgen.loggers.projector import LogProjector
from kgen.metrics.evaluation import chosen, computed
from kgen.metrics.ingredients import Ingredients
from kgen.metrics.judged import check_features
from kgen.metrics.results import FewSamplesWarning

__all__ = [
    "Checkpoint",
    "GANMonitor",
    "LogFigures",
    "LogHParams",
    "LogProjector",
    "SampleGrid",
    "SaveModel",
    "TranslationGrid",
]


class SampleGrid(keras.callbacks.Callback):
    """Draws samples from the same seed after each epoch, to show how they improve.

    A conditional model's classes take turns, and the picture names them.

    Args:
        folder: Where `epoch-0001.png` and so on are written.
        num_samples: Number of samples.
        seed: Integer that fixes the samples.
        every: Number of epochs between two pictures.
        log_dir: Folder of TensorBoard events; the grid is then shown there too.
        data: For vectors, examples `(m, d)` to draw behind the samples.

    Raises:
        ValueError: if a folder is not a path, or a number or the seed is invalid.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        num_samples: int = 64,
        seed: int | None = 0,
        every: int = 1,
        log_dir: str | os.PathLike[str] | None = None,
        data: ArrayLike | None = None,
    ) -> None:
        super().__init__()
        self.folder = check_path("SampleGrid", "folder", folder)
        self.num_samples = check_count("SampleGrid", "num_samples", num_samples)
        self.seed = check_seed("SampleGrid", seed)
        self.every = check_count("SampleGrid", "every", every)
        if log_dir is not None:
            check_path("SampleGrid", "log_dir", log_dir)
        self.log_dir = log_dir
        self.data = data

    def on_train_begin(self, logs=None):
        """Raises a ValueError for a model that draws only with a context."""
        if self.model.condition == "context":
            raise ValueError(
                "SampleGrid draws samples of a model without a condition, or of each "
                f"class in turn, but this {type(self.model).__name__} needs a context. "
                "Leave SampleGrid out."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Draws the picture."""
        if (epoch + 1) % self.every:
            return
        samples = sample_array(self.model, self.num_samples, self.seed)
        classes = default_labels(self.model.num_classes, self.num_samples)
        path = self.folder / f"epoch-{epoch + 1:04d}.png"
        plots.save_samples(samples, path, labels=classes, data=self.data)
        if self.log_dir is not None and samples.ndim == 4:
            # Opened anew each time, so that nothing is lost when training is killed.
            writer = tf.summary.create_file_writer(os.fspath(self.log_dir))
            with writer.as_default(step=epoch + 1):
                picture = plots.draw_samples(samples, labels=classes)
                tf.summary.image(
                    "samples", keras.utils.img_to_array(picture)[None] / 255
                )
            writer.close()


class TranslationGrid(keras.callbacks.Callback):
    """Draws the same examples and their translations after each epoch.

    Args:
        folder: Where `epoch-0001.png` and so on are written, each by
            `kgen.plots.save_translations`.
        x: Images of the domain x, up to about 16 of them.
        y: As many images of the domain y.
        every: Number of epochs between two pictures.

    Raises:
        ValueError: if the folder is not a path, or the number is invalid.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        x: ArrayLike,
        y: ArrayLike,
        every: int = 1,
    ) -> None:
        super().__init__()
        self.folder = check_path("TranslationGrid", "folder", folder)
        self.x, self.y = x, y
        self.every = check_count("TranslationGrid", "every", every)

    def on_epoch_end(self, epoch, logs=None):
        """Draws the picture."""
        if (epoch + 1) % self.every == 0:
            path = self.folder / f"epoch-{epoch + 1:04d}.png"
            plots.save_translations(self.model, self.x, self.y, path)


class LogFigures(keras.callbacks.Callback):
    """Logs figures of quality as `val_...`: for History, CSV files and TensorBoard.

    Callbacks that follow it in the list see them, such as
    `ModelCheckpoint(monitor="val_frechet_distance", mode="min")` and `EarlyStopping`.
    The figures are computed after the first epoch and after each `every`-th one. Other
    epochs repeat the last ones. What figures need of the data is made once: the
    classifier and its features. Samples have seeds of their own, so that training goes
    on as without the callback. But a pass over a data set that shuffles itself moves
    its order on: pass another one as `train` than that of `fit`.

    Args:
        test: Held-out data, see `kgen.evaluate`.
        figures: Names of `kgen.metrics.FIGURES`.
        every: Number of epochs from one computation to the next.
        train: Training data, see `kgen.evaluate`.
        num_samples: Number of samples; by default the number of held-out examples.
        features: See `kgen.evaluate`.
        num_draws: Draws of z for each example, for bounds that use them.
        seed: Integer that fixes all draws.

    Raises:
        ValueError: for an unknown figure or an invalid number or seed; after the first
            epoch, for one that cannot be computed for this model.

    Example:

    >>> gan = kgen.build("gan", (2,), seed=0)
    >>> points = kgen.data.density("moons").sample(500, seed=0)
    >>> figures = kgen.callbacks.LogFigures(points, "kernel_distance", every=2)
    >>> history = gan.fit(points, epochs=2, callbacks=[figures], verbose=0).history
    >>> len(history["val_kernel_distance"])
    2
    """

    adds_logs = True  # Later callbacks may monitor what it adds.

    def __init__(
        self,
        test: Data,
        figures: str | Sequence[str],
        every: int = 1,
        train: Data | None = None,
        num_samples: int | None = None,
        features: keras.Model | None = None,
        num_draws: int = 20,
        seed: int | None = 0,
    ) -> None:
        super().__init__()
        self.figures = chosen("LogFigures", figures, several=False)
        self.every = check_count("LogFigures", "every", every)
        if num_samples is not None:
            num_samples = check_count("LogFigures", "num_samples", num_samples)
        num_draws = check_count("LogFigures", "num_draws", num_draws)
        self.ingredients = {
            "test": test,
            "train": train,
            "num_samples": num_samples,
            "features": features,
            "num_draws": num_draws,
            "seed": check_seed("LogFigures", seed),
            "shared": {},  # What depends on the data alone.
        }
        self.found = None

    def on_train_begin(self, logs=None):
        """Raises a ValueError for features that do not fit the model."""
        check_features("LogFigures", self.ingredients["features"], self.model)
        self.found = None  # Those of an earlier training.

    def on_epoch_end(self, epoch, logs=None):
        """Adds the figures to the logs."""
        if self.found is None or (epoch + 1) % self.every == 0:
            first = self.found is None
            ingredients = Ingredients(self.model, **self.ingredients)
            self.found = computed(ingredients, self.figures, splits=0)
            if first and self.found.few:
                warnings.warn(self.found.advice(), FewSamplesWarning, stacklevel=2)
        for name, value in self.found.items():
            if name != "num_examples" and not isinstance(value, str):
                logs[f"val_{name}"] = value


class SaveModel(keras.callbacks.Callback):
    """Saves the model after each epoch; a reader of the file finds it whole.

    `fit` has then seen that all weights are finite.

    Args:
        path: `.keras` file.

    Raises:
        ValueError: if `path` does not name a `.keras` file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self.path = check_path("SaveModel", "path", path, (".keras",))

    def on_epoch_end(self, epoch, logs=None):
        """Saves the model."""
        save_atomically(self.model, self.path)
