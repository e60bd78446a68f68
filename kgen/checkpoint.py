"""Checkpoints that training goes on from, bit by bit as if it had never stopped."""

import pathlib

import keras
import tensorflow as tf

from kgen.core import state
from kgen.core.checkpoint_files import newest, write
from kgen.core.replicas import from_chief, is_chief


class Checkpoint(keras.callbacks.Callback):
    """Saves all that training depends on, and goes on from it after a kill.

    Weights, the optimizer with its averages of weights, noise, running means, the
    position in the shuffled data, and what other callbacks keep count of. Call `fit`
    again with the same model, data and callbacks after a crash or a kill: it goes on
    from the newest file, and ends with the weights that it would have had. For that
    the data must be arrays or a `tf.data.Dataset` that gives the same epochs in every
    process: seed its `shuffle`, or call `kgen.seed_everything` first.

    A file is complete or not there. If the newest cannot be read, the one before is
    taken, with a warning. With several machines the folder is a shared one, which the
    first of them writes.

    Args:
        folder: Where `step-00000100.npz` and so on are written.
        every_steps: Number of steps between two checkpoints; at the start of each epoch
            and the end of training there is one anyhow.
        keep: Number of files that are kept, 2 or more for a spare one.

    Raises:
        ValueError: if a number is below 1; on resuming, if the model has other
            variables than the file, or if the data cannot be replayed.
        OSError: if a file cannot be written; those before it stay.
        FloatingPointError: instead of saving a weight that is not finite.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), seed=0)
    >>> saved = kgen.callbacks.Checkpoint(folder, every_steps=500)
    >>> x = np.zeros((4, 8, 8, 1), "float32")
    >>> _ = vae.fit(x, epochs=2, callbacks=[saved], verbose=0)
    """

    def __init__(self, folder, every_steps=1000, keep=2):
        super().__init__()
        for name, value in (("every_steps", every_steps), ("keep", keep)):
            if value < 1:
                raise ValueError(f"`Checkpoint` expects {name} from 1, got {value}.")
        self.folder = pathlib.Path(folder)
        self.every_steps = every_steps
        self.keep = keep

    def on_train_begin(self, logs=None):
        """Reads the newest checkpoint and seeks its place in the data."""
        self._initial = None  # What the callbacks held before the first step.
        self._saved_step = None
        self._saved = newest(self.folder)  # Until training goes on from it.
        self._check_shared()
        if self._saved is None:
            return
        path, saved, arrays = self._saved
        progress = self.model.progress
        if progress.data is None:
            raise ValueError(
                f"Training cannot go on from {path}, as this data cannot be replayed. "
                "Pass arrays or a tf.data.Dataset, without class_weight, or choose "
                "another folder."
            )
        state.restore_variables(self.model, arrays, path)
        progress.data.seek(*saved["position"])
        progress.step = saved["step"]
        epoch = self.params["epochs"] if saved["finished"] else saved["epoch"]
        self.model._initial_epoch = epoch
        if self.params.get("verbose") and self._is_chief():
            print(f"Training goes on at step {progress.step}, from {path}")

    def on_epoch_begin(self, epoch, logs=None):
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        """Saves what there is before the batch, if it is time."""
        progress = self.model.progress
        if self._initial is None:
            self._initial = [state.counts_of(peer) for peer in self._peers()]
        if self._saved is not None:
            # Only now, and all: callbacks have just begun training and an epoch, which
            # for what is restored were begun before.
            self._restore()
            if batch == 0 and not progress.data.replay:
                self.model.reset_metrics()  # Those of the epoch before.
            self._saved, self._saved_step = None, progress.step
        data = progress.data
        if data is None or data.replay or progress.step == self._saved_step:
            return
        if batch == 0 or progress.step - self._saved_step >= self.every_steps:
            self._save(self._epoch, (data.iterators, data.batches, batch))

    def on_train_end(self, logs=None):
        """Saves the trained model."""
        data = self.model.progress.data
        if self._saved is not None:  # There was nothing left to train.
            self._restore()
        elif data is not None and self._initial is not None:
            endless = data.cardinality() == tf.data.INFINITE_CARDINALITY
            # The next epoch takes another iterator, unless one serves them all.
            position = (data.iterators + 1, 0, 0)
            if endless:
                position = (data.iterators, data.batches, 0)
            self._save(self._epoch + 1, position, finished=self.model.stop_training)

    def _save(self, epoch, position, finished=False):
        self._saved_step = self.model.progress.step
        # All processes take part: they have to meet to read some variables.
        counts, arrays = state.pack(self.model, self._peers(), self._initial)
        about = {
            "epoch": epoch,
            "step": self._saved_step,
            "position": position,
            "finished": finished,
            "callbacks": counts,
        }
        if self._is_chief():
            write(self.folder, self._saved_step, about, arrays, self.keep)

    def _restore(self):
        path, saved, arrays = self._saved
        state.restore_variables(self.model, arrays, path)
        state.restore_counts(self._peers(), saved["callbacks"], arrays)

    def _check_shared(self):
        """Raises an OSError unless all workers have found the same checkpoint."""
        step = -1 if self._saved is None else self._saved[1]["step"]
        expected = from_chief(self.model.distribute_strategy, step)
        if step != expected:
            raise OSError(
                f"The first worker goes on from step {expected}, but in {self.folder} "
                f"this one has found {'nothing' if step < 0 else f'step {step}'}. Give "
                "all workers one folder that they share, and start them again."
            )

    def _peers(self):
        """The callbacks whose counts are saved: the user's, and Keras' history."""
        peers = [c for c in self.model.progress.callbacks if c is not self]
        return peers if self.model.history in peers else [*peers, self.model.history]

    def _is_chief(self):
        return is_chief(self.model.distribute_strategy)
