"""An interrupted run ends like an uninterrupted one."""

import contextlib
import pathlib
import tempfile

import numpy as np

from kgen.callbacks import Checkpoint
from kgen.core.checkpoint.state import variables_of
from kgen.testing.tools import AtStep, copied, rewound, values_of, weighted

EPOCHS, BATCH_SIZE = 3, 3


class Interruption(Exception):
    """The exception that the check raises in the middle of training."""


def interrupt(model):
    """Raises an `Interruption`."""
    raise Interruption


def check_resume(model, x, labels=None):
    """Interrupted anywhere, training resumes and ends with bit-identical weights."""
    per_epoch = -(-len(x) // BATCH_SIZE)
    resumed = copied(model)  # It gets the state of training only by the checkpoint.
    expected, logs = trained(model, x, labels)
    with tempfile.TemporaryDirectory() as folder:
        saved = [Checkpoint(pathlib.Path(folder), every_steps=2)]
        step = per_epoch + min(3, per_epoch)  # Between two checkpoints of epoch 2.
        with contextlib.suppress(Interruption):
            trained(model, x, labels, [*saved, AtStep(step, interrupt)])
        found, resumed_logs = trained(resumed, x, labels, saved)
    what = f"resumed after an interruption at step {step}"
    assert_same_values(model, expected, found, what)
    # Keras keeps them as floats; a player that sat out an epoch has NaN.
    same = logs.keys() == resumed_logs.keys() and all(
        np.array_equal(logs[name], resumed_logs[name], equal_nan=True) for name in logs
    )
    assert same, f"logs of the resumed run: {resumed_logs}, not {logs}"


def check_determinism(model, x, labels=None):
    """The same training of the same model gives the same weights, bit by bit."""
    one, _ = trained(model, x, labels)
    other, _ = trained(model, x, labels)
    assert_same_values(model, one, other, "trained a second time")


def trained(model, x, labels, callbacks=()):
    """The state of training after some epochs of shuffled data, and their logs."""
    data = weighted(model, x, labels).shuffle(len(x), seed=1).batch(BATCH_SIZE)
    with rewound(model):
        history = model.fit(data, epochs=EPOCHS, callbacks=[*callbacks], verbose=0)
        return values_of(model), history.history


def assert_same_values(model, values, others, what):
    """Asserts that two states of training are bit-identical."""
    for variable, *pair in zip(variables_of(model), values, others, strict=True):
        assert np.array_equal(*pair), f"{variable.path} differs when {what}"
