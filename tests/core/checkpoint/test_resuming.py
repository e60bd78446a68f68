"""Resuming: what is asked for is compared with what was, and files are mistrusted."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.callbacks import Checkpoint
from kgen.core.checkpoint.check import check
from kgen.core.checkpoint.files import newest_checkpoint, read
from kgen.core.checkpoint.state import variables_of
from kgen.testing.resume_checks import Interruption, interrupt
from kgen.testing.tools import AtStep

X = np.random.default_rng(0).random((22, 6)).astype("float32")


def build(rate=1e-3, optimizer=None, **settings):
    """A model with the same initial weights each time."""
    sizes = {"network": "mlp", "hidden": (5,), "latent_dim": 2}
    keras.utils.set_random_seed(0)
    model = kgen.build("vae", (6,), **{"seed": 0, **sizes, **settings})
    model.compile(optimizer or keras.optimizers.Adam(rate), run_eagerly=True)
    return model


def train(folder, model, stop=None, callbacks=(), epochs=3, x=X):
    """Trains with a checkpoint every two steps; the model, and what was warned of."""
    callbacks = [*callbacks, Checkpoint(folder, every_steps=2)]
    if stop is not None:
        callbacks.append(AtStep(stop, interrupt))
    kgen.seed_everything(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with contextlib.suppress(Interruption):
            model.fit(x, batch_size=4, epochs=epochs, callbacks=callbacks, verbose=0)
    said = [each for each in caught if each.category is UserWarning]
    return model, [str(each.message) for each in said]


@pytest.fixture(scope="module")
def first_killed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    train(folder, build(), stop=9)
    return folder


@pytest.fixture
def killed(first_killed, tmp_path):
    """A folder of a model of `build()` that was killed at step 9."""
    return shutil.copytree(first_killed, tmp_path / "killed")


def rate(optimizer):
    return pytest.approx(float(optimizer.learning_rate), rel=1e-6)


@pytest.mark.parametrize("stop", [9, None], ids=["killed", "ended"])
def test_another_rate_and_beta_take_effect_and_are_said(tmp_path, stop):
    train(tmp_path, build(beta=1.0), stop)
    model, (message,) = train(tmp_path, build(1e-5, beta=4), epochs=4)
    assert rate(model.optimizer) == 1e-5 and model.optimizer.iterations == 24
    assert "beta=4 instead of 1 and learning_rate=1e-05 instead of 0.001" in message
    # Asked for once more, it is nothing new.
    assert train(tmp_path, build(1e-5, beta=4), epochs=5)[1] == []


def test_the_rates_of_a_game_take_effect_each(tmp_path):
    def game(generator_rate):
        sizes = {"network": "mlp", "hidden": (4,), "latent_dim": 2}
        gan = kgen.build("gan", (6,), seed=0, **sizes)
        rates = (generator_rate, 2e-3)
        gan.compile(*(keras.optimizers.Adam(rate) for rate in rates), run_eagerly=True)
        return gan

    train(tmp_path, game(1e-3), stop=9)
    model, (message,) = train(tmp_path, game(1e-4))
    assert "with generator_optimizer.learning_rate=0.0001 instead of 0.001." in message
    assert rate(model.generator_optimizer) == 1e-4
    assert rate(model.discriminator_optimizer) == 2e-3


def test_the_rate_inside_a_scaled_optimizer_takes_effect(tmp_path):
    def scaled(rate):
        inner = keras.optimizers.Adam(rate)
        return build(optimizer=keras.optimizers.LossScaleOptimizer(inner))

    train(tmp_path, scaled(1e-3), stop=9)
    model, (message,) = train(tmp_path, scaled(1e-4))
    assert "learning_rate=0.0001 instead of 0.001" in message
    assert rate(model.optimizer.inner_optimizer) == 1e-4


def test_a_schedule_keeps_its_place_and_may_take_the_place_of_a_number(tmp_path):
    def decaying(steps):
        decay = keras.optimizers.schedules.ExponentialDecay(1e-3, steps, 0.5)
        return build(optimizer=keras.optimizers.Adam(decay))

    train(tmp_path, decaying(10), stop=9)
    model, messages = train(tmp_path, decaying(10))
    assert messages == [] and rate(model.optimizer) == 1e-3 * 0.5**1.8
    model, (message,) = train(tmp_path, decaying(6), epochs=4)
    assert "learning_rate=ExponentialDecay(" in message
    assert rate(model.optimizer) == 1e-3 * 0.5**4
    model, (message,) = train(tmp_path, build(1e-4), epochs=5)
    assert rate(model.optimizer) == 1e-4 and "learning_rate=0.0001" in message


def test_a_rate_that_a_callback_has_lowered_is_not_asked_for(tmp_path):
    def lowering():
        return [keras.callbacks.ReduceLROnPlateau("loss", patience=0, min_delta=1e3)]

    model = build()
    train(tmp_path / "parts", model, callbacks=lowering(), epochs=2)
    assert float(model.optimizer.learning_rate) < 1e-3
    for each in (model, build()):  # In the same process, and as in another one.
        _, messages = train(tmp_path / "parts", each, callbacks=lowering(), epochs=4)
        assert messages == []
    whole, _ = train(tmp_path / "whole", build(), callbacks=lowering(), epochs=4)
    for one, other in zip(variables_of(whole), variables_of(model), strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (
            {"likelihood": "gaussian"},
            "likelihood=Gaussian(stddev=0.1) instead of Bernoulli",
        ),
        ({"activation": "gelu"}, "activation='gelu' instead of"),
        ({"hidden": (4,)}, "units=4 instead of 5"),
        ({"optimizer": keras.optimizers.Adamax(1e-3)}, "Adamax instead of Adam"),
    ],
    ids=["likelihood", "activation", "size", "optimizer"],
)
def test_what_may_not_change_is_named(tmp_path, other, named):
    train(tmp_path, build(likelihood="bernoulli", activation="relu"), stop=9)
    given = {"likelihood": "bernoulli", "activation": "relu", **other}
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="another model or optimizer") as error:
        train(tmp_path, build(**given))
    assert named in str(error.value)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_another_seed_is_refused(killed):
    with pytest.raises(ValueError, match="seed=1 instead of 0"):
        train(killed, build(seed=1))


def test_the_same_networks_under_other_names_are_the_same(killed):
    """Keras numbers its layers through, `dense_1`, `dense_2`, ... in each process."""
    keras.layers.Dense(2)
    assert train(killed, build())[1] == []


@pytest.mark.parametrize("kind", ["arrays", "slices"])
def test_other_content_of_the_same_shape_is_refused(tmp_path, kind):
    def data(x):
        if kind == "arrays":
            return {"x": x, "batch_size": 4}
        shuffled = tf.data.Dataset.from_tensor_slices(x).shuffle(22, seed=1)
        return {"x": shuffled.batch(4)}

    saved = Checkpoint(tmp_path)
    build().fit(**data(X), epochs=1, callbacks=[saved], verbose=0)
    other = X.copy()
    other[7, 3] += 0.01
    with pytest.raises(ValueError, match="other data: arrays with checksums"):
        build().fit(**data(other), epochs=2, callbacks=[saved], verbose=0)


class Report(keras.callbacks.Callback):
    """Counts epochs, and knows a path."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.seen = 0

    def on_epoch_end(self, epoch, logs=None):
        self.seen += 1


def rewrite(path, change):
    """Changes what a checkpoint says of itself, as whoever can write the file can."""
    about, arrays = read(path)
    about["arrays"] = sorted(arrays)
    change(about)
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(path, about=text, **arrays)


def test_a_checkpoint_sets_counts_and_nothing_else(tmp_path):
    folder, path = tmp_path / "saved", str(tmp_path / "report.txt")
    early = keras.callbacks.EarlyStopping("loss", patience=50)
    train(folder, build(), 9, [early, Report(path)])
    evil = {"path": "/etc/passwd", "seen": "two", "on_epoch_end": 5, "patience": 0}

    def change(about):
        for kind, held in about["callbacks"]:
            if kind == "Report":
                assert held == {"seen": 1}
            held.update(evil)

    for file in folder.iterdir():
        rewrite(file, change)
    early, report = keras.callbacks.EarlyStopping("loss", patience=50), Report(path)
    _, messages = train(folder, build(), None, [early, report])
    assert report.path == path and report.seen == 2 and early.patience == 50
    assert any("path=/etc/passwd for Report" in message for message in messages)


POSITIONS = {
    "far batch": lambda about: about.update(position=[1, 10**7, 10**7]),
    "far epoch": lambda about: about.update(position=[10**7, 2, 2]),
    "beyond the epoch": lambda about: about.update(position=[2, 8, 7]),
    "text": lambda about: about.update(position=["1", "2", "3"]),
    "other step": lambda about: about.update(step=10**7),
    "no epoch": lambda about: about.pop("epoch"),
    "no dictionary": lambda about: about.update(callbacks=[["History"]]),
    "no arrays": lambda about: about.update(
        callbacks=[["History", {"epoch": {"num_arrays": 3}}]]
    ),
}


@pytest.mark.parametrize("change", POSITIONS.values(), ids=POSITIONS)
def test_what_cannot_be_true_is_passed_over(killed, change):
    rewrite(killed / "step-000000008.npz", change)
    model, messages = train(killed, build(), stop=10)
    assert "step-000000008.npz is damaged" in messages[0]
    assert model.optimizer.iterations == 10


def test_damaged_files_are_never_taken_and_never_crash(killed):
    path = killed / "step-000000008.npz"
    whole, rng = path.read_bytes(), random.Random(0)
    expected = read(path)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(rng.choice([1, 3, 30])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found, about, arrays = newest_checkpoint(killed, check=check)
        if found == path:  # The bits were of no consequence: padding, dates.
            assert about == expected[0] and arrays.keys() == expected[1].keys()
            for name, value in arrays.items():
                np.testing.assert_array_equal(value, expected[1][name])
        else:
            assert any("is damaged" in str(each.message) for each in caught)


OTHER = """
import sys
from kgen.core.lock import locked
with locked(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_folder_has_one_writer_until_it_dies(tmp_path):
    command = [sys.executable, "-c", OTHER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(OSError, match="Another training is writing to"):
            train(tmp_path, build())
        other.kill()
        other.wait()
    model, _ = train(tmp_path, build(), epochs=1)
    assert model.optimizer.iterations == 6


def test_a_folder_that_is_removed_meanwhile_is_missed(tmp_path):
    folder = tmp_path / "saved"

    def remove(model):
        for path in folder.iterdir():
            path.unlink()
        os.rmdir(folder)

    with pytest.raises(FileNotFoundError, match="was removed while this training"):
        train(folder, build(), callbacks=[AtStep(3, remove)])
