"""Names of data sets: which exist, and what somebody may have meant.

Nothing here imports TensorFlow.
"""

import os

from kgen.data.sources import SOURCES, names
from kgen.suggestions import suggest


def check_name(name):
    """Raises a ValueError if no data set and no folder has this name.

    A name with a version, a configuration or a namespace of TFDS, such as
    `"mnist:3.0.1"`, is left to TFDS.
    """
    if name in SOURCES or os.path.isdir(name):
        return
    is_path = name.startswith((".", "~", os.sep))
    if not is_path and (":" in name or "/" in name):
        return
    if is_path or _plain(name) not in map(_plain, tfds_names()):
        raise no_data_set(name, "TFDS has none of this name")


def no_data_set(name, reason):
    """The error for a name that no data set has.

    Args:
        name: The user's name.
        reason: Why it was not found, without a full stop.
    """
    known = dict.fromkeys([*names(), *tfds_names()])
    return ValueError(
        f"There is no data set {name!r}, nor a folder of that path ({reason})"
        f".{suggest(name, known)} {offline_advice()} Any other name has to be one "
        "of https://www.tensorflow.org/datasets/catalog."
    )


def offline_advice():
    """A sentence about the data sets that need no network."""
    return (
        f"These need no network: {', '.join(names())}, and any folder of pictures "
        "(give its path)."
    )


def tfds_names():
    """Names of the catalogue of TFDS, without those of its community."""
    import tensorflow_datasets as tfds

    return tfds.list_builders(with_community_datasets=False)


def _plain(name):
    """A name as TFDS compares it: `MyDataset` is `my_dataset`."""
    return name.lower().replace("_", "")
