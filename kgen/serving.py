"""Export to SavedModels that TensorFlow Serving takes as they are."""

import json
import pathlib
import shutil
import tempfile
import zipfile

import keras
import tensorflow as tf

import kgen
from kgen.callbacks import default_labels, draw
from kgen.core.checks import check_labels
from kgen.core.finite import check_loaded
from kgen.core.model import GenerativeModel
from kgen.core.random import row_seeds
from kgen.core.verbs import graph_function, input_specs, verbs

ABOUT = "assets.extra/kgen.json"


def export(model, path, version=None):
    """Writes a model as a SavedModel with a signature for each of its verbs.

    The inputs of a signature are the verb's arguments, float32 `x` and `z`, int32
    `labels`, int64 `seed` (one per row), all with a leading batch axis of any size, so
    that a server may batch requests. `serving_default` is `sample` if there is
    one. Nobody needs kgen or Keras to load it. The folder appears complete or not at
    all, so a server may poll `path` meanwhile.

    Args:
        model: A `GenerativeModel`.
        path: Folder of the served model. Versions are its subfolders.
        version: Integer; one more than the largest there by default.

    Returns:
        Path of the version that was written, `path/version`.

    Raises:
        FileExistsError: if that version exists already.
        ValueError: if `version` is not an int, 0 or larger.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1))
    >>> kgen.export(vae, folder + "/vae").name
    '1'
    """
    path = pathlib.Path(path)
    path.mkdir(parents=True, exist_ok=True)
    if version is None:
        version = max(versions(path), default=0) + 1
    if not isinstance(version, int) or version < 0:
        raise ValueError(
            f"version={version!r} is no version: TensorFlow Serving takes ints, 0 or "
            "larger."
        )
    target = path / str(version)
    if target.exists():
        raise FileExistsError(
            f"{target} exists already. A served version is never overwritten: choose "
            "another version, or leave it out to take the next one."
        )
    archive = keras.export.ExportArchive()
    for name, verb in sorted(verbs(model).items(), key=_serving_order):
        specs = list(input_specs(model, verb).values())
        archive.add_endpoint(name, endpoint(model, verb), specs)
    partial = pathlib.Path(tempfile.mkdtemp(prefix=".partial-", dir=path))
    try:
        archive.write_out(str(partial), verbose=False)
        # The folder that servers ignore and TensorFlow leaves to the user.
        (partial / "assets.extra").mkdir()
        about = {"model": type(model).__name__, "num_classes": model.num_classes}
        (partial / ABOUT).write_text(json.dumps(about))
        partial.chmod(0o755)  # mkdtemp keeps others out, a server may be one.
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def endpoint(model, verb):
    """A verb as it is served: tensors, ordered as `input_specs`, to named outputs."""
    run = graph_function(model, verb)

    def serve(*tensors):
        outputs = run(*tensors)
        return outputs if isinstance(outputs, dict) else {verb.output_name: outputs}

    return serve


def versions(path):
    """Numbers of the versions in a folder, ascending."""
    names = [child.name for child in pathlib.Path(path).iterdir()]
    return sorted(int(name) for name in names if name.isdecimal())


def newest(path):
    """The newest version in the folder of a served model; a version is itself."""
    path = pathlib.Path(path)
    if (path / "saved_model.pb").exists() or not versions(path):
        return path
    return path / str(versions(path)[-1])


def sample_servable(path, num_samples, labels=None, seed=0):
    """Samples of an exported model, the rows that `model.sample` makes of this seed.

    Args:
        path: Folder of a version, or of a model, whose newest version is taken.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.

    Returns:
        float32 array `(num_samples, *data_shape)`.

    Raises:
        ValueError: if the SavedModel has no signature `sample`, or if the labels do
            not suit it.
    """
    path = newest(path)
    served = tf.saved_model.load(str(path))
    if "sample" not in served.signatures:
        raise ValueError(
            f"{path} has no signature 'sample', only {sorted(served.signatures)}."
        )
    num_classes = json.loads((path / ABOUT).read_text())["num_classes"]
    labels = default_labels(num_classes, num_samples, labels)
    inputs = {"seed": tf.constant(row_seeds(seed, num_samples))}
    labels = check_labels(str(path), num_classes, labels, num_samples)
    if labels is not None:
        inputs["labels"] = labels
    return served.signatures["sample"](**inputs)["x"].numpy()


def load_model(path):
    """The model in a `.keras` file, which may be one that nobody knows.

    Keras' safe mode is on: code that a file brings along is not run.

    Args:
        path: `.keras` file of a `GenerativeModel`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, if it needs unsafe deserialization, if this
            installation cannot build what it holds, or if that is no model of kgen, or
            one with weights that are not finite.
    """
    held, version = _contents(path)
    try:
        model = keras.saving.load_model(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error
    except (AttributeError, ImportError, LookupError, TypeError, ValueError) as error:
        raise _not_built(path, held, version, error) from error
    if not isinstance(model, GenerativeModel):
        raise ValueError(
            f"{path} holds the model {held}, which is none of kgen. Pass a file that "
            "`kgen train`, or `save` of a kgen model, wrote."
        )
    check_loaded(model, path)
    return model


def _contents(path):
    """The class in a `.keras` file, and the version of Keras that saved it."""
    if not pathlib.Path(path).is_file():
        raise FileNotFoundError(
            f"There is no file {path}. `kgen train` and `save` of a model write them."
        )
    try:
        with zipfile.ZipFile(path) as file:
            held = json.loads(file.read("config.json"))["class_name"]
            version = json.loads(file.read("metadata.json"))["keras_version"]
            file.getinfo("model.weights.h5")
    except (LookupError, ValueError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error
    return held, version


def _damaged(path, error):
    return ValueError(
        f"{path} is no whole .keras file: {error}. It may have been cut off while it "
        "was written or copied: copy it again, or train and save again."
    )


def _not_built(path, held, version, error):
    while "could not be deserialized properly" in str(error):
        error = error.__context__  # Keras hides behind it what went wrong.
    reason = str(error).partition(". ")[0].strip(".")
    if "safe_mode" in str(error):
        advice = (
            "A file's own code is not run: use a layer of Keras or a registered class "
            "instead of a lambda. If you trust the file, "
            "keras.saving.load_model(path, safe_mode=False) loads it."
        )
    else:
        advice = (
            f"It was saved with Keras {version}, here are Keras {keras.__version__} "
            f"and kgen {kgen.__version__}: install the versions that saved it, or "
            "import the module that defines its classes first."
        )
    return ValueError(
        f"{path} holds the model {held}, which cannot be built: {reason}. {advice}"
    )


def sample_any(path, num_samples, labels=None, seed=0):
    """Samples of a run folder, a `.keras` file or a SavedModel: the same rows.

    Args:
        path: What to sample from.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.

    Raises:
        FileNotFoundError: if there is none of the three at `path`.
        ValueError: if the model has no verb `sample`, or `load_model` refuses it.
    """
    path = pathlib.Path(path)
    if (path / "model.keras").exists():
        path = path / "model.keras"
    if path.suffix == ".keras" and path.exists():
        model = load_model(path)
        if not hasattr(model, "sample"):
            raise ValueError(
                f"{path} holds the model {type(model).__name__}, which cannot sample. "
                "kgen.TwoStage(model, prior) learns where its codes lie, and samples."
            )
        return draw(model, num_samples, seed, labels)
    if path.is_dir() and (newest(path) / "saved_model.pb").exists():
        return sample_servable(path, num_samples, labels, seed)
    raise FileNotFoundError(
        f"{path} is no run folder, .keras file or SavedModel. `kgen train` writes all "
        "three."
    )


def _serving_order(item):
    # The first endpoint becomes `serving_default`.
    name, _ = item
    order = ("sample", "reconstruct")
    return order.index(name) if name in order else len(order), name
