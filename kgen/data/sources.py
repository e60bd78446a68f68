"""Where examples come from: TFDS, a folder of pictures, or a density."""

import dataclasses
import os

import keras
import tensorflow as tf

from kgen.data.offline import density, names
from kgen.data.pictures import pictures_in
from kgen.spelling import suggest


@dataclasses.dataclass(frozen=True)
class Source:
    """Single examples, and what is known of all of them.

    Args:
        examples: `tf.data.Dataset` of `(x, label)`.
        levels: Number of values `0, 1 / (levels - 1), ..., 1` that pixels may have;
            `None` for real numbers.
        num_classes: Number of classes, `None` if labels mean nothing.
    """

    examples: tf.data.Dataset
    levels: int | None = None
    num_classes: int | None = None


# A 2-D set is this many points. They are the same for every seed, so that held-out
# figures can be compared.
NUM_POINTS = {"train": 20_000, "test": 5_000}


def from_density(name, split):
    """Points float32 `(2,)` of `kgen.data.density(name)` with their labels.

    Raises:
        ValueError: `split` is neither "train" nor "test".
    """
    check_split(name, split)
    points, labels = density(name).sample(
        NUM_POINTS[split], seed=["train", "test"].index(split), return_labels=True
    )
    examples = tf.data.Dataset.from_tensor_slices((points, labels))
    return Source(examples, num_classes=int(labels.max()) + 1)


def from_folder(path, split, image_size, color_mode):
    """Pictures in `path`, read by `keras.utils.image_dataset_from_directory`.

    A fixed random fifth of them is the test split: the same for every seed, so that a
    model is never judged by pictures that it was trained on. Subfolders are classes, in
    alphabetical order; without subfolders all labels are 0.

    Raises:
        ValueError: `image_size` is missing, `split` is neither "train" nor "test",
            Keras finds too few pictures, or one of them cannot be read.
    """
    check_split(path, split)
    if image_size is None:
        raise ValueError(
            f"The pictures in {path!r} may differ in size: say what size to bring "
            "them to, as in load(path, image_size=64) or image_size=(48, 64)."
        )
    pictures_in(path)
    with os.scandir(path) as entries:
        # Keras does not look into hidden folders either.
        classes = any(e.is_dir() and not e.name.startswith(".") for e in entries)
    try:
        train, test = keras.utils.image_dataset_from_directory(
            path,
            labels="inferred" if classes else None,
            color_mode=color_mode,
            batch_size=None,
            image_size=image_size,
            # Keras' bilinear default skips pixels when it shrinks; this averages them.
            interpolation="area",
            validation_split=0.2,
            subset="both",
            seed=0,
            verbose=False,
        )
    except ValueError as error:
        raise ValueError(
            f"The folder {path!r} was not readable as a set of pictures: {error} It "
            "needs at least five, in subfolders that are the classes or all at the top."
        ) from error

    def example(image, label=0):
        return eight_bits(image / 255), tf.cast(label, "int32")

    examples = (train if split == "train" else test).map(example)
    return Source(examples, 256, len(train.class_names) if classes else None)


def eight_bits(image):
    """An image that was resized, with 256 levels again, as pictures are stored."""
    return tf.round(255 * tf.clip_by_value(image, 0.0, 1.0)) / 255


def from_tfds(name, split, image_size):
    """Images of a TFDS data set in [0, 1], with their labels.

    The labels are 0 where the set has no feature `label` that is one integer.

    Raises:
        ValueError: The name or the split is unknown, or the set has no images.
        ConnectionError: The data set cannot be downloaded.
        OSError: The data directory cannot be written.
    """
    builder = find_builder(name)
    if "image" not in builder.info.features:
        raise ValueError(
            f"{name!r} is not a set of images: it has the features "
            f"{list(builder.info.features)}, and kgen needs 'image'."
        )
    if not builder.is_prepared():
        prepare(builder)
        builder = find_builder(name)  # As it is on disk, whichever process wrote it.

    def example(features):
        image = tf.image.convert_image_dtype(features["image"], "float32")
        if image_size is not None:
            image = eight_bits(tf.image.resize(image, image_size, antialias=True))
        label = tf.convert_to_tensor(features.get("label", 0))
        is_class = label.dtype.is_integer and label.shape.rank == 0
        return image, tf.cast(label, "int32") if is_class else 0

    try:
        examples = builder.as_dataset(split=split)
    except ValueError as error:
        raise ValueError(
            f"{name!r} has the splits {list(builder.info.splits)}, got {split!r} "
            f"({error}). Name one of them, or a part of one such as 'train[:90%]'."
        ) from error
    examples = examples.map(example, num_parallel_calls=tf.data.AUTOTUNE)
    return Source(examples, levels_of(builder, image_size), classes_of(builder))


def levels_of(builder, image_size=None):
    """Number of values that a pixel of a TFDS data set may have, if that is known."""
    if image_size is not None:
        return 256
    dtype = tf.as_dtype(builder.info.features["image"].np_dtype)
    return 1 + dtype.max if dtype.is_integer else getattr(builder, "LEVELS", None)


def classes_of(builder):
    """Number of classes of a TFDS data set, `None` if it has none."""
    features = builder.info.features
    return (
        getattr(features["label"], "num_classes", None) if "label" in features else None
    )


def find_builder(name):
    """The TFDS builder of that name, in `TFDS_DATA_DIR` as it is now.

    Raises:
        ValueError: TFDS does not know the name, or not that version or configuration.
    """
    import tensorflow_datasets as tfds

    try:
        # TFDS itself reads the variable only once, when it is imported.
        return tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR"))
    # TFDS raises the latter for a version that it does not have.
    except (ValueError, AssertionError) as error:
        known = [*names(), *tfds.list_builders(with_community_datasets=False)]
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"There is no data set {name!r}, nor a folder of that path ({reason})"
            f".{suggest(name, known)} {offline_advice()} Any other name has to be one "
            "of https://www.tensorflow.org/datasets/catalog."
        ) from error


def prepare(builder):
    """Download and write the data set, or say in one sentence why that fails.

    Raises:
        ConnectionError: The data set cannot be downloaded.
        OSError: The data directory cannot be written.
    """
    import requests
    import tensorflow_datasets as tfds

    config = tfds.download.DownloadConfig(try_download_gcs=False)
    try:
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
            return  # Another worker, which wrote it at the same time, was first.
        raise OSError(
            f"{builder.name!r} could not be written to {str(builder.data_dir)!r} "
            f"({error}). Set the environment variable TFDS_DATA_DIR to a folder that "
            "you may write to."
        ) from error


def offline_advice():
    """What works without a network, as a sentence."""
    return (
        f"These need no network: {', '.join(names())}, and any folder of pictures "
        "(give its path)."
    )


def check_split(name, split):
    """Raise a ValueError unless `split` is "train" or "test"."""
    if split not in NUM_POINTS:
        raise ValueError(
            f"{name!r} has the splits 'train' and 'test', got {split!r}. "
            "Slices such as 'train[:90%]' work for 'digits' and other TFDS names."
        )
