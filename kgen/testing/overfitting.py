"""A sanity tool: can a model learn one batch by heart?"""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from kgen.adversarial.game import Game
from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count
from kgen.core.distribution.batch import sample_weights
from kgen.core.distribution.replicas import global_mean
from kgen.core.pieces import is_dataset
from kgen.core.training.datasets import as_datasets
from kgen.flows.reverse import ReverseKL
from kgen.mixtures.mixture import Mixture
from kgen.testing.tools import rewound
from kgen.two_stage import TwoStage

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


class NotLearningWarning(UserWarning):
    """A loss has not fallen, though the model saw one batch again and again."""


@dataclasses.dataclass(frozen=True, eq=False)
class Overfit:
    """A loss on one batch, before and after training on it.

    Args:
        first: Mean of the loss over the first tenth of the steps, of ten at least, or
            of half of them.
        last: Mean over as many last steps.
        losses: The loss of each step, float64 `(steps,)`.
    """

    first: float
    last: float
    losses: np.ndarray

    @property
    def has_fallen(self) -> bool:
        """Whether `last` is below `first` by four standard errors of their difference.

        The noise is that of the last steps: the first ones differ as the loss falls.
        """
        width = _width(self.losses)
        noise = np.std(self.losses[-width:], ddof=1) * np.sqrt(2 / width)
        return bool(self.first - self.last > 4 * noise)


def overfit_one_batch(
    model: GenerativeModel, batch: Any, num_steps: int = 200
) -> dict[str, Overfit]:
    """Trains a model on one batch, to see whether it can learn at all.

    A model that cannot learn a few examples by heart has a fault, in its networks, its
    loss, its optimizer or its data: look for it before you train on all data. The model
    is as it was at the end, with its weights, its optimizer and its noise.

    The losses of a game do not fall, as each player works against another one. So each
    player is trained alone on the batch, while the others hold still: its own loss then
    falls.

    Args:
        model: A compiled `GenerativeModel`.
        batch: One batch as in `fit`: `x`, `(x, labels)` or a dictionary, such as
            `next(iter(train))`. A few examples are enough.
        num_steps: Number of steps, 10 or more.

    Returns:
        Dictionary from `"loss"`, or the loss of each player, to its `Overfit`.

    Raises:
        ValueError: for a model without an optimizer, a data set in place of a batch, or
            data that the model refuses.

    Warns:
        NotLearningWarning: for a loss that has not fallen.

    Example:

    >>> pca = kgen.build("linear-autoencoder", (2,), latent_dim=1)
    >>> points = kgen.data.density("moons").sample(8, seed=0)
    >>> found = kgen.testing.overfit_one_batch(pca, points, num_steps=50)
    >>> found["loss"].last < found["loss"].first
    True
    """
    name = "overfit_one_batch"
    check_model(name, model)
    num_steps = check_count(name, "num_steps", num_steps, fewest=10)
    _check_trains(name, model)
    if is_dataset(batch):
        raise ValueError(
            f"`{name}` was given a data set as batch, but expects one batch of it: "
            "next(iter(dataset))."
        )
    once = tf.data.Dataset.from_tensors(batch)
    if isinstance(model, Game):
        found = {p.loss: _alone(model, p, once, num_steps) for p in model.learners}
    else:
        found = {"loss": _together(model, once, num_steps)}
    for key, losses in found.items():
        if not losses.has_fallen:
            warnings.warn(
                f"The {key} of this {type(model).__name__} has not fallen in "
                f"{num_steps} steps on one batch: from {losses.first:.4g} to "
                f"{losses.last:.4g}. Check the learning rate, the networks and the "
                "data, or pass a larger num_steps.",
                NotLearningWarning,
                stacklevel=2,
            )
    return found


def _check_trains(name, model):
    kind, advice = type(model).__name__, None
    if isinstance(model, Mixture):
        advice = "EM fits it without steps"
    elif isinstance(model, TwoStage):
        advice = "pass its prior, and a batch of codes"
    elif isinstance(model, ReverseKL):
        advice = "it learns a density without data"
    elif not model.compiled:
        advice = "compile it first"
    elif isinstance(model, Game) and _is_shared(model):
        advice = "build the game on one device"
    if advice is not None:
        raise ValueError(
            f"`{name}` was given a {kind}, but expects a model that trains by steps of "
            f"an optimizer: {advice}."
        )


def _is_shared(model):
    return model.distribute_strategy.num_replicas_in_sync > 1


class _Losses(keras.callbacks.Callback):
    """Keeps the loss of each step."""

    def __init__(self):
        super().__init__()
        self.found = []

    def on_train_batch_end(self, batch, logs=None):
        self.found.append(float(logs["loss"]))
        self.model.reset_metrics()  # The logs are means since the last reset.


def _together(model, once, num_steps):
    losses = _Losses()
    # The loss of each step is wanted, however many are in one call of the graph.
    several, function = model.steps_per_execution, model.train_function
    try:
        if several > 1:
            model.steps_per_execution, model.train_function = 1, None
        with rewound(model):
            model.fit(once.repeat(num_steps), epochs=1, callbacks=[losses], verbose=0)
    finally:
        model.steps_per_execution, model.train_function = several, function
    return _overfit(losses.found)


def _alone(game, player, once, num_steps):
    """The losses of a player that learns while the others hold still."""

    @tf.function(autograph=False)
    def step(data):
        parts, weight = game.unpack(data)
        with sample_weights(weight):
            terms = game.step(player, parts, weight, training=True)
        return global_mean(terms[player.loss], weight)

    data = as_datasets(game, keras.Model.fit, once)["x"]
    with rewound(game):
        game.adapt(data)
        batch = next(iter(data))
        return _overfit([float(step(batch)) for _ in range(num_steps)])


def _overfit(losses):
    losses = np.array(losses, "float64")
    width = _width(losses)
    return Overfit(float(losses[:width].mean()), float(losses[-width:].mean()), losses)


def _width(losses):
    """Number of steps of a mean: a tenth, ten at least, but half of all at most."""
    return max(len(losses) // 10, min(10, len(losses) // 2))
