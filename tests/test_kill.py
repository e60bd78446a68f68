"""`kgen train --resume` after SIGKILL: the weights of a run that was never killed."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from kgen.core.checkpoint.state import variables_of

SMALL = ("--set", "filters=[4, 8]", "--latent-dim", "2")
VAE = ("vae", "--binarize", *SMALL)
GAN = ("dcgan", *SMALL)
# 4x4 pixels for 40 rounds, then 8x8, which fade in over 30.
GROWING = ("progressive-gan", *("--set", "rounds_per_level=40"))
GROWING += ("--set", "fade_rounds=30", *SMALL)
# What is saved besides the weights of networks: two optimizers, pseudo-inputs that the
# first data gives, a schedule, chains of negative examples.
OTHERS = {
    "dcgan": GAN,
    "factor-vae": ("factor-vae", "--binarize", *SMALL),
    "vamp-vae": ("vamp-vae", "--binarize", *SMALL, "--set", "num_components=4"),
    "ladder-vae": ("ladder-vae", "--binarize", *SMALL, "--set", "latent_hidden=[5]"),
    "vdm": ("vdm", "--set", "filters=[4, 8]"),
    "energy": ("energy", "--set", "hidden=[8]", "--set", "num_chains=64"),
}
ARGUMENTS = (
    *("--data", "digits", "--epochs", "4", "--batch-size", "64"),
    *("--checkpoint-steps", "3", "--resume", "--ema", "0.9"),
)
STEPS = 4 * 23
MAIN = "from kgen.cli import main; main(prog_name='kgen')"


@contextlib.contextmanager
def training(folder, recipe):
    """The process of the command, which does not outlive the block, and its output."""
    arguments = ["train", *recipe, *ARGUMENTS, "--run-dir", str(folder)]
    command = [sys.executable, "-c", MAIN, *arguments]
    # A pipe that nobody reads would stop the process once it is full.
    output = folder.with_suffix(".txt")
    with open(output, "w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield process, output
    finally:
        process.kill()
        process.wait()


def finish(folder, recipe=VAE):
    """Runs the command to its end; returns what it printed."""
    with training(folder, recipe) as (process, output):
        assert process.wait(timeout=300) == 0, output.read_text()[-3000:]
    return output.read_text()


def step_of(folder):
    """The step of the newest checkpoint, -1 if there is none."""
    names = [path.stem for path in (folder / "checkpoints").glob("step-*.npz")]
    return max((int(name.split("-")[1]) for name in names), default=-1)


def kill(folder, reached, recipe=VAE):
    """Starts the command and kills it as soon as `reached()`."""
    with training(folder, recipe) as (process, output):
        deadline = time.monotonic() + 300
        while not reached():
            assert process.poll() is None, output.read_text()[-3000:]
            assert time.monotonic() < deadline, "it does not train"
            time.sleep(1e-3)  # Less than it takes to write a file.
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def kill_at_random_step(folder, left=1, recipe=VAE):
    """Kills at any moment, so early that it can be done so many times in all."""
    start = step_of(folder)
    step = start + random.randint(1, max(1, (STEPS - 20 - start) // left))
    kill(folder, lambda: step_of(folder) >= step, recipe)


def kill_in_a_write(folder):
    """Kills while a checkpoint is being written, of which a part is left behind."""
    start = step_of(folder)

    def writing():
        return step_of(folder) > start and any(
            name.startswith(".partial") for name in os.listdir(folder / "checkpoints")
        )

    kill(folder, writing)


def same_run(one, other):
    """Asserts that two runs left the same weights, optimizers and logs."""
    models = [keras.saving.load_model(run / "model.keras") for run in (one, other)]
    for a, b in zip(*map(variables_of, models), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)
    rows = [(run / "history.csv").read_text() for run in (one, other)]
    assert rows[0] == rows[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory, tfds_dir):
    """A run that was never killed."""
    folder = tmp_path_factory.mktemp("kill") / "whole"
    finish(folder)
    return folder


def test_killed_twice_it_ends_the_same(whole, tmp_path):
    run = tmp_path / "run"
    kill_at_random_step(run)
    kill_in_a_write(run)
    before = step_of(run)
    output = finish(run)
    assert f"Training goes on at step {before}" in output
    same_run(whole, run)


@pytest.mark.slow
def test_killed_ten_times_it_ends_the_same(whole, tmp_path):
    run = tmp_path / "run"
    for left in range(9, 0, -1):
        kill_at_random_step(run, left)
    kill_in_a_write(run)
    finish(run)
    same_run(whole, run)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_another_model_that_was_killed_ends_the_same(name, tmp_path, tfds_dir):
    whole, run = tmp_path / "whole", tmp_path / "run"
    finish(whole, OTHERS[name])
    kill_at_random_step(run, recipe=OTHERS[name])
    finish(run, OTHERS[name])
    same_run(whole, run)


@pytest.mark.slow
def test_a_gan_killed_while_it_grows_ends_the_same(tmp_path, tfds_dir):
    """Once at the small size, once while the large one fades in."""
    whole, run = tmp_path / "whole", tmp_path / "run"
    finish(whole, GROWING)
    for step in (random.randint(1, 36), random.randint(42, 66)):
        kill(run, lambda step=step: step_of(run) >= step, GROWING)
        assert step_of(run) >= step
    finish(run, GROWING)
    same_run(whole, run)
