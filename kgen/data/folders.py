"""A folder of pictures as a source of examples."""

import functools
import os
import pathlib
import warnings

import keras
import tensorflow as tf
from PIL import Image

from kgen.data.examples import Examples, to_8_bits
from kgen.data.sources import Source

# Formats that TensorFlow decodes, whatever the ending of the file.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")


def source_of(path):
    """The `Source` of a folder of pictures."""
    load = functools.partial(from_folder, path)
    return Source(load, takes=("image_size", "color_mode"))


def from_folder(path, split, image_size, color_mode):
    """Pictures in `path`, read by `keras.utils.image_dataset_from_directory`.

    A fixed random fifth of them is the test split. It is the same for every seed, so a
    model is never tested on pictures of its training. Subfolders are classes, in
    alphabetical order; without subfolders all labels are 0. Values are rounded to 8
    bits, as in a picture file.

    Raises:
        ValueError: `image_size` is missing, Keras finds too few pictures, or one of
            them is broken or too large.
    """
    if image_size is None:
        raise ValueError(
            f"The pictures in {path!r} may differ in size: pass their new size, as "
            "in load(path, image_size=64) or image_size=(48, 64)."
        )
    with os.scandir(path) as entries:
        # Keras does not look into hidden folders either.
        classes = any(e.is_dir() and not e.name.startswith(".") for e in entries)
    for file in pathlib.Path(path).rglob("*"):
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise ValueError(
                f"{str(file)!r} is a pipe or a device, not a picture, and reading it "
                "could block. Remove it."
            )
    try:
        train, test = keras.utils.image_dataset_from_directory(
            path,
            labels="inferred" if classes else None,
            color_mode=color_mode,
            batch_size=None,
            image_size=image_size,
            # Keras' bilinear default skips pixels on shrinking; this averages them.
            interpolation="area",
            validation_split=0.2,
            subset="both",
            seed=0,
            verbose=False,
        )
    except ValueError as error:
        raise ValueError(
            f"The folder {path!r} is not readable as a set of pictures: {error} It "
            "needs at least five, in one subfolder per class or all at the top."
        ) from error
    used = {os.path.abspath(file) for file in (*train.file_paths, *test.file_paths)}
    tell_left_out(path, used)
    if classes:
        tell_empty_classes(path, used, train.class_names)
    images = train if split == "train" else test
    for file in images.file_paths:
        check_picture(file, channels=3 if color_mode == "rgb" else 1)

    def example(image, label=0):
        return to_8_bits(image / 255), tf.cast(label, "int32")

    num_classes = len(train.class_names) if classes else 1
    return Examples(images.map(example), 256, num_classes)


def tell_left_out(path, used):
    """Warns of the files in a folder that are not hidden and not in `used`.

    Keras follows links to folders at the top only: a deeper one counts as a file.
    """
    top = pathlib.Path(path)
    files = sorted(
        file
        for file in top.rglob("*")
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
        and (not file.is_dir() or file.is_symlink() and file.parent != top)
        and os.path.abspath(file) not in used
    )
    if files:
        names = ", ".join(str(file.relative_to(path)) for file in files[:3])
        warnings.warn(
            f"Files in {path!r} that are left out ({len(files)}): {names}"
            f"{', ...' if len(files) > 3 else ''}. Only .png, .jpg, .jpeg, .bmp and "
            ".gif are read; if there are subfolders (classes), only files in them. "
            "Convert the files, or put them into a subfolder.",
            stacklevel=2,
        )


def tell_empty_classes(path, used, names):
    """Warns of the classes in a folder that have no picture in `used`."""
    root = os.path.abspath(path)
    empty = set(names) - {os.path.relpath(file, root).split(os.sep)[0] for file in used}
    if empty:
        warnings.warn(
            f"Subfolders of {path!r} are its classes, but these have no picture: "
            f"{', '.join(sorted(empty))}. Remove subfolders that are not classes.",
            stacklevel=2,
        )


def check_picture(file, channels):
    """Raises a ValueError unless a picture can be read and is not too large.

    The picture is decoded once, so that a broken one does not end training.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Reads only the header. TensorFlow does not open Pillow's other formats.
            Image.open(file, formats=FORMATS).close()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ValueError(
            f"The picture {file!r} is too large: at most {Image.MAX_IMAGE_PIXELS} "
            "pixels are read. Shrink it, or set PIL.Image.MAX_IMAGE_PIXELS."
        ) from error
    except OSError as error:
        raise broken(file) from error
    try:
        tf.io.decode_image(tf.io.read_file(file), channels, expand_animations=False)
    except tf.errors.InvalidArgumentError as error:
        raise broken(file) from error


def broken(file):
    """The ValueError about a picture that cannot be read."""
    return ValueError(
        f"The picture {file!r} cannot be read: it is empty, cut short, or not a PNG, "
        "JPEG, BMP or GIF of a supported kind and number of channels. Replace or "
        "remove it."
    )
