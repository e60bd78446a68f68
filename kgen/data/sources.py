"""Where examples come from: TFDS, a folder of pictures, or a density.

Each function gives a `tf.data.Dataset` of single examples `(x, label)`, not yet batched.
"""

import os

import keras
import tensorflow as tf

from kgen.data.offline import density, names, suggest

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
    return tf.data.Dataset.from_tensor_slices((points, labels))


def from_folder(path, split, image_size, color_mode, seed):
    """Pictures in `path`, read by `keras.utils.image_dataset_from_directory`.

    A fixed fifth of them, drawn with `seed`, is the test split. Subfolders are classes,
    in alphabetical order; without subfolders all labels are 0.

    Raises:
        ValueError: `image_size` is missing, or `split` is neither "train" nor "test".
    """
    check_split(path, split)
    if image_size is None:
        raise ValueError(
            f"The pictures in {path!r} may differ in size: say what size to bring "
            "them to, as in load(path, image_size=64) or image_size=(48, 64)."
        )
    classes = any(entry.is_dir() for entry in os.scandir(path))
    train, test = keras.utils.image_dataset_from_directory(
        path,
        labels="inferred" if classes else None,
        color_mode=color_mode,
        batch_size=None,
        image_size=image_size,
        # Keras' bilinear default skips pixels when it shrinks; this one averages them.
        interpolation="area",
        validation_split=0.2,
        subset="both",
        seed=seed,
        verbose=False,
    )
    examples = train if split == "train" else test
    if not classes:
        examples = examples.map(lambda image: (image, 0))
    return examples.map(lambda image, label: (image / 255, label))


def from_tfds(name, split, image_size):
    """Images of a TFDS data set in [0, 1], with their labels (0 where it has none).

    Raises:
        ValueError: The name is unknown, or the set has no images.
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

    def example(features):
        image = tf.image.convert_image_dtype(features["image"], "float32")
        if image_size is not None:
            image = tf.image.resize(image, image_size, antialias=True)
        return image, tf.cast(features.get("label", 0), "int32")

    return builder.as_dataset(split=split).map(example)


def find_builder(name):
    """The TFDS builder of that name, in `TFDS_DATA_DIR` as it is now.

    Raises:
        ValueError: TFDS does not know the name.
    """
    import tensorflow_datasets as tfds

    import kgen.data.digits  # noqa: F401  (registers it)

    try:
        # TFDS itself reads the variable only once, when it is imported.
        return tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR"))
    except tfds.core.registered.DatasetNotFoundError as error:
        known = [*names(), *tfds.list_builders(with_community_datasets=False)]
        raise ValueError(
            f"There is no data set {name!r}, nor a folder of that path."
            f"{suggest(name, known)} {offline_advice()} Any other name has to be one "
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
        raise OSError(
            f"{builder.name!r} could not be written to {builder.data_dir!r}. "
            "Set the environment variable TFDS_DATA_DIR to a folder that you may "
            "write to."
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
