"""LiteRT, formerly TensorFlow Lite: models for phones and small machines."""

import contextlib
import os
import re
import tempfile

import tensorflow as tf
from tensorflow.lite.python.convert_phase import ConverterError

from kgen.serving.formats import register
from kgen.serving.portable import portable

GRADIENTS_LEFT_OUT = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
LACKING = frozenset({"EnsureShape", "Erf", "Erfc", "Ndtri", "MatrixTriangularSolve"})


@register("litert", draws=False)
def write_litert(endpoints, folder):
    """Writes `VERB.tflite` for each endpoint, with a signature of that name.

    TensorFlow converts. LiteRT's own operations alone are used, so that every runtime
    can run the files.

    Args:
        endpoints: `{name: Endpoint}`.
        folder: An empty `pathlib.Path`.

    Returns:
        `{name: reason}` of endpoints that LiteRT cannot run.
    """
    return write_files(endpoints, folder, [])


@register("litert_int8", draws=False)
def write_litert_int8(endpoints, folder):
    """The same with large weights as int8: a quarter of the size, less precise.

    Weights of 1,024 numbers or more are rounded to 255 levels. Inputs, results and all
    that is between stay float32.

    Args:
        endpoints: `{name: Endpoint}`.
        folder: An empty `pathlib.Path`.

    Returns:
        `{name: reason}` of endpoints that LiteRT cannot run.
    """
    return write_files(endpoints, folder, [tf.lite.Optimize.DEFAULT])


def write_files(endpoints, folder, optimizations):
    """Writes the files of either format.

    Args:
        endpoints: `{name: Endpoint}`.
        folder: An empty `pathlib.Path`.
        optimizations: List of `tf.lite.Optimize`.
    """
    left_out = {}
    for name, endpoint in endpoints.items():
        try:
            content = converted(name, portable(endpoint, LACKING), optimizations)
        except ConverterError as error:
            left_out[name] = lacks(str(error))
        else:
            (folder / f"{name}.tflite").write_bytes(content)
    return left_out


def lacks(message):
    """The operations that a message of the converter names, with their types."""
    found = re.findall(r"\btf\.([A-Z]\w+)\(tensor<(?:[^<>]*x)?(\w+)>", message)
    listed = sorted({f"{name} of {dtype}" for name, dtype in found})
    if not listed:
        listed = sorted(set(re.findall(r"'tf\.(\w+)'", message)))
    return f"LiteRT lacks {', '.join(listed) or 'one of its operations'}"


def converted(name, endpoint, optimizations):
    """The content of a `.tflite` file with one signature."""
    module = tf.Module()
    module.run = tf.function(
        endpoint.function, list(endpoint.specs.values()), autograph=False
    )
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, {name: module.run}, GRADIENTS_LEFT_OUT)
        with quiet():
            converter = tf.lite.TFLiteConverter.from_saved_model(
                folder, signature_keys=[name]
            )
            converter.optimizations = optimizations
            return converter.convert()


@contextlib.contextmanager
def quiet():
    """Context without the compiler's messages on stderr: its error repeats them."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
