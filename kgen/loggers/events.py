"""TensorBoard's event files: writing them so that a kill loses little, and reading."""

import contextlib
import os

import keras
import numpy as np
import tensorflow as tf


@contextlib.contextmanager
def writing(log_dir, step=0):
    """A context in which summaries go to a folder; they are on the disk at its end.

    Args:
        log_dir: The folder.
        step: Step of the summaries.
    """
    writer = tf.summary.create_file_writer(os.fspath(log_dir))
    with writer.as_default(step=step):
        yield
    writer.close()


def steps(log_dir):
    """The steps of all scalars in the event files of a folder, by their tags.

    Args:
        log_dir: The folder; it may be missing.
    """
    from tensorboard.backend.event_processing import event_accumulator

    if not os.path.isdir(log_dir):
        return {}
    # By default a few steps are kept only; 0 keeps all.
    sizes = {event_accumulator.TENSORS: 0}
    found = event_accumulator.EventAccumulator(os.fspath(log_dir), sizes).Reload()
    tags = found.Tags()["tensors"]
    return {tag: {event.step for event in found.Tensors(tag)} for tag in tags}


def has_events(log_dir):
    """Whether a folder, or a folder below it, has event files."""
    return any("tfevents" in file for *_, files in os.walk(log_dir) for file in files)


def write_picture(tag, path):
    """Writes the picture of a file, in the context of a writer.

    Args:
        tag: Its name in TensorBoard.
        path: The file.
    """
    pixels = keras.utils.img_to_array(keras.utils.load_img(path), dtype="uint8")
    tf.summary.image(tag, np.expand_dims(pixels, 0))
