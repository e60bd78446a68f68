"""A run: train a recipe on a data set and keep everything about it in one folder."""

import dataclasses
import json
import os
import pathlib
import platform
import shutil
import tempfile
import time
from contextlib import contextmanager, nullcontext

import keras
import numpy as np
import tensorflow as tf

import kgen
from kgen import data, latent, plots, serving, strategies
from kgen.callbacks import draw, save_whole
from kgen.core.config import lookup
from kgen.core.random import seed_everything
from kgen.core.replicas import barrier, chief_first, is_chief, several_workers
from kgen.metrics import held_out
from kgen.recipes import RECIPES, build
from kgen.training import (
    CHECKPOINTS,
    HISTORY,
    NUM_PICTURES,
    SAMPLES,
    Training,
    fit,
    precision,
    with_average,
)

MODEL = "model.keras"
METRICS = "metrics.json"
COMMAND = "run.json"


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """What `kgen.data.load` is called with, as it is kept in `metrics.json`."""

    name: str = "digits"
    batch_size: int = 64
    image_size: int | None = None
    binarize: bool = False
    color_mode: str = "rgb"
    seed: int = 0

    def load(self):
        """The training and the held-out data set."""
        return data.load(**dataclasses.asdict(self))


def train(
    recipe,
    settings=None,
    data_settings=None,
    epochs=None,
    conditional=False,
    seed=0,
    run_dir="runs/model",
    **options,
):
    """Trains, evaluates, draws and saves a model.

    Interrupted by Ctrl-C or SIGTERM, it stops training and does the rest, so that
    the folder is a usable run all the same. Killed, it goes on with `resume=True`
    and ends with the weights that it would have had.

    Args:
        recipe: Name of a recipe.
        settings: Settings of `kgen.build`.
        data_settings: `DataSettings`.
        epochs: Number of epochs; by default the recipe's for this data.
        conditional: Whether the model is given the labels.
        seed: Integer that fixes initial weights, noise and shuffling.
        run_dir: Folder to write; an existing run in it is replaced, unless resumed.
        **options: Of `kgen.training.Training`: strategy, precision, ema, resume, ...

    Returns:
        `(model, figures)`: the trained model and its held-out figures; `figures` is
        `None` in the processes of several machines that are not the first.

    Raises:
        ValueError: for an unknown name or setting, or if a run of other settings is to
            be resumed.
        OSError: if the folder cannot be written.
    """
    for name in {"data_shape", "num_classes"} & set(settings or {}):
        raise ValueError(
            f"{name} is no setting: it comes from the data, and `conditional` decides "
            "whether the model is given its classes."
        )
    data_settings = data_settings or DataSettings(seed=seed)
    folder = pathlib.Path(run_dir)
    training_settings = Training(**options)
    strategy = strategies.get(training_settings.strategy)
    seed_everything(seed, training_settings.deterministic)
    # The first to load a data set may have to write it.
    training, testing = chief_first(strategy, data_settings.load)
    seed_everything(seed, training_settings.deterministic)  # Loading may have drawn.
    data_shape = tuple(training.element_spec[0].shape[1:])
    method = lookup("recipe", recipe, RECIPES)
    if epochs is None:
        epochs = method.epochs_for(data_shape, len(training))
    training_settings = dataclasses.replace(training_settings, epochs=epochs)
    levels = getattr(training, "levels", None)
    levels = {"levels": levels} if method.takes_levels(settings or {}) else {}
    with strategy.scope(), precision(training_settings.precision):
        model = build(
            recipe,
            data_shape=data_shape,
            num_classes=count_classes(training) if conditional else None,
            **{"seed": seed, **levels, **(settings or {})},
        )
        if training_settings.ema is not None:
            with_average(model, training_settings.ema)
    command = {
        "recipe": recipe,
        "settings": settings or {},
        "conditional": conditional,
        "data": dataclasses.asdict(data_settings),
        "seed": seed,
        **training_settings.decisive(),
    }
    chief = is_chief(strategy)
    start = time.perf_counter()
    with begun(folder, command, training_settings.resume) if chief else nullcontext():
        history, interrupted = fit(model, training, testing, folder, training_settings)
    seconds = time.perf_counter() - start
    figures = None
    if chief:
        save_whole(model, folder / MODEL)
        if several_workers(strategy):
            # A copy of its own: to evaluate the shared one takes all workers.
            model = serving.load_model(folder / MODEL)
        figures = held_out(model, testing)
        record = {
            **command,
            "epochs": history.epoch[-1] + 1 if history.epoch else 0,
            "interrupted": interrupted,
            "seconds_of_training": round(seconds, 3),
            "held_out": figures,
            "config": json.loads(model.to_json())["config"],
            "versions": versions(),
        }
        write_json(folder / METRICS, record)
        if history.epoch:
            plots.save_history(history.history, folder / "history.png")
        save_pictures(model, testing, folder)
    if not interrupted:  # Else the others still train: they stop when this one ends.
        barrier(strategy)
    return model, figures


@contextmanager
def begun(folder, command, resume):
    """Inside, a folder holds a run of this command and nothing of an earlier one.

    If training fails before the end of its first epoch, the earlier run is put back:
    a setting that makes no sense should cost nobody a model.

    Args:
        folder: `pathlib.Path`.
        command: Dictionary of what decides the weights.
        resume: Whether to keep an earlier run of the same command, to go on from it.

    Raises:
        ValueError: if the run to be resumed had another command.
        OSError: if the folder cannot be written.
    """
    if resume and (folder / CHECKPOINTS).exists():
        check_same(folder, read_json(folder / COMMAND), command)
        yield
        return
    earlier = folder / ".earlier"
    shutil.rmtree(earlier, ignore_errors=True)
    move(folder, earlier)
    write_json(folder / COMMAND, command)
    try:
        yield
    except BaseException:
        if not (folder / HISTORY).exists() and (earlier / COMMAND).exists():
            shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
            move(earlier, folder)
        raise
    finally:
        shutil.rmtree(earlier, ignore_errors=True)


def move(source, target):
    """Moves what a run consists of from one folder to another, the model excepted."""
    pictures = ("history", "samples", "reconstructions", "latent", "manifold")
    names = [COMMAND, METRICS, HISTORY, *(f"{name}.png" for name in pictures)]
    # The old model stays until there is a new one.
    samples = [path.relative_to(source) for path in source.glob(f"{SAMPLES}/epoch-*")]
    for name in [*names, CHECKPOINTS, *samples]:
        if (source / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(source / name, target / name)
    target.mkdir(parents=True, exist_ok=True)
    source.mkdir(parents=True, exist_ok=True)


def check_same(folder, found, command):
    """Raises a ValueError unless a run was started by the same command."""
    found = found if isinstance(found, dict) else {}
    wanted = json.loads(json.dumps(command))
    differing = [
        f"{name} {found.get(name)!r}, now {value!r}"
        for name, value in wanted.items()
        if found.get(name) != value
    ]
    if differing:
        raise ValueError(
            f"The run in {folder} was started with {'; '.join(differing)}. To go on, "
            "give the same again; to start anew, leave out --resume or choose another "
            "folder."
        )


def read_json(path):
    """What a JSON file of a run holds.

    Raises:
        ValueError: if it is missing or damaged, with what to do.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read ({error}), so that nobody knows how this run was "
            "made. Restore it from a backup, or train into another folder."
        ) from error


def write_json(path, content):
    """Writes a JSON file, which is whole or not there."""
    partial = path.with_name(f".partial-{path.name}")
    partial.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(partial, path)


def check_writable(folder):
    """Tries to write where a folder is, or will be.

    Raises:
        OSError: if that fails, with what to do.
    """
    folder = pathlib.Path(folder).absolute()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        raise OSError(
            f"{folder} cannot be written: {place}: {error.strerror}. Choose a folder "
            "that you may write to."
        ) from error


def evaluate(run_dir, num_samples=200):
    """The held-out figures of a run, computed anew from its saved model."""
    model, record = load(run_dir)
    _, testing = DataSettings(**record["data"]).load()
    return held_out(model, testing, num_samples)


def load(run_dir):
    """The model of a run and the record of how it was made.

    Raises:
        FileNotFoundError: if the folder holds no run.
        ValueError: if its model cannot be read.
    """
    folder = pathlib.Path(run_dir)
    if not (folder / METRICS).exists():
        raise FileNotFoundError(
            f"{folder} is not a run: it has no {METRICS}. Pass the folder that "
            "`kgen train --run-dir` wrote."
        )
    record = read_json(folder / METRICS)
    if not isinstance(record, dict) or not record.keys() >= {"data", "recipe"}:
        raise ValueError(
            f"{folder / METRICS} is no record of a run. Restore it from a backup, or "
            "train anew."
        )
    return serving.load_model(folder / MODEL), record


def save_pictures(model, testing, folder):
    """Draws what a model's verbs allow: samples, reconstructions, the latent space."""
    x, labels = next(testing.as_numpy_iterator())
    condition = None if model.num_classes is None else labels[:16]
    if hasattr(model, "sample"):
        samples = draw(model, NUM_PICTURES, seed=0)
        path = folder / "samples.png"
        plots.save_samples(samples, path, columns=model.num_classes)
    if hasattr(model, "reconstruct") and x.ndim == 4:
        path = folder / "reconstructions.png"
        plots.save_reconstructions(model, x[:16], path, condition)
    if hasattr(model, "decode") and model.latent_shape == (2,):
        if hasattr(model, "encode"):
            z, labels = latent.codes(model, testing)
            plots.save_latent(z, labels, folder / "latent.png")
        if hasattr(model, "sample") and x.ndim == 4:
            label = None if model.num_classes is None else 0
            plots.save_samples(
                latent.manifold(model, 20, label), folder / "manifold.png"
            )


def count_classes(dataset):
    """One more than the largest label of a data set."""
    return 1 + max(int(labels.max()) for _, labels in dataset.as_numpy_iterator())


def versions():
    """Versions of what a result depends on."""
    return {
        "kgen": kgen.__version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
