"""Pictures: every pixel of a grid is where it belongs; the files are PNGs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import plots
from kgen.callbacks import SampleGrid, SaveModel

IMAGES = np.arange(5 * 2 * 3, dtype="float32").reshape(5, 2, 3, 1) / 30


def test_grid_places_images_row_by_row_with_grey_between():
    grid = plots.image_grid(IMAGES, columns=3)
    assert grid.shape == (2 * 3 + 1, 3 * 4 + 1, 1)
    assert np.array_equal(grid[1:3, 1:4], IMAGES[0])
    assert np.array_equal(grid[1:3, 5:8], IMAGES[1])
    assert np.array_equal(grid[4:6, 5:8], IMAGES[4])
    assert np.all(grid[0] == 0.5) and np.all(grid[:, 4] == 0.5)
    assert np.all(grid[4:6, 9:12] == 0.5)


def test_grid_clips_and_is_about_square():
    grid = plots.image_grid(2 * np.ones((5, 2, 2, 3)) - 0.5)
    assert grid.max() == 1.0
    assert grid.shape == (2 * 3 + 1, 3 * 3 + 1, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_saved_grid_is_enlarged_by_whole_pixels(tmp_path, channels):
    images = np.repeat(IMAGES, channels, axis=-1)
    path = plots.save_samples(images, tmp_path / "new" / "grid.png", columns=3)
    picture = keras.utils.img_to_array(keras.utils.load_img(path))
    grid = plots.image_grid(images, columns=3)
    zoom = picture.shape[0] // grid.shape[0]
    assert zoom > 10 and picture.shape[1] == zoom * grid.shape[1]
    small = picture[::zoom, ::zoom, :channels] / 255
    np.testing.assert_allclose(small, grid, atol=0.5 / 255 + 1e-6)


def is_png(path):
    return path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_plots_of_points_codes_and_history(tmp_path):
    points = np.random.default_rng(0).normal(size=(50, 2))
    assert is_png(plots.save_samples(points, tmp_path / "points.png"))
    labels = np.arange(50) % 10
    assert is_png(plots.save_latent(points, labels, tmp_path / "latent.png"))
    history = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "kl": [0.1, 0.2]}
    assert is_png(plots.save_history(history, tmp_path / "history.png"))


def test_reconstructions_stand_below_their_originals(tmp_path):
    model = kgen.build("autoencoder", (4, 3, 1), latent_dim=2)
    x = np.ones((5, 4, 3, 1), "float32")
    path = plots.save_reconstructions(model, x, tmp_path / "both.png")
    picture = keras.utils.img_to_array(keras.utils.load_img(path))
    height = picture.shape[0] // 2
    assert picture[:height].mean() > picture[height:].mean()


@pytest.mark.parametrize("num_classes", [None, 2])
def test_sample_grid_of_every_epoch_for_disk_and_tensorboard(tmp_path, num_classes):
    model = kgen.build("vae", (4, 3, 1), num_classes, hidden=(5,), filters=(3,))
    x = np.zeros((8, 4, 3, 1), "float32")
    labels = np.arange(8) % 2
    callback = SampleGrid(tmp_path, num_samples=6, every=2, log_dir=tmp_path / "logs")
    model.fit(x, labels, epochs=4, verbose=0, callbacks=[callback])
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == ["epoch-0002.png", "epoch-0004.png"]
    steps = []
    for events in sorted((tmp_path / "logs").glob("events*")):
        for record in tf.data.TFRecordDataset(str(events)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            steps += [event.step for value in event.summary.value]
    assert sorted(steps) == [2, 4]


def test_sample_grid_draws_the_same_z_each_time(tmp_path):
    model = kgen.build("vae", (4, 3, 1), hidden=(5,), filters=(3,), learning_rate=0.0)
    callback = SampleGrid(tmp_path, num_samples=6)
    model.fit(np.zeros((8, 4, 3, 1)), epochs=2, verbose=0, callbacks=[callback])
    first, second = (path.read_bytes() for path in sorted(tmp_path.glob("*.png")))
    assert first == second


def test_save_model_leaves_one_whole_file(tmp_path):
    model = kgen.build("autoencoder", (4,), latent_dim=2)
    path = tmp_path / "model.keras"
    callbacks = [SaveModel(path)]
    model.fit(np.zeros((8, 4)), epochs=2, verbose=0, callbacks=callbacks)
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]
    loaded = keras.saving.load_model(path)
    x = np.ones((2, 4), "float32")
    np.testing.assert_allclose(loaded.reconstruct(x), model.reconstruct(x), rtol=1e-6)
