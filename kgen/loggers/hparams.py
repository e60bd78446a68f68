"""TensorBoard's tab HParams: settings of runs beside their held-out figures."""

import os
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kgen.core.files import check_path
from kgen.loggers.events import writing
from kgen.loggers.parameters import flattened

HELD_OUT = "held_out"  # Figures are `held_out/elbo` and so on.


class LogHParams(keras.callbacks.Callback):
    """Logs settings and the last held-out figures, for TensorBoard's tab HParams.

    The tab has a row for each run below the folder that TensorBoard shows, so that runs
    of different settings are compared there. The figures are those in the logs of the
    last epoch whose name begins with `val_`, also those of `kgen.callbacks.LogFigures`
    before it in the list of callbacks. `val_loss` is there as `held_out/loss`.

    Args:
        log_dir: Folder of this run, below that of all runs.
        settings: Settings by name: bools, numbers, texts, lists, or dictionaries of
            these.

    Raises:
        ValueError: if the folder is not a path, or settings is no dictionary with a
            setting.

    Example:

    >>> logged = kgen.callbacks.LogHParams(folder + "/logs/beta-4", {"beta": 4.0})
    >>> vae = kgen.build("vae", (4,), latent_dim=2, beta=4.0, seed=0)
    >>> x = np.zeros((8, 4), "float32")
    >>> _ = vae.fit(x, validation_data=x, callbacks=[logged], verbose=0)
    """

    def __init__(
        self, log_dir: str | os.PathLike[str], settings: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self.log_dir = check_path("LogHParams", "log_dir", log_dir)
        self.settings = settings
        named = isinstance(settings, Mapping) and all(type(k) is str for k in settings)
        if not named or not flattened(settings):
            raise ValueError(
                f"`LogHParams` was given settings={str(settings)[:80]!r}, but expects "
                'a dictionary of settings by name, such as {"beta": 4.0}.'
            )
        self._last = None

    def on_train_begin(self, logs=None):
        """Writes the settings."""
        with writing(self.log_dir):
            write_settings(flattened(self.settings))

    def on_epoch_end(self, epoch, logs=None):
        """Notes the figures."""
        found = {k: v for k, v in (logs or {}).items() if k.startswith("val_")}
        self._last = epoch, {k.removeprefix("val_"): v for k, v in found.items()}

    def on_train_end(self, logs=None):
        """Writes the figures."""
        if self._last is not None:  # Else there was no epoch.
            epoch, figures = self._last
            with writing(self.log_dir, epoch):
                write_figures(figures)


def write_settings(parameters):
    """Writes the parameters of a run, in the context of a writer.

    Args:
        parameters: As of `kgen.loggers.parameters.flattened`.
    """
    from tensorboard.plugins.hparams import api

    api.hparams(parameters)


def write_figures(figures):
    """Writes held-out figures, in the context of a writer.

    Args:
        figures: Numbers by name.
    """
    for name, value in figures.items():
        tf.summary.scalar(f"{HELD_OUT}/{name}", value)
