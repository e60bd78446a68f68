"""Loads a `.keras` file from an unknown source."""

import json
import os
import zipfile

import keras
import numpy as np

import kgen
from kgen.core.checks.numbers import all_finite
from kgen.core.file_format import KEY, check_format
from kgen.core.files import check_path
from kgen.core.model import GenerativeModel


def load_model(path: str | os.PathLike[str]) -> GenerativeModel:
    """Loads the model in a `.keras` file, which may come from an unknown source.

    Keras' safe mode is on: code in the file is not run.

    Args:
        path: `.keras` file of a `GenerativeModel`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if `path` is not a path, if the file is damaged, needs unsafe
            deserialization or was written by a later kgen, if this installation cannot
            build its model, if the weights do not fit the model or are NaN or infinite,
            or if the model is not one of kgen.
    """
    path = check_path("load_model", "path", path)
    held, config, version = _contents(path)
    settings = config.get("config")
    found = settings.get(KEY) if isinstance(settings, dict) else None
    check_format(path, found)
    try:
        model = keras.saving.load_model(path)
    except Exception as error:  # An unknown file may raise any error.
        raise _reason(path, held, config, version, error) from error
    if not isinstance(model, GenerativeModel):
        raise ValueError(
            f"{path} holds the model {held}, which is not a model of kgen. Pass a file "
            "that `kgen train`, or `save` of a kgen model, wrote."
        )
    for variable in model.weights:
        if not all_finite(np.asarray(variable)):
            raise ValueError(
                f"{path} holds the model {held}, whose weight {variable.path} is NaN "
                "or infinite. Its training went wrong before it was saved, or the file "
                "was changed: take an earlier file, or train again."
            )
    return model


def _contents(path):
    """The class in a `.keras` file, its configuration, and the version of Keras."""
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file {path}. `kgen train` and `save` of a model write them."
        )
    try:
        with zipfile.ZipFile(path) as file:
            config = json.loads(file.read("config.json"))
            held = config["class_name"]
            version = json.loads(file.read("metadata.json"))["keras_version"]
            file.getinfo("model.weights.h5")
    except Exception as error:
        raise _damaged(path, error) from error
    return held, config, version


def _reason(path, held, config, version, error):
    """The error to raise after one of Keras: the file, model or weights are bad."""
    if isinstance(error, (OSError, zipfile.BadZipFile)):
        return _damaged(path, error)
    try:
        keras.saving.deserialize_keras_object(config)
    except Exception as building:
        return _not_built(path, held, version, building)
    return ValueError(
        f"{path} holds the model {held}, but its weights cannot be loaded into it: "
        f"{_first_sentence(error)}. The file was damaged or changed after it was "
        "saved: copy it again, or train and save again."
    )


def _damaged(path, error):
    return ValueError(
        f"{path} is no whole .keras file: {error}. It may have been cut off while it "
        "was written or copied: copy it again, or train and save again."
    )


def _not_built(path, held, version, error):
    while "could not be deserialized properly" in str(error):
        error = error.__context__  # Keras hides the cause behind this error.
    if "safe_mode" in str(error):
        advice = (
            "Code in the file is not run: use a layer of Keras or a registered class "
            "instead of a lambda. If you trust the file, "
            "keras.saving.load_model(path, safe_mode=False) loads it."
        )
    else:
        advice = (
            f"It was saved with Keras {version}; Keras {keras.__version__} and kgen "
            f"{kgen.__version__} are installed. Install the versions that saved it, or "
            "import the module that defines its classes first."
        )
    return ValueError(
        f"{path} holds the model {held}, which cannot be built: "
        f"{_first_sentence(error)}. {advice}"
    )


def _first_sentence(error):
    text = str(error) or type(error).__name__
    return " ".join(text.partition(". ")[0].split()).strip(".")
