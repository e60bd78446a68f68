"""Images of the catalogue of TensorFlow Datasets (TFDS)."""

import contextlib
import functools
import os
import pathlib

import numpy as np
import tensorflow as tf

from kgen.core.lock import in_turn
from kgen.data.examples import Examples
from kgen.data.naming import no_data_set, offline_advice
from kgen.data.sources import Source


def source_of(name):
    """The `Source` of a TFDS name; the name is looked up on loading."""
    return Source(functools.partial(from_tfds, name), splits=None, offline=False)


def from_tfds(name, split):
    """Images of a TFDS data set in [0, 1], with their labels.

    The labels are 0 if the set has no feature `label` that is one integer. A builder of
    images that do not have 8 bits may declare their number of `LEVELS`.

    Raises:
        ValueError: The name or the split is unknown, or the set has no images.
        ConnectionError: The data set cannot be downloaded.
        OSError: The data directory cannot be written.
    """
    import tensorflow_datasets as tfds

    builder = find_builder(name)
    if "image" not in builder.info.features:
        raise ValueError(
            f"{name!r} is not a set of images: it has the features "
            f"{list(builder.info.features)}, and kgen needs 'image'."
        )
    if not builder.is_prepared():
        prepare(builder)
        builder = find_builder(name)  # As it is on disk now.

    has_8_bits = builder.info.features["image"].np_dtype == np.uint8
    levels = 256 if has_8_bits else getattr(builder, "LEVELS", None)
    label = dict(builder.info.features).get("label")
    is_class = (
        isinstance(label, tfds.features.Tensor)
        and label.shape == ()
        and np.issubdtype(label.np_dtype, np.integer)
    )
    num_classes = getattr(label, "num_classes", None) if is_class else 1

    def example(features):
        image = tf.image.convert_image_dtype(features["image"], "float32")
        return image, tf.cast(features["label"], "int32") if is_class else 0

    try:
        examples = builder.as_dataset(split=split)
    except ValueError as error:
        raise ValueError(
            f"{name!r} has the splits {list(builder.info.splits)}, got {split!r} "
            f"({error}). Name one of them, or a part of one such as 'train[:90%]'."
        ) from error
    examples = examples.map(example, num_parallel_calls=tf.data.AUTOTUNE)
    return Examples(examples, levels, num_classes)


def find_builder(name):
    """The TFDS builder of that name, in `TFDS_DATA_DIR` as it is now.

    Raises:
        ValueError: TFDS does not know the name, the version or the configuration.
    """
    import tensorflow_datasets as tfds

    try:
        # TFDS itself reads the variable only once, when it is imported.
        return tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR"))
    # TFDS raises the last error for an unknown version.
    except (ValueError, AssertionError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise no_data_set(name, reason) from error


def alone_with(data_dir):
    """A context in which no other process writes a data set, where there are locks."""
    folder = os.fspath(data_dir)
    if "://" in folder:  # A store on the network.
        return contextlib.nullcontext()
    return in_turn(pathlib.Path(folder).parent)


def prepare(builder):
    """Downloads and writes the data set; an error says why that fails.

    Of several processes the first one does it, and the others wait.

    Raises:
        ConnectionError: The data set cannot be downloaded.
        OSError: The data directory cannot be written.
    """
    import requests
    import tensorflow_datasets as tfds

    config = tfds.download.DownloadConfig(try_download_gcs=False)
    try:
        with alone_with(builder.data_dir):
            if builder.is_prepared():  # By another process, meanwhile.
                return
            # TFDS retries a dead host for more than three minutes: ask once, briefly.
            for url in list(builder.url_infos or {})[:1]:
                requests.head(url, timeout=10)
            builder.download_and_prepare(download_config=config)
    except (
        requests.exceptions.RequestException,
        tfds.download.DownloadError,
    ) as error:
        raise ConnectionError(
            f"{builder.name!r} could not be downloaded: is there a network? "
            f"{offline_advice()}"
        ) from error
    except (OSError, tf.errors.PermissionDeniedError) as error:
        if builder.is_prepared():
            return  # By another process, where there are no locks.
        raise OSError(
            f"{builder.name!r} could not be written to {str(builder.data_dir)!r} "
            f"({error}). Set the environment variable TFDS_DATA_DIR to a folder that "
            "you may write to."
        ) from error
