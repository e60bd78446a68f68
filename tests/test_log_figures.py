"""Figures during training: in logs, for other callbacks, without changing training."""

import csv

import keras
import numpy as np
import pytest

import kgen
from kgen.callbacks import LogFigures

POINTS = kgen.data.density("moons").sample(400, seed=0)
TEST = kgen.data.density("moons").sample(600, seed=1)


def build():
    keras.utils.set_random_seed(0)
    return kgen.build("vae", (2,), latent_dim=1, hidden=(4,), seed=0)


def fit(callbacks, epochs=5):
    model = build()
    history = model.fit(
        POINTS, epochs=epochs, batch_size=100, callbacks=callbacks, verbose=0
    )
    return model, history.history


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    figures = LogFigures(TEST, ["kernel_distance", "likelihood"], every=2)
    best = keras.callbacks.ModelCheckpoint(
        folder / "best.keras", "val_kernel_distance", mode="min", save_best_only=True
    )
    table = keras.callbacks.CSVLogger(folder / "log.csv")
    board = keras.callbacks.TensorBoard(folder / "board")
    return folder, *fit([figures, best, table, board])


def test_figures_are_in_history_and_in_the_table(logged):
    folder, _, history = logged
    values = history["val_kernel_distance"]
    # After epochs 1, 2 and 4; the others repeat the last ones.
    assert len(values) == 5 and len(set(values)) == 3
    assert values[1] == values[2] and values[3] == values[4]
    assert history["val_elbo"][-1] > history["val_elbo"][0]
    with open(folder / "log.csv") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_kernel_distance"]) for row in rows] == values


def test_tensorboard_shows_them_beside_the_held_out_loss(logged):
    from tensorboard.backend.event_processing import event_accumulator

    folder, _, _ = logged
    events = event_accumulator.EventAccumulator(str(folder / "board" / "validation"))
    tags = events.Reload().Tags()["tensors"]
    assert {"epoch_kernel_distance", "epoch_elbo"} <= set(tags)


def test_the_best_model_is_saved_and_its_figure_is_that_of_evaluate(logged):
    folder, _, history = logged
    model = keras.saving.load_model(folder / "best.keras")
    found = kgen.evaluate(model, TEST, "kernel_distance", splits=0)
    best = min(history["val_kernel_distance"])
    assert found["kernel_distance"] == pytest.approx(best, rel=1e-4)


def test_training_goes_on_as_without_it(logged):
    _, model, history = logged
    plain, losses = fit([])
    assert losses["loss"] == history["loss"]
    for one, other in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_training_stops_early_by_a_figure():
    stop = keras.callbacks.EarlyStopping("val_precision", mode="max", min_delta=2.0)
    with pytest.warns(kgen.metrics.FewSamplesWarning, match="precision_recall"):
        _, history = fit([LogFigures(TEST, "precision_recall"), stop])
    assert len(history["val_precision"]) == 2


def test_a_second_training_does_not_log_figures_of_the_first():
    figures = LogFigures(TEST, "kernel_distance", every=5)
    _, first = fit([figures], epochs=1)
    other = build()
    other.decoder.set_weights([w + 0.5 for w in other.decoder.get_weights()])
    second = other.fit(POINTS, epochs=1, callbacks=[figures], verbose=0).history
    assert first["val_kernel_distance"] != second["val_kernel_distance"]


def test_what_cannot_be_logged_is_said_by_name():
    with pytest.raises(ValueError, match="Did you mean 'precision_recall'"):
        LogFigures(TEST, "precision_recal")
    for name in ("tournament", "all"):
        with pytest.raises(ValueError, match=f"Unknown figure '{name}'"):
            LogFigures(TEST, name)
    with pytest.raises(ValueError, match="`LogFigures` was given every=0"):
        LogFigures(TEST, "precision_recall", every=0)
    with pytest.raises(ValueError, match="'memorization'.*training data was not"):
        fit([LogFigures(TEST, "memorization")])
