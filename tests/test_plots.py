"""Pictures: every pixel of a grid is where it belongs; files are what they claim."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageSequence

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


def test_rows_of_images_are_the_rows_of_the_grid():
    rows = np.stack([IMAGES[:3], IMAGES[1:4]])
    grid = plots.image_grid(rows)
    flat = plots.image_grid(np.concatenate([IMAGES[:3], IMAGES[1:4]]), columns=3)
    assert np.array_equal(grid, flat)


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


def film(path):
    """The frames of a GIF in [0, 1], and the milliseconds that each is shown."""
    with Image.open(path) as gif:
        assert gif.format == "GIF" and gif.info["loop"] == 0
        frames = [
            (np.asarray(frame.convert("RGB")) / 255, frame.info["duration"])
            for frame in ImageSequence.Iterator(gif)
        ]
    return map(np.array, zip(*frames, strict=True))


def test_gif_goes_there_and_back_in_whole_pixels(tmp_path):
    path = plots.save_gif(IMAGES, tmp_path / "new" / "film.gif", frames_per_second=10)
    frames, durations = film(path)
    assert np.array_equal(durations, np.full(8, 100))
    zoom = 512 // 3
    assert frames.shape == (8, 2 * zoom, 3 * zoom, 3)
    for frame, index in zip(frames, [0, 1, 2, 3, 4, 3, 2, 1], strict=True):
        expected = IMAGES[index].repeat(zoom, 0).repeat(zoom, 1)
        np.testing.assert_allclose(frame - expected, 0.0, atol=0.5 / 255 + 1e-6)


def test_gif_of_colours_one_way(tmp_path):
    frames = np.zeros((3, 2, 2, 3))
    frames[0, ..., 0] = frames[1, ..., 1] = frames[2, ..., 2] = 2.0
    path = plots.save_gif(frames, tmp_path / "film.gif", there_and_back=False)
    shown, durations = film(path)
    np.testing.assert_allclose(shown[:, 0, 0], np.eye(3), atol=0.01)
    assert np.array_equal(durations, [80, 80, 80])


def test_gif_of_impossible_speed(tmp_path):
    with pytest.raises(ValueError, match="frames_per_second=60.*0 to 50"):
        plots.save_gif(IMAGES, tmp_path / "film.gif", frames_per_second=60)


def is_png(path):
    return path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_plots_of_points_codes_and_history(tmp_path):
    points = np.random.default_rng(0).normal(size=(50, 2))
    assert is_png(plots.save_samples(points, tmp_path / "points.png"))
    labels = np.arange(50) % 10
    assert is_png(plots.save_latent(points, labels, tmp_path / "latent.png"))
    names = ("first", "second")
    other = plots.save_latent(points, labels, tmp_path / "named.png", axis_labels=names)
    assert is_png(other)
    assert other.read_bytes() != (tmp_path / "latent.png").read_bytes()
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


@pytest.mark.parametrize(
    ("count", "num_classes", "shape"),
    [
        (64, 10, (8, 8, 1)),
        (64, 2, (8, 8, 1)),
        (64, 3, (28, 28, 3)),
        (64, 100, (8, 8, 1)),
        (30, 2, (64, 32, 1)),
    ],
)
def test_a_picture_of_classes_is_about_square(count, num_classes, shape):
    x = np.zeros((count, *shape))
    picture = plots.draw_samples(x, labels=np.arange(count) % num_classes)
    assert 0.5 < picture.width / picture.height < 2


def test_images_of_a_class_stand_together_under_its_number():
    # Brightness tells the class.
    labels = np.array([7, 2, 7, 2, 2, 7, 7, 2])
    x = np.broadcast_to(labels[:, None, None, None] / 10, (8, 4, 4, 1))
    picture = plots.draw_samples(x, labels=labels)
    pixels = np.asarray(picture.convert("L")).astype(int)
    where = {label: np.argwhere(pixels == round(25.5 * label)) for label in (2, 7)}
    assert all(len(found) > 1000 for found in where.values())
    # Class 2 stands before class 7, to the left or above, and they do not mix.
    (two, seven) = where.values()
    apart = [two[:, axis].max() < seven[:, axis].min() for axis in (0, 1)]
    assert any(apart)
    # The headings are black on white, and differ.
    top = min(two[:, 0].min(), seven[:, 0].min())
    assert (pixels[: top - 1] < 50).any() and (pixels[: top - 1] == 255).any()
    other = plots.draw_samples(x, labels=np.where(labels == 7, 8, 2))
    changed = pixels[np.asarray(other.convert("L")) != pixels]
    assert len(changed) and not np.isin(changed, [51, 178, 179]).any()


def test_columns_of_classes_keep_the_order_of_a_grid():
    x = np.linspace(0, 1, 12).reshape(12, 1, 1, 1)
    picture = plots.draw_samples(x, columns=4, labels=np.zeros(12, int))
    pixels = np.asarray(picture.convert("L"))
    grid = plots.image_grid(x, columns=4)
    side = picture.width // grid.shape[1]
    block = pixels[picture.height - side * grid.shape[0] - 8 :]
    assert len(np.unique(block)) >= 12


def test_points_lie_over_their_data():
    x = np.zeros((5, 2))
    data = np.random.default_rng(0).normal(size=(50, 2))
    figure = plots.draw_samples(x, data=data, labels=np.arange(5) % 2)
    behind, points = figure.axes[0].collections
    np.testing.assert_array_equal(behind.get_offsets(), data)
    np.testing.assert_array_equal(points.get_offsets(), x)
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["class 0", "class 1", "data"]
    assert len(plots.draw_samples(x).axes[0].collections) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": [0, 1]}, r"labels of shape \(2,\).* for 5 examples"),
        ({"labels": np.zeros(5)}, "type float64.*expects an int for each"),
        ({"data": np.zeros((3, 2))}, "data is drawn behind vectors"),
    ],
)
def test_labels_and_data_of_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        plots.draw_samples(IMAGES, **options)
    with pytest.raises(ValueError, match=r"data of shape \(3, 3\).*same size"):
        plots.draw_samples(np.zeros((4, 2)), data=np.zeros((3, 3)))


def test_a_notebook_shows_what_is_drawn(tmp_path):
    model = kgen.build("autoencoder", (4, 3, 1), latent_dim=2)
    drawings = [
        plots.draw_samples(IMAGES),
        plots.draw_samples(np.zeros((4, 2))),
        plots.draw_latent(np.zeros((4, 2)), np.arange(4)),
        plots.draw_history({"loss": [2.0, 1.0]}),
        plots.draw_reconstructions(model, np.ones((5, 4, 3, 1), "float32")),
    ]
    for drawing in drawings:
        assert drawing._repr_png_()[:8] == b"\x89PNG\r\n\x1a\n"
    plots.save_samples(IMAGES, tmp_path / "saved.png")
    drawings[0].save(tmp_path / "drawn.png")
    saved, drawn = ((tmp_path / f"{n}.png").read_bytes() for n in ("saved", "drawn"))
    assert saved == drawn


def test_pairs_and_paths(tmp_path):
    x, y = IMAGES, 1 - IMAGES
    path = plots.save_pairs(x, y, tmp_path / "pairs.png")
    with Image.open(path) as picture:
        assert picture.width / picture.height == pytest.approx(20 / 6, rel=0.15)
    with pytest.raises(ValueError, match=r"\(5, 2, 3, 1\) and y of shape \(4, 2, 3, 1"):
        plots.save_pairs(x, y[:4], path)
    ways = np.stack([x, y])
    assert is_png(plots.save_paths(ways, tmp_path / "paths.png"))
    frames, _ = film(plots.save_paths(ways, tmp_path / "paths.gif"))
    assert len(frames) == 2 * 5 - 2
    lines = np.random.default_rng(0).normal(size=(3, 6, 2))
    assert is_png(plots.save_paths(lines, tmp_path / "lines.png"))
    with pytest.raises(ValueError, match="two numbers or more"):
        plots.save_paths(lines[..., :1], tmp_path / "lines.png")
    rolls = np.random.default_rng(0).integers(0, 9, (3, 6, 16))
    assert is_png(plots.save_paths(rolls, tmp_path / "rolls.png"))
