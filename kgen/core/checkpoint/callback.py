"""Checkpoints: training resumes from them, bit by bit as if it had never stopped."""

import os
import warnings

import keras

from kgen.core.checkpoint import state
from kgen.core.checkpoint.changes import changes, listed
from kgen.core.checkpoint.check import check
from kgen.core.checkpoint.content import checksums
from kgen.core.checkpoint.files import newest_checkpoint, write
from kgen.core.checkpoint.record import asked, rate_places
from kgen.core.checks.values import check_count
from kgen.core.distribution.replicas import from_chief, is_chief, several_workers
from kgen.core.files import check_path
from kgen.core.lock import locked


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole state of training, and resumes from it after a kill.

    It saves weights, the optimizer with its averages of weights, noise, running means,
    the position in the shuffled data, and the counts of other callbacks. Call `fit`
    again with the same model, data and callbacks after a crash or a kill: it resumes
    from the newest file, and ends with the weights of an uninterrupted training. With
    more epochs it resumes from before its end, as if `fit` had asked for them at once.

    The data must be arrays, or a `tf.data.Dataset` that gives the same epochs in every
    process: call `kgen.seed_everything` first, or seed its `shuffle`. The shuffle must
    come after `cache` and not before a `repeat`. A callback's attributes are saved if
    they have changed and are numbers, lists and dictionaries of numbers, or lists of
    arrays. Text is not saved: it could be a path. On several replicas weights are
    restored exactly, running means to rounding.

    The arguments of `fit` are compared with those of the checkpoint. Another learning
    rate, another number such as `beta` that leaves the networks as they are, and more
    epochs take effect, and a warning names them. Schedules of rates keep their place,
    and a rate that a callback has lowered stays. Any other change is refused: another
    likelihood, activation, optimizer or seed, and arrays of other content.

    A file is complete or does not exist. If the newest is unreadable, training resumes
    from the one before, with a warning. Several machines share one folder, and the
    first machine writes it. No other training may write there at the same time. Remove
    the folder to start anew.

    Args:
        folder: Where `step-00000100.npz` and so on are written.
        every_steps: Number of steps between two checkpoints. The start of each epoch
            and the end of training have one, too.
        keep: Number of newest files that are kept, 2 or more: one is spare.

    Raises:
        ValueError: if `folder` is no path or a number no count; if data cannot be
            replayed; on resuming, if the data, the model or the optimizer differ from
            those of the file.
        OSError: if a file cannot be written; earlier files stay. If another training
            writes to the folder.
        FloatingPointError: instead of saving a weight that is not finite.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), seed=0)
    >>> saved = kgen.callbacks.Checkpoint(folder, every_steps=500)
    >>> x = np.zeros((4, 8, 8, 1), "float32")
    >>> _ = vae.fit(x, epochs=2, callbacks=[saved], verbose=0)
    """

    def __init__(
        self, folder: str | os.PathLike[str], every_steps: int = 1000, keep: int = 2
    ) -> None:
        super().__init__()
        self.folder = check_path("Checkpoint", "folder", folder)
        self.every_steps = check_count("Checkpoint", "every_steps", every_steps)
        self.keep = check_count("Checkpoint", "keep", keep, fewest=2)

    def on_train_begin(self, logs=None):
        """Reads the newest checkpoint and seeks its place in the data."""
        self._initial = None  # The callbacks' counts before the first step.
        self._saved_step = None
        self._check_replayable()
        self._check_there = None
        if self._is_chief():
            lock = locked(self.folder)
            self._check_there = self.model.progress.closing.enter_context(lock)
        self._asked, self._about_data = self._wanted(), self._data()
        self._new_rates = {}  # Rates of this `fit` that differ from the file's.
        # The newest file, until training resumes.
        self._saved = newest_checkpoint(self.folder, check=check)
        if self._saved is not None and self._has_more_epochs():
            # Training cannot resume from its end: averages or the best weights have
            # replaced the last weights.
            self._saved = newest_checkpoint(self.folder, ended=False, check=check)
        self._check_shared()
        if self._saved is None:
            return
        path, saved, arrays = self._saved
        self._check_same_data(path, saved)
        self._check_same_request(path, saved)
        progress = self.model.progress
        self._restore_variables()
        progress.step, progress.choice = saved["step"], saved.get("xla", [])
        ended = saved["finished"] or saved["epoch"] >= self.params["epochs"]
        if not ended:
            progress.data.seek(*saved["position"])
        self.model._initial_epoch = self.params["epochs"] if ended else saved["epoch"]
        if self.params.get("verbose") and self._is_chief():
            done = "had ended" if ended else "goes on"
            print(f"Training {done} at step {progress.step}, from {path}")

    def on_epoch_begin(self, epoch, logs=None):
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        """Saves the state before the batch, if a checkpoint is due."""
        progress = self.model.progress
        data = progress.data
        if self._initial is None:
            self._initial = [state.counts_of(peer) for peer in self._peers()]
        if data.replay or progress.ahead:
            return
        if self._saved is not None:
            # Not earlier: callbacks have now begun training and an epoch, and have
            # seen the batches before this one.
            self._restore()
            if batch == 0:
                self.model.reset_metrics()  # Metrics of the epoch before.
            self._saved, self._saved_step = None, progress.step
        if progress.step == self._saved_step:
            return
        if batch == 0 or progress.step - self._saved_step >= self.every_steps:
            self._save(self._epoch, (data.iterators, data.batches, batch))

    def steps_until_look(self):
        """Number of steps until the next checkpoint."""
        if self._saved_step is None:
            return 1
        return self._saved_step + self.every_steps - self.model.progress.step

    def on_train_end(self, logs=None):
        """Saves the trained model."""
        data = self.model.progress.data
        if self._saved is not None:  # Training was complete already.
            self._restore()
        elif self._initial is not None:
            position = (data.iterators, data.batches, 0)
            self._save(self._epoch + 1, position, ended=True)
        # A change that a callback made is no request of the user: see `_wanted`.
        vars(self.model)["_trained"] = (asked(self.model), self._asked)

    def _save(self, epoch, position, ended=False):
        self._saved_step = self.model.progress.step
        # All processes call this: some variables are read by all of them together.
        counts, arrays = state.pack(self.model, self._peers(), self._initial)
        variables = state.variables_of(self.model)
        about = {
            "epoch": epoch,
            "step": self._saved_step,
            "position": position,
            "xla": self.model.progress.choice,
            "ended": ended,
            "finished": ended and self.model.stop_training,
            "data": self._about_data,
            "asked": self._asked,
            "rates": rate_places(self.model, variables),
            "callbacks": counts,
        }
        if self._is_chief():
            self._check_there()
            write(self.folder, self._saved_step, about, arrays, self.keep)

    def _restore(self):
        path, saved, arrays = self._saved
        self._restore_variables()
        state.restore_counts(self._peers(), saved["callbacks"], arrays, path)

    def _restore_variables(self):
        """Restores all variables but the learning rates that `fit` has changed."""
        path, saved, arrays = self._saved
        places = rate_places(self.model, state.variables_of(self.model))
        kept, left_out = (
            {index for name, index in rates.items() if name in self._new_rates}
            for rates in (places, saved["rates"])
        )
        state.restore_variables(self.model, arrays, path, kept, left_out)

    def _wanted(self):
        """The settings asked for; those of the last `fit` if only it changed them."""
        now = asked(self.model)
        left, before = vars(self.model).get("_trained", (None, None))
        return before if now == left else now

    def _has_more_epochs(self):
        """Whether the newest checkpoint ended after fewer epochs than asked for now."""
        _, saved, _ = self._saved
        more = saved["epoch"] < self.params["epochs"] and not saved["finished"]
        return saved["ended"] and more

    def _check_replayable(self):
        """Raises a ValueError for data that training could not resume with."""
        if self.model.progress.data is None:
            raise ValueError(
                "With this data training could not be resumed: `Checkpoint` needs "
                "arrays or a tf.data.Dataset, and `fit` without class_weight, "
                "validation_split and shuffle='batch'. Change that, or leave the "
                "callback out."
            )

    def _check_same_data(self, path, saved):
        """Raises a ValueError unless data and steps fit those of a checkpoint."""
        before, now = saved["data"], self._about_data
        found = [f"{each['size']} batches of {each['spec']}" for each in (before, now)]
        if found[0] == found[1] and before["content"] and now["content"]:
            found = [
                f"arrays with checksums {each['content']}" for each in (before, now)
            ]
        if found[0] != found[1]:
            raise ValueError(
                f"{path} was written in training on other data: {found[0]}, where "
                f"`fit` was now given {found[1]}. Pass the same data and batch_size, "
                "or choose another folder."
            )
        steps = self.model.steps_per_execution
        if saved["position"][-1] % steps:
            raise ValueError(
                f"{path} is {saved['position'][-1]} steps into an epoch, which is no "
                f"multiple of steps_per_execution={steps}. Compile the model as before."
            )

    def _check_same_request(self, path, saved):
        """Raises a ValueError for changed settings that training cannot resume with.

        Warns of other changed settings.
        """
        allowed, refused = changes(saved["asked"], self._asked)
        if refused:
            raise ValueError(
                f"{path} belongs to another model or optimizer: now there is "
                f"{listed(refused)}. Build and compile the model as before, or choose "
                "another folder."
            )
        rates = self._asked["rates"]
        self._new_rates = {name: rates[name] for name in rates.keys() & allowed.keys()}
        if allowed and self._is_chief():
            warnings.warn(
                f"Training goes on from {path} with {listed(allowed)}.", stacklevel=2
            )

    def _data(self):
        """The data in brief: number of batches, their spec, checksums of arrays."""
        data = self.model.progress.data
        alone = not several_workers(self.model.distribute_strategy)
        return {
            "size": int(data.cardinality()),
            "spec": str(data.element_spec),
            "content": checksums(data.dataset) if alone else [],
        }

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
        """The callbacks with saved counts: the user's, and Keras' history."""
        callbacks = self.model.progress.callbacks
        peers = [c for c in callbacks if not isinstance(c, Checkpoint)]
        return peers if self.model.history in peers else [*peers, self.model.history]

    def _is_chief(self):
        return is_chief(self.model.distribute_strategy)
