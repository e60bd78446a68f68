"""Checkpoints that training goes on from, bit by bit as if it had never stopped."""

import pathlib

import keras

from kgen.core import state
from kgen.core.checkpoint_files import newest, write
from kgen.core.replicas import from_chief, is_chief


class Checkpoint(keras.callbacks.Callback):
    """Saves all that training depends on, and goes on from it after a kill.

    Weights, the optimizer with its averages of weights, noise, running means, the
    position in the shuffled data, and what other callbacks keep count of. Call `fit`
    again with the same model, data and callbacks after a crash or a kill: it goes on
    from the newest file, and ends with the weights that it would have had. With more
    epochs it goes on from before its end, as if they had been asked for at once.

    For that the data must be arrays or a `tf.data.Dataset` that gives the same epochs
    in every process: call `kgen.seed_everything` first, or seed its `shuffle`, which
    comes after `cache` and not before a `repeat`. Of a callback those attributes are
    kept that have changed and that JSON or a list of arrays can hold. On several
    replicas running means are restored to rounding, weights exactly.

    A file is complete or not there. If the newest cannot be read, the one before is
    taken, with a warning. With several machines the folder is a shared one, which the
    first of them writes. Remove it to start anew.

    Args:
        folder: Where `step-00000100.npz` and so on are written.
        every_steps: Number of steps between two checkpoints; at the start of each epoch
            and the end of training there is one anyhow.
        keep: Number of files that are kept, 2 or more: one is spare.

    Raises:
        ValueError: if data cannot be replayed, or if on resuming it, the model or the
            optimizer are others than those of the file.
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
        for name, value, least in (("every_steps", every_steps, 1), ("keep", keep, 2)):
            if value < least:
                raise ValueError(
                    f"`Checkpoint` was given {name}={value}, but expects {least} or "
                    "more."
                )
        self.folder = pathlib.Path(folder)
        self.every_steps = every_steps
        self.keep = keep

    def on_train_begin(self, logs=None):
        """Reads the newest checkpoint and seeks its place in the data."""
        self._initial = None  # What the callbacks held before the first step.
        self._saved_step = None
        self._check_replayable()
        self._saved = newest(self.folder)  # Until training goes on from it.
        if self._saved is not None and self._has_more_epochs():
            # The end is no place to go on from: averages have replaced weights, or the
            # best weights the last.
            self._saved = newest(self.folder, ended=False)
        self._check_shared()
        if self._saved is None:
            return
        path, saved, arrays = self._saved
        self._check_same_data(path, saved)
        progress = self.model.progress
        state.restore_variables(self.model, arrays, path)
        progress.data.seek(*saved["position"])
        progress.step = saved["step"]
        ended = saved["finished"] or saved["epoch"] >= self.params["epochs"]
        self.model._initial_epoch = self.params["epochs"] if ended else saved["epoch"]
        if self.params.get("verbose") and self._is_chief():
            done = "had ended" if ended else "goes on"
            print(f"Training {done} at step {progress.step}, from {path}")

    def on_epoch_begin(self, epoch, logs=None):
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        """Saves what there is before the batch, if it is time."""
        progress = self.model.progress
        data = progress.data
        if self._initial is None:
            self._initial = [state.counts_of(peer) for peer in self._peers()]
        if data.replay:
            return
        if self._saved is not None:
            # Only now: callbacks have begun training and an epoch, and have seen its
            # first batches, which for what is restored were before.
            self._restore()
            if batch == 0:
                self.model.reset_metrics()  # Those of the epoch before.
            self._saved, self._saved_step = None, progress.step
        if progress.step == self._saved_step:
            return
        if batch == 0 or progress.step - self._saved_step >= self.every_steps:
            self._save(self._epoch, (data.iterators, data.batches, batch))

    def on_train_end(self, logs=None):
        """Saves the trained model."""
        data = self.model.progress.data
        if self._saved is not None:  # There was nothing left to train.
            self._restore()
        elif self._initial is not None:
            position = (data.iterators, data.batches, 0)
            self._save(self._epoch + 1, position, ended=True)

    def _save(self, epoch, position, ended=False):
        self._saved_step = self.model.progress.step
        # All processes take part: they have to meet to read some variables.
        counts, arrays = state.pack(self.model, self._peers(), self._initial)
        about = {
            "epoch": epoch,
            "step": self._saved_step,
            "position": position,
            "ended": ended,
            "finished": ended and self.model.stop_training,
            "data": self._data(),
            "callbacks": counts,
        }
        if self._is_chief():
            write(self.folder, self._saved_step, about, arrays, self.keep)

    def _restore(self):
        path, saved, arrays = self._saved
        state.restore_variables(self.model, arrays, path)
        state.restore_counts(self._peers(), saved["callbacks"], arrays)

    def _has_more_epochs(self):
        """Whether the newest checkpoint is the end of fewer epochs than there are."""
        _, saved, _ = self._saved
        more = saved["epoch"] < self.params["epochs"] and not saved["finished"]
        return saved["ended"] and more

    def _check_replayable(self):
        """Raises a ValueError for data that training could not go on with."""
        if self.model.progress.data is None:
            raise ValueError(
                "With this data training could not be resumed: `Checkpoint` needs "
                "arrays or a tf.data.Dataset, and `fit` without class_weight, "
                "validation_split and shuffle='batch'. Change that, or leave the "
                "callback out."
            )

    def _check_same_data(self, path, saved):
        """Raises a ValueError unless data and steps fit to those of a checkpoint."""
        if saved["data"] != self._data():
            raise ValueError(
                f"{path} was written in training on other data: batches of "
                f"{saved['data']}, where `fit` was now given {self._data()}. Pass the "
                "same data and batch_size, or choose another folder."
            )
        steps = self.model.steps_per_execution
        if saved["position"][-1] % steps:
            raise ValueError(
                f"{path} is {saved['position'][-1]} steps into an epoch, which is no "
                f"multiple of steps_per_execution={steps}. Compile the model as before."
            )

    def _data(self):
        """What can be told of the data: the number of batches, and their specs."""
        data = self.model.progress.data
        return [int(data.cardinality()), str(data.element_spec)]

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
        callbacks = self.model.progress.callbacks
        peers = [c for c in callbacks if not isinstance(c, Checkpoint)]
        return peers if self.model.history in peers else [*peers, self.model.history]

    def _is_chief(self):
        return is_chief(self.model.distribute_strategy)
