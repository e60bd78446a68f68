"""A callback that names troubles between generator and discriminator."""

from __future__ import annotations

import warnings

import keras
import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.arguments import check_labels, check_rows
from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count

# Limits beyond which the monitor warns. A sound game stays well within them: both
# networks are often right and often wrong, and samples vary as much as data.
SURE = 0.98  # Accuracy of a discriminator that has won; 1 - SURE if it has lost.
VANISHED = 1e-3  # Generator's gradient, as a share of the largest so far.
NARROW = 0.1  # Variance of samples, as a share of the data's.
# The terms that the monitor reads.
WATCHED = ("real_accuracy", "fake_accuracy", "generator_gradient")


class GANMonitor(keras.callbacks.Callback):
    """Warns of vanishing gradients, mode collapse and imbalance.

    After each epoch it reads the terms that a `GAN` logs, and draws samples. It warns
    once of each trouble and advises a remedy. At the end of `fit` it repeats the
    troubles that last to the last epoch:

    - `"imbalance"`: the discriminator is right about at least 98 % of both real and
      generated examples, or about at most 2 % of both.
    - `"vanishing gradient"`: the norm of the generator's gradient has fallen below a
      thousandth of the largest so far.
    - `"collapse"`: samples have less than a tenth of the data's variance. (A generator
      with a few distant modes has more variance: see `kgen.metrics.mode_coverage`.)

    Args:
        data: Array of real examples, 64 or more, `(n, *data_shape)`, in the range that
            the model trains on.
        labels: Their classes, for a conditional GAN, `(n,)`. Samples have the same
            classes.
        patience: Epochs in a row that a trouble lasts before the warning, 1 or more.

    Attributes:
        troubles: Dictionary from the name of each trouble to the epoch of its warning,
            counted from 0.
        spread: Variance of the last epoch's samples as a share of the data's.

    Example:

    >>> images = np.random.rand(100, 8, 8, 1)
    >>> gan = kgen.build("gan", (8, 8, 1))
    >>> monitor = kgen.callbacks.GANMonitor(images)
    >>> history = gan.fit(images, callbacks=[monitor], verbose=0)
    >>> monitor.troubles
    {}
    """

    def __init__(
        self, data: ArrayLike, labels: ArrayLike | None = None, patience: int = 5
    ) -> None:
        super().__init__()
        self.data = numbers("GANMonitor", "data", data, rows=1).astype("float32")
        self.labels = labels
        self.patience = check_count("GANMonitor", "patience", patience)
        self.troubles = {}
        self.spread = None
        self.largest_gradient = 0.0
        self.lasting = {}
        self.last = 0, dict.fromkeys(ADVICE, "")  # The last epoch, its sentences.

    def on_train_begin(self, logs=None):
        """Checks that the examples fit the model.

        Raises:
            ValueError: for a model that logs other terms, or examples that do not fit
                it.
        """
        model = self.model
        if not can_be_watched(model):
            raise ValueError(
                "A GANMonitor watches a kgen.GAN, or another model with `sample` that "
                f"logs {', '.join(WATCHED)}, but was given to the fit of a "
                f"{type(model).__name__}."
            )
        check_rows("GANMonitor", "data", self.data, model.data_shape, model.data_range)
        check_labels("GANMonitor", model.num_classes, self.labels, len(self.data))
        if variance(self.data) == 0:
            raise ValueError(
                f"`GANMonitor` was given {len(self.data)} examples that are all the "
                "same, but compares the variance of samples with theirs. Pass 64 or "
                "more different ones."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Looks for troubles and warns of them."""
        self.largest_gradient = max(self.largest_gradient, logs["generator_gradient"])
        samples = self.model.sample(len(self.data), labels=self.labels, seed=0)
        self.spread = variance(np.asarray(samples)) / variance(self.data)
        found = self.seen(logs)
        for name, seen in found.items():
            self.lasting[name] = self.lasting.get(name, 0) + 1 if seen else 0
            if self.lasting[name] >= self.patience and name not in self.troubles:
                self.troubles[name] = epoch
                self.tell(f"Epoch {epoch + 1}", name, seen)
        self.last = epoch, found

    def on_train_end(self, logs=None):
        """Repeats lasting troubles, as the warnings may be far up on the screen."""
        epoch, found = self.last
        for name, since in self.troubles.items():
            if found[name] and epoch > since:
                self.tell(f"At the end, since epoch {since + 1}", name, found[name])

    def tell(self, when, name, seen):
        """Warns of a trouble."""
        warnings.warn(f"{when}: {name}. {seen} {ADVICE[name]}", stacklevel=3)

    def seen(self, logs):
        """A sentence about each trouble by its name, empty for an absent trouble."""
        accuracies = logs["real_accuracy"], logs["fake_accuracy"]
        gradient = logs["generator_gradient"]
        found = dict.fromkeys(ADVICE, "")
        if min(accuracies) >= SURE or max(accuracies) <= 1 - SURE:
            found["imbalance"] = (
                f"The discriminator is right about {accuracies[0]:.1%} of the real and "
                f"{accuracies[1]:.1%} of the generated examples."
            )
        if gradient < VANISHED * self.largest_gradient:
            found["vanishing gradient"] = (
                f"The generator's gradient has a norm of {gradient:.2g}, after one of "
                f"{self.largest_gradient:.2g} at its largest."
            )
        if self.spread < NARROW:
            found["collapse"] = (
                f"Samples have {self.spread:.1%} of the variance of the data."
            )
        return found


ADVICE = {
    "imbalance": (
        "Lower the learning rate of the network that wins, raise that of the one that "
        "loses, or give the discriminator a penalty ('r1', 'gradient_penalty')."
    ),
    "vanishing gradient": (
        "Take a loss whose gradient does not saturate ('non_saturating', "
        "'wasserstein' with a penalty), or a weaker discriminator."
    ),
    "collapse": (
        "Try another learning rate: a higher one, such as 1e-3, if samples never "
        "varied (small images, short runs), a lower one if they once did. Else "
        "packing=2 or more, a penalty, or 'relativistic_average'."
    ),
}


def can_be_watched(model):
    """Whether a `GenerativeModel` has the terms and the verb that a monitor needs."""
    return hasattr(model, "sample") and set(WATCHED) <= set(model.trackers)


def variance(values):
    """The variance of each value over the rows, summed over the values."""
    return float(np.sum(np.var(values, axis=0)))
