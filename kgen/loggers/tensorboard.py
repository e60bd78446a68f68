"""Runs in TensorBoard: scalars, pictures, settings beside figures, codes."""

import os
import pathlib
import warnings

import tensorflow as tf

from kgen.loggers import hparams, projector
from kgen.loggers.events import has_events, steps, write_picture, writing
from kgen.loggers.table import Logger, register

FOLDER = "tensorboard"  # In the folder of the run.
FOLDERS = ("", "train", "validation")
RATE = "epoch_learning_rate"


@register("tensorboard")
class TensorBoardLogger(Logger):
    """Event files: the scalars of each epoch, with the tags of Keras' callback.

    Those of training are in the folder `train`, held-out ones in `validation`. Keras'
    own callback would lose the last minutes before a kill.
    """

    def __init__(self, run):
        recorded = None if run.record is None else run.record.get("log_dir")
        log_dir = run.log_dir or recorded
        inside = run.folder / FOLDER
        # A run folder may be moved: its own folder of events has no path in the record.
        self.record = {"log_dir": log_dir and os.path.abspath(log_dir)}
        self.log_dir = pathlib.Path(log_dir or inside)
        self.where = f"TensorBoard: tensorboard --logdir {self.log_dir}"
        self.writers, self.known = {}, {folder: {} for folder in FOLDERS}
        begun = has_events(self.log_dir)
        if begun and run.record == self.record:
            self.known = {name: steps(self.log_dir / name) for name in FOLDERS}
            return
        if begun:
            warnings.warn(
                f"{self.log_dir} has events of another training, and TensorBoard shows "
                "both as one. Give each run a folder of its own.",
                stacklevel=2,
            )
        with writing(self.log_dir):
            hparams.write_settings(run.parameters)

    def epochs(self):
        """Those of which nothing is missing."""
        found = [
            epochs
            for folder in self.known.values()
            for tag, epochs in folder.items()
            # The rate of epochs before a kill is not known.
            if tag == "samples" or tag.startswith("epoch_") and tag != RATE
        ]
        return set.intersection(*found) if found else set()

    def log_epoch(self, epoch, logs, picture):
        """Writes what is missing of an epoch, which is then on the disk."""
        if picture is not None and self._is_new("", "samples", epoch):
            with self._writer("").as_default(step=epoch):
                write_picture("samples", picture)
        for name, value in logs.items():
            folder = "validation" if name.startswith("val_") else "train"
            tag = f"epoch_{name.removeprefix('val_')}"
            if self._is_new(folder, tag, epoch):
                with self._writer(folder).as_default(step=epoch):
                    tf.summary.scalar(tag, value)
        for writer in self.writers.values():
            writer.flush()

    def log_results(self, epoch, figures, files):
        """Writes figures beside the settings; pictures are in the folder of the run."""
        new = {
            name: value
            for name, value in figures.items()
            if self._is_new("", f"{hparams.HELD_OUT}/{name}", epoch)
        }
        with self._writer("").as_default(step=epoch):
            hparams.write_figures(new)

    def log_model(self, model, testing):
        """Writes codes of held-out examples, if the model has codes."""
        if hasattr(model, "encode"):
            examples = projector.examples_of("kgen train", model, testing)
            projector.write_codes("kgen train", model, examples, self.log_dir)

    def close(self, status):
        """Closes the files."""
        for writer in self.writers.values():
            writer.close()
        self.writers = {}

    def _is_new(self, folder, tag, epoch):
        """Whether there was no such event when the log was opened."""
        return epoch not in self.known[folder].get(tag, ())

    def _writer(self, folder):
        """The writer for a folder below, which stays open: each makes a file."""
        if folder not in self.writers:
            path = os.fspath(self.log_dir / folder)
            self.writers[folder] = tf.summary.create_file_writer(path)
        return self.writers[folder]
