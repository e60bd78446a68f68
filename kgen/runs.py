"""A run: train a recipe on a data set and keep everything about it in one folder."""

import contextlib
import dataclasses
import json
import pathlib
import platform
import signal
import threading
import time

import keras
import numpy as np
import tensorflow as tf

import kgen
from kgen import data, latent, plots
from kgen.callbacks import SampleGrid, SaveModel, draw, save_whole
from kgen.metrics import held_out
from kgen.recipes import build

MODEL = "model.keras"
METRICS = "metrics.json"
HISTORY = "history.csv"
SAMPLES = "samples/epoch-*.png"
NUM_PICTURES = 64


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
    epochs=50,
    conditional=False,
    seed=0,
    run_dir="runs/model",
    log_dir=None,
):
    """Trains, evaluates, draws and saves a model.

    Interrupted by Ctrl-C or SIGTERM, it stops training and does the rest, so that
    the folder is a usable run all the same.

    Args:
        recipe: Name of a recipe.
        settings: Settings of `kgen.build`.
        data_settings: `DataSettings`.
        epochs: Number of epochs.
        conditional: Whether the model is given the labels.
        seed: Integer that fixes initial weights, noise and shuffling.
        run_dir: Folder to write; an existing run in it is replaced.
        log_dir: Folder of TensorBoard events, if any.

    Returns:
        `(model, figures)`: the trained model and its held-out figures.
    """
    data_settings = data_settings or DataSettings(seed=seed)
    keras.utils.set_random_seed(seed)
    training, testing = data_settings.load()
    model = build(
        recipe,
        data_shape=training.element_spec[0].shape[1:],
        num_classes=count_classes(training) if conditional else None,
        **{"seed": seed, **(settings or {})},
    )
    folder = pathlib.Path(run_dir)
    clear(folder)
    start = time.perf_counter()
    history, interrupted = fit(model, training, testing, epochs, folder, log_dir)
    seconds = time.perf_counter() - start
    save_whole(model, folder / MODEL)
    figures = held_out(model, testing)
    record = {
        "recipe": recipe,
        "settings": settings or {},
        "conditional": conditional,
        "data": dataclasses.asdict(data_settings),
        "seed": seed,
        "epochs": history.epoch[-1] + 1 if history.epoch else 0,
        "interrupted": interrupted,
        "seconds_of_training": round(seconds, 3),
        "held_out": figures,
        "config": json.loads(model.to_json())["config"],
        "versions": versions(),
    }
    (folder / METRICS).write_text(json.dumps(record, indent=2) + "\n")
    if history.epoch:
        plots.save_history(history.history, folder / "history.png")
    save_pictures(model, testing, folder)
    return model, figures


def fit(model, training, testing, epochs, folder, log_dir=None):
    """Fits with a progress bar; returns the history and whether it was cut off."""
    history = keras.callbacks.History()
    callbacks = [
        history,
        keras.callbacks.CSVLogger(folder / HISTORY),
        SaveModel(folder / MODEL),
    ]
    if hasattr(model, "sample"):
        pictures = {"num_samples": NUM_PICTURES, "log_dir": log_dir}
        callbacks.append(SampleGrid(folder / "samples", **pictures))
    if log_dir is not None:
        callbacks.append(keras.callbacks.TensorBoard(log_dir))

    with terminate_as_interrupt():
        try:
            model.fit(
                training, validation_data=testing, epochs=epochs, callbacks=callbacks
            )
        except KeyboardInterrupt:
            for callback in callbacks:  # Keras leaves their files open.
                callback.on_train_end()
            return history, True
    return history, False


@contextlib.contextmanager
def terminate_as_interrupt():
    """Inside, SIGTERM does what Ctrl-C does."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may, and gets to, handle signals.
        return
    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def clear(folder):
    """Makes the folder of a run, without what an earlier run wrote there."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = ("history", "samples", "reconstructions", "latent", "manifold")
    # The old model stays until there is a new one.
    names = [METRICS, HISTORY, *(f"{name}.png" for name in pictures)]
    for path in [*(folder / name for name in names), *folder.glob(SAMPLES)]:
        path.unlink(missing_ok=True)


def evaluate(run_dir, num_samples=200):
    """The held-out figures of a run, computed anew from its saved model."""
    model, record = load(run_dir)
    _, testing = DataSettings(**record["data"]).load()
    return held_out(model, testing, num_samples)


def load(run_dir):
    """The model of a run and the record of how it was made.

    Raises:
        FileNotFoundError: if the folder holds no run.
    """
    folder = pathlib.Path(run_dir)
    if not (folder / METRICS).exists():
        raise FileNotFoundError(
            f"{folder} is not a run: it has no {METRICS}. Pass the folder that "
            "`kgen train --run-dir` wrote."
        )
    record = json.loads((folder / METRICS).read_text())
    return keras.saving.load_model(folder / MODEL), record


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
