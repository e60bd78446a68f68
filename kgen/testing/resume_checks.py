"""A run that was interrupted ends as one that was not."""

import pathlib
import tempfile

import numpy as np
import tensorflow as tf

from kgen.callbacks import Checkpoint
from kgen.core.state import variables_of
from kgen.testing.tools import AtStep, eager_copy

EPOCHS, BATCH_SIZE = 3, 3


class Interruption(Exception):
    """What the check raises in the middle of training."""


def interrupt(model):
    """Raises an `Interruption`."""
    raise Interruption


def check_resume(model, x, labels=None):
    """Interrupted anywhere, training resumes and ends with bit-identical weights."""
    per_epoch = -(-len(x) // BATCH_SIZE)
    expected, logs = train(eager_copy(model), x, labels)
    with tempfile.TemporaryDirectory() as folder:
        saved = [Checkpoint(pathlib.Path(folder), every_steps=2)]
        step = per_epoch + min(3, per_epoch)  # Between two checkpoints of epoch 2.
        try:
            train(eager_copy(model), x, labels, [*saved, AtStep(step, interrupt)])
        except Interruption:
            pass  # As planned.
        found, resumed_logs = train(eager_copy(model), x, labels, saved)
    same_variables(expected, found, f"resumed after an interruption at step {step}")
    assert logs == resumed_logs, f"logs of the resumed run: {resumed_logs}, not {logs}"


def check_determinism(model, x, labels=None):
    """The same training of the same model gives the same weights, bit by bit."""
    one, _ = train(eager_copy(model), x, labels)
    other, _ = train(eager_copy(model), x, labels)
    same_variables(one, other, "trained a second time")


def train(model, x, labels, callbacks=()):
    """The model after some epochs of shuffled data, and their logs."""
    arrays = (x,) if labels is None else (x, labels)
    data = tf.data.Dataset.from_tensor_slices(arrays).shuffle(len(x), seed=1)
    history = model.fit(
        data.batch(BATCH_SIZE), epochs=EPOCHS, callbacks=[*callbacks], verbose=0
    )
    return model, history.history


def same_variables(model, other, what):
    """Asserts that all that training depends on is bit-identical."""
    pairs = zip(variables_of(model), variables_of(other), strict=True)
    for one, two in pairs:
        assert np.array_equal(one, two), f"{one.path} differs when {what}"
