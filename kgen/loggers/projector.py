"""TensorBoard's tab Projector: codes of examples, with their labels and pictures."""

import math
import os

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count
from kgen.core.files import check_path, whole
from kgen.core.hints import Data
from kgen.core.parts import parts_of
from kgen.core.pieces import batches, in_pieces
from kgen.core.training.datasets import as_datasets
from kgen.latent.encoding import encoded
from kgen.loggers.events import writing
from kgen.plots.grids import grid_of
from kgen.plots.pictures import CHANNELS

TENSORS, LABELS, SPRITE = "codes.tsv", "labels.tsv", "sprite.png"
NUM_EXAMPLES = 1000
NUM_VALUES = 2_000_000  # A browser reads as many in a few seconds.
SPRITE_SIZE = 8192  # The largest side of a sprite that TensorBoard shows, in pixels.
AXES = 3  # TensorBoard shows no point of fewer numbers.
ROWS = 250  # Examples that are encoded at a time.


class LogProjector(keras.callbacks.Callback):
    """Writes codes of examples for TensorBoard's tab Projector.

    Each code is a point with the label of its example, and with its picture if the
    examples are images. Codes on a grid become vectors; indices of a codebook become
    the words that they stand for. Codes of one or two numbers get zeros as the others
    of three, which TensorBoard needs. New files replace those of an earlier epoch.

    Args:
        log_dir: Folder of TensorBoard events, `codes.tsv` and so on.
        data: Examples, held-out ones as a rule: arrays `x` or `(x, labels)`, or a data
            set of batches.
        num_examples: Number of examples, the first ones; by default 1000, or fewer
            where codes have more than 2000 numbers.
        every: Number of epochs from one time to the next; by default it writes at the
            end of training only.

    Raises:
        ValueError: if the folder is not a path, or a number is invalid; when training
            begins, for a model without `encode` or data that does not fit the model.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=3, seed=0)
    >>> x, labels = np.zeros((6, 8, 8, 1), "float32"), np.arange(6)
    >>> codes = kgen.callbacks.LogProjector(folder + "/logs", (x, labels))
    >>> _ = vae.fit(x, callbacks=[codes], verbose=0)
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        data: Data | tuple[Data, ...],
        num_examples: int | None = None,
        every: int | None = None,
    ) -> None:
        super().__init__()
        self.log_dir = check_path("LogProjector", "log_dir", log_dir)
        if data is None:
            raise ValueError(
                "`LogProjector` was given data=None, but expects examples."
            )
        self.data = data
        for key, value in (("num_examples", num_examples), ("every", every)):
            if value is not None:
                value = check_count("LogProjector", key, value)
            setattr(self, key, value)

    def on_train_begin(self, logs=None):
        """Reads the examples; raises a ValueError if the model cannot encode them."""
        check_model("LogProjector", self.model, "encode", advice="Leave it out.")
        self._examples = examples_of(
            "LogProjector", self.model, self.data, self.num_examples
        )

    def on_epoch_end(self, epoch, logs=None):
        """Writes the codes, if it is their turn."""
        if self.every is not None and (epoch + 1) % self.every == 0:
            self._write()

    def on_train_end(self, logs=None):
        """Writes the codes."""
        self._write()

    def _write(self):
        write_codes("LogProjector", self.model, self._examples, self.log_dir)


def examples_of(name, model, data, num_examples=None):
    """The first examples of data, as parts by name.

    Args:
        name: Name of the function that takes the data, for errors.
        model: A model with `encode`.
        data: As of `LogProjector`.
        num_examples: Their number, as of `LogProjector`.
    """
    if num_examples is None:
        size = math.prod(model.latent_shape)
        num_examples = max(1, min(NUM_EXAMPLES, NUM_VALUES // size))
    given = data if isinstance(data, tuple) else (data,)
    given = dict(zip(("x", "y", "sample_weight"), given, strict=False))
    dataset = as_datasets(model, keras.Model.evaluate, **given)["x"]
    rows, count = [], 0
    for batch in batches(dataset, f"`{name}` was given a data set"):
        parts = {k: v for k, v in parts_of(model, batch).items() if v is not None}
        rows.append({k: np.asarray(v) for k, v in parts.items()})
        count += len(rows[-1]["x"])
        if count >= num_examples:
            break
    return {
        part: np.concatenate([batch[part] for batch in rows])[:num_examples]
        for part in rows[0]
    }


def write_codes(name, model, examples, log_dir):
    """Writes codes, labels and pictures, and the file that names them.

    Args:
        name: Name of the function that writes them, for errors.
        model: A model with `encode`.
        examples: As of `examples_of`.
        log_dir: `pathlib.Path` of the folder.
    """
    from tensorboard.plugins import projector

    log_dir.mkdir(parents=True, exist_ok=True)
    config = projector.ProjectorConfig()
    entry = config.embeddings.add()
    entry.tensor_name, entry.tensor_path = "codes", TENSORS
    codes = vectors(name, model, examples)
    with whole(log_dir / TENSORS) as partial:
        np.savetxt(partial, codes, fmt="%.6g", delimiter="\t")
    labels = examples.get("labels")
    if labels is not None and labels.ndim == 1:
        entry.metadata_path = LABELS
        with whole(log_dir / LABELS) as partial:
            partial.write_text("".join(f"{label}\n" for label in labels))
    x = examples["x"]
    if x.ndim == 4 and x.shape[-1] in CHANNELS and x.dtype.kind == "f":
        entry.sprite.image_path = SPRITE
        entry.sprite.single_image_dim.extend(write_sprite(name, x, log_dir / SPRITE))
    projector.visualize_embeddings(os.fspath(log_dir), config)
    # The tab lists only folders with events.
    with writing(log_dir):
        about = f"{len(codes)} codes of {codes.shape[1]} numbers, in the tab Projector."
        tf.summary.text("codes", about)


def vectors(name, model, examples):
    """Codes as vectors, float32 `(n, size)`.

    Args:
        name: Name of the function that takes the examples, for errors.
        model: A model with `encode`.
        examples: As of `examples_of`.
    """
    x, labels = examples["x"], None
    if model.condition is not None:
        labels = examples.get(model.condition)
    z = [
        np.asarray(
            encoded(
                name,
                model,
                x[i : i + ROWS],
                None if labels is None else labels[i : i + ROWS],
            )
        )
        for i in range(0, len(x), ROWS)
    ]
    z = np.concatenate(z)
    if z.dtype.kind in "iu":  # Indices of a codebook are no coordinates.
        quantizer = getattr(getattr(model, "first", model), "quantizer", None)
        if quantizer is None:
            z = np.eye(model.num_latent_codes, dtype="float32")[z]
        else:
            z = np.asarray(quantizer.codebook)[z]
    z = z.reshape(len(z), -1)
    return np.pad(z, ((0, 0), (0, max(0, AXES - z.shape[1]))))


def write_sprite(name, images, path):
    """Writes images side by side, in rows from the top left, without gaps.

    Args:
        name: Name of the function that takes the images, for errors.
        images: `(n, height, width, channels)` in [0, 1].
        path: PNG file.

    Returns:
        Width and height of one image in the file, in pixels.
    """
    height, width = images.shape[1:3]
    columns = math.ceil(math.sqrt(len(images)))
    zoom = min(1.0, SPRITE_SIZE / columns / max(height, width))
    if zoom < 1:
        height, width = (max(1, int(zoom * side)) for side in (height, width))
        images = in_pieces(
            lambda x: tf.image.resize(x, (height, width), antialias=True),
            [tf.convert_to_tensor(images)],
            ROWS,
        )
    grid = grid_of(name, "data", np.asarray(images), columns, pad=0)
    with whole(path) as partial:
        keras.utils.array_to_img(255 * grid, scale=False).save(partial, "PNG")
    return width, height
