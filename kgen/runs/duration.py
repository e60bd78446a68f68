"""How long a run takes, told soon after its start."""

import math
import time

import keras

LONG = 20  # Seconds of a first epoch after which nobody should wait for a second one.


class TellDuration(keras.callbacks.Callback):
    """Prints once how long the remaining epochs take.

    It tells after the second epoch, as the first one also traces graphs; after the
    first one, without the time of its first step, if that takes long.
    """

    def on_train_begin(self, logs=None):
        """Starts anew."""
        self.first_step = self.started = None
        self.num_done, self.told = 0, False

    def steps_until_look(self):
        """Infinity: time has nothing to do with the model."""
        return math.inf

    def on_train_batch_end(self, batch, logs=None):
        """Notes when the first step is over."""
        if self.first_step is None:
            self.first_step = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        """Prints the estimate, once there is one."""
        now = time.monotonic()
        if self.num_done and not self.told:
            seconds = now - (self.started if self.num_done > 1 else self.first_step)
            if self.num_done > 1 or seconds > LONG:
                self.told = True
                print(estimate(self.params["epochs"] - epoch, seconds), flush=True)
        self.started = now

    def on_epoch_end(self, epoch, logs=None):
        """Counts the epochs of this `fit`, which may have resumed another."""
        self.num_done += 1


def estimate(num_epochs, seconds):
    """A sentence about the time that remains.

    Args:
        num_epochs: Number of epochs to come.
        seconds: Duration of one.
    """
    epochs = "1 epoch takes" if num_epochs == 1 else f"{num_epochs} epochs take"
    return f"The remaining {epochs} about {in_words(num_epochs * seconds)}."


def in_words(seconds):
    """A duration in words: `"40 s"`, `"3 min"`, `"2 h 10 min"`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
