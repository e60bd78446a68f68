"""Settings of runs beside their held-out figures, for TensorBoard's tab HParams."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2

import kgen
from kgen.callbacks import LogFigures, LogHParams
from kgen.loggers.parameters import flattened

POINTS = kgen.data.density("moons").sample(600, seed=0)


def events(folder):
    return event_accumulator.EventAccumulator(str(folder)).Reload()


def settings_in(folder):
    """The parameters in the event files of a folder."""
    metadata = events(folder).SummaryMetadata("_hparams_/session_start_info")
    found = plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content)
    found = found.session_start_info.hparams
    return {k: getattr(v, v.WhichOneof("kind")) for k, v in found.items()}


def figures_in(folder):
    """The last value of each scalar in the event files of a folder, with its step."""
    found = events(folder)
    figures = [tag for tag in found.Tags()["tensors"] if tag.startswith("held_out/")]
    last = {tag: found.Tensors(tag)[-1] for tag in figures}
    return {
        tag: (event.step, float(tf.make_ndarray(event.tensor_proto)))
        for tag, event in last.items()
    }


def test_settings_and_figures_of_a_training(tmp_path):
    vae = kgen.build("vae", (2,), latent_dim=1, hidden=(4,), beta=2.0, seed=0)
    settings = {"beta": 2.0, "hidden": (4,), "data": {"name": "moons"}, "seed": None}
    logged = LogHParams(tmp_path, settings)
    figures = LogFigures(POINTS, "kernel_distance")
    history = vae.fit(
        POINTS, validation_data=POINTS, epochs=2, callbacks=[figures, logged], verbose=0
    ).history
    expected = {"beta": 2.0, "hidden": "[4]", "data.name": "moons"}
    assert settings_in(tmp_path) == expected
    found = figures_in(tmp_path)
    for name in ("loss", "kl", "kernel_distance"):
        step, value = found[f"held_out/{name}"]
        assert step == 1 and value == pytest.approx(history[f"val_{name}"][-1])
    assert "held_out/val_loss" not in found


def test_settings_without_a_name_are_refused(tmp_path):
    for wrong in (None, {}, "beta", {3: 1.0}, {"beta": None}):
        with pytest.raises(ValueError, match="`LogHParams` was given settings="):
            LogHParams(tmp_path, wrong)


def test_values_that_a_table_shows():
    given = {"a": True, "b": np.float64(0.5), "c": [1, None], "d": kgen.GAN, "e": {}}
    expected = {"a": True, "b": 0.5, "c": "[1, null]", "d": "type"}
    assert flattened(given) == expected
    numbers = {"a": np.float32(2), "b": np.int64(3), "c": [np.float32(1)]}
    numbers |= {"d": keras.Variable(0.5), "e": np.bool_(True), "f": [object()]}
    expected = {"a": 2.0, "b": 3, "c": "[1.0]", "d": 0.5, "e": True, "f": "list"}
    assert flattened(numbers) == expected
