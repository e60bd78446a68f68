"""A run: train a recipe on a data set and keep everything about it in one folder."""

import dataclasses
import json
import os
import pathlib
import platform
import sys
import time
from contextlib import ExitStack, nullcontext
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import kgen
from kgen import data, latent, metrics, plots, serving, strategies
from kgen.core.config import lookup
from kgen.core.distribution.replicas import (
    barrier,
    chief_first,
    is_chief,
    several_workers,
)
from kgen.core.files import save_atomically
from kgen.core.lock import locked
from kgen.core.model import GenerativeModel
from kgen.core.parts import second_part
from kgen.core.random import seed_everything
from kgen.core.sampling import default_labels, sample_array
from kgen.recipes import RECIPES, build, find
from kgen.runs.fitting import (
    NUM_COLUMNS,
    NUM_PICTURES,
    StopOnSignal,
    Training,
    fit,
    points_of,
    precision,
    with_average,
)
from kgen.runs.folders import METRICS, MODEL, run_folder, write_json
from kgen.runs.logging import LogEpochs, Logs, chosen, logging, parameters_of
from kgen.runs.opening import DataSettings

NUM_STEPS = 20  # Pictures in each direction of a manifold.


def train(
    recipe: str,
    settings: dict[str, Any] | None = None,
    data_settings: DataSettings | None = None,
    epochs: int | None = None,
    conditional: bool = False,
    seed: int = 0,
    run_dir: str | os.PathLike[str] = "runs/model",
    stop: StopOnSignal | None = None,
    **options,
) -> tuple[GenerativeModel, metrics.Figures | None]:
    """Trains, evaluates, draws and saves a model.

    After Ctrl-C or SIGTERM it stops training and does the rest, so the folder is still
    a usable run. After a kill, `resume=True` continues the run; it ends with the same
    weights as an uninterrupted run.

    Args:
        recipe: Name of a recipe.
        settings: Settings of `kgen.build`.
        data_settings: `DataSettings`.
        epochs: Number of epochs; by default the recipe's for this data.
        conditional: Whether the model is given the labels.
        seed: Integer that fixes initial weights, noise and shuffling.
        run_dir: Folder to write; an existing run in it is replaced, unless resumed.
        stop: A `kgen.runs.StopOnSignal`. If a signal ended training early, its
            `received` is the number of that signal.
        **options: Of `kgen.runs.Training`: strategy, precision, ema, resume, log, ...

    Returns:
        `(model, figures)`: the trained model and its held-out figures. With several
        machines, `figures` is `None` on all but the first.

    Raises:
        ValueError: for an unknown name or setting, or to resume a run of other
            settings.
        OSError: if the folder cannot be written, if another run is writing to it, or if
            it is removed during training.
        ImportError: without the package of a logger.
    """
    for name in {"data_shape", "num_classes"} & set(settings or {}):
        raise ValueError(
            f"{name} is no setting: it comes from the data, and `conditional` decides "
            "whether the model is given its classes."
        )
    method = find(recipe, settings or {})  # Before data are loaded, which takes longer.
    data_settings = data_settings or DataSettings(seed=seed)
    folder = pathlib.Path(run_dir)
    training_settings = Training(**options)
    log, log_dir = training_settings.log, training_settings.log_dir
    log = chosen(log, log_dir, folder, training_settings.resume)
    strategy = strategies.get(training_settings.strategy)
    seed_everything(seed, training_settings.deterministic)
    # The first to load a data set may have to write it.
    training, testing = chief_first(strategy, data_settings.load)
    seed_everything(seed, training_settings.deterministic)  # Loading may have drawn.
    with strategy.scope(), precision(training_settings.precision):
        model = build_for(training, recipe, conditional, seed, settings or {})
        if training_settings.ema is not None:
            with_average(model, training_settings.ema)
    training, testing = (as_domains(model, part) for part in (training, testing))
    if epochs is None:
        epochs = method.epochs_for(shape_of(training), len(training))
    training_settings = dataclasses.replace(training_settings, epochs=epochs)
    command = {
        "recipe": recipe,
        "settings": settings or {},
        "conditional": conditional,
        "data": dataclasses.asdict(data_settings),
        "seed": seed,
        "epochs": epochs,
        **training_settings.reproducibility_settings(),
        "log": log,
    }
    chief = is_chief(strategy)
    with ExitStack() as stack:
        check_there = stack.enter_context(locked(folder) if chief else nullcontext())
        start = time.perf_counter()
        resume = training_settings.resume
        with run_folder(folder, command, resume) if chief else nullcontext():
            logs, others = Logs(), []
            if chief:
                parameters = parameters_of(command, shape_of(training))
                opened = logging(log, folder, parameters, log_dir)
                logs = stack.enter_context(opened)
                others = [LogEpochs(logs, folder)] if log else []
            history, interrupted = fit(
                model, training, testing, folder, training_settings, stop, others
            )
        seconds = time.perf_counter() - start
        figures = None
        if chief:
            save_atomically(model, folder / MODEL)
            if several_workers(strategy):
                # A copy of its own: to evaluate the shared one takes all workers.
                model = serving.load_model(folder / MODEL)
            record = {
                **command,
                "epochs": history.epoch[-1] + 1 if history.epoch else 0,
                "interrupted": interrupted,
                "seconds_of_training": round(seconds, 3),
            }
            figures = conclude(model, testing, folder, record, history)
            check_there()
            logs.log_epochs(history, folder)
            logs.log_results(max(history.epoch, default=0), figures, folder)
            logs.log_model(model, testing)
            logs.status = "interrupted" if interrupted else "finished"
    if not interrupted:  # Else the others still train: they stop when this one ends.
        barrier(strategy)
    return model, figures


def conclude(model, testing, folder, record, history):
    """The held-out figures of a trained model, after they and pictures are written.

    Args:
        model: The model.
        testing: Held-out data set.
        folder: `pathlib.Path` of the run.
        record: What is known of the run, as JSON types by name.
        history: `keras.callbacks.History`.
    """
    print("Computing the held-out figures.", flush=True)
    figures = metrics.evaluate(model, testing, verbose=sys.stderr.isatty())
    record = {**record, "held_out": figures}
    write_results(model, testing, folder, record, history)
    return figures


def shape_of(dataset):
    """The shape of one example of a data set of batches `(x, labels)`."""
    return tuple(dataset.element_spec[0].shape[1:])


def as_domains(model, dataset):
    """The data set as a model takes it: of two classes for a model of two domains.

    Args:
        model: A `GenerativeModel`.
        dataset: Data set of `kgen.data.load`.
    """
    second = model.data_specs.get(second_part(model))
    if second is None or second.paired:
        return dataset
    return data.unpaired(*data.by_class(dataset))


def build_for(dataset, recipe, conditional, seed, settings):
    """The model of a recipe, for the levels, classes and codes of a data set.

    Args:
        dataset: Training data set of `kgen.data.load`.
        recipe: Name of the recipe.
        conditional: Whether the model is given the labels.
        seed: Integer.
        settings: The user's settings, which override all others.

    Raises:
        ValueError: if the data are ints, and the recipe is for real numbers.
    """
    num_classes = None
    if conditional:
        num_classes = dataset.num_classes or count_classes(dataset)
    own, method = {"seed": seed}, lookup("recipe", recipe, RECIPES)
    if dataset.num_codes is not None and not method.data_codes:
        fitting = [name for name, other in RECIPES.items() if other.data_codes]
        raise ValueError(
            f"The data are ints, {dataset.num_codes} codes, but {recipe!r} is for real "
            f"numbers. These recipes are for codes: {', '.join(sorted(fitting))}."
        )
    if dataset.num_codes is not None:
        own["num_codes"] = dataset.num_codes
    elif method.takes_levels(settings):
        own["levels"] = dataset.levels
    return build(recipe, shape_of(dataset), num_classes, **{**own, **settings})


def write_results(model, testing, folder, record, history):
    """Writes the record, the history and the pictures of a trained model.

    Args:
        model: The model.
        testing: The held-out data set.
        folder: `pathlib.Path` of the run.
        record: Dictionary of the training's settings and the model's figures.
        history: `keras.callbacks.History`.
    """
    config = json.loads(model.to_json())["config"]
    record = {**record, "config": config, "versions": package_versions()}
    write_json(folder / METRICS, record)
    if history.epoch:
        plots.save_history(history.history, folder / "history.png")
    save_pictures(model, testing, folder)


def save_pictures(model, testing, folder):
    """Draws what a model has: samples, reconstructions, translations, latents."""
    x, labels = next(testing.as_numpy_iterator())
    if hasattr(model, "translate_back") and x.ndim == 4:
        pair = x[:NUM_COLUMNS], labels[:NUM_COLUMNS]  # Here, the other domain.
        plots.save_translations(model, *pair, folder / "translations.png")
    condition = None if model.num_classes is None else labels[:16]
    if hasattr(model, "sample"):
        points = points_of(testing)
        count = NUM_PICTURES if points is None else len(points)
        samples = sample_array(model, count, seed=0)
        classes = default_labels(model.num_classes, count)
        plots.save_samples(samples, folder / "samples.png", labels=classes, data=points)
    if hasattr(model, "reconstruct") and x.ndim == 4:
        path = folder / "reconstructions.png"
        plots.save_reconstructions(model, x[:16], path, condition)
    if hasattr(model, "decode") and model.latent_shape == (2,):
        if hasattr(model, "encode"):
            z, labels = latent.codes(model, testing)
            plots.save_latent(z, labels, folder / "latent.png")
        if hasattr(model, "sample") and x.ndim == 4:
            label = None if model.num_classes is None else 0
            pictures = latent.manifold(model, NUM_STEPS, label)
            classes = None if label is None else np.full(len(pictures), label)
            path = folder / "manifold.png"
            plots.save_samples(pictures, path, columns=NUM_STEPS, labels=classes)


def count_classes(dataset):
    """Number of classes of a data set without `num_classes`: largest label plus 1."""
    return 1 + max(int(labels.max()) for _, labels in dataset.as_numpy_iterator())


def package_versions():
    """Versions of Python and of the packages that a result depends on."""
    return {
        "kgen": kgen.__version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
