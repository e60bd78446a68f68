"""Export to SavedModels that TensorFlow Serving takes as they are, and samples."""

import json
import pathlib
import shutil
import tempfile

import keras
import numpy as np

from kgen.callbacks import draw
from kgen.core.checks.models import check_model
from kgen.core.checks.values import is_int
from kgen.core.files import check_path
from kgen.core.verbs import graph_function, input_specs, verbs
from kgen.serving.loading import load_model
from kgen.serving.rows import answering
from kgen.serving.sampling import ABOUT, is_served, sample_servable, versions


def export(model, path, version=None):
    """Writes a model as a SavedModel with a signature for each of its verbs.

    The inputs of a signature are the verb's arguments, float32 `x` and `z`, int32
    `labels`, int64 `seed` (one per row), all with a leading batch axis of any size, so
    that a server may batch requests. A row that the verb would refuse, with NaN or a
    label that is no class, say, is answered with NaN, with -1 where ints are: the
    others are not affected. `serving_default` is `sample` if there is one. Nobody needs
    kgen or Keras to load it. The folder appears complete or not at all, so a server may
    poll `path` meanwhile.

    Args:
        model: A `GenerativeModel`.
        path: Folder of the served model. Versions are its subfolders.
        version: Integer; one more than the largest there by default.

    Returns:
        Path of the version that was written, `path/version`.

    Raises:
        FileExistsError: if that version exists already.
        ValueError: if this is no model of kgen or no path, or if `version` is not an
            int, 0 or larger.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1))
    >>> kgen.export(vae, folder + "/vae").name
    '1'
    """
    check_model("export", model)
    path = check_path("export", "path", path)
    if version is not None and (not is_int(version) or version < 0):
        raise ValueError(
            f"version={version!r} is no version: TensorFlow Serving takes ints, 0 or "
            "larger."
        )
    path.mkdir(parents=True, exist_ok=True)
    if version is None:
        version = max(versions(path), default=0) + 1
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

    def name_outputs(*tensors):
        outputs = run(*tensors)
        return outputs if isinstance(outputs, dict) else {verb.output_name: outputs}

    return answering(model, name_outputs, list(input_specs(model, verb)))


def sample_any(path, num_samples, labels=None, seed=0, trust=False):
    """Samples of a run folder, a `.keras` file or a SavedModel: the same rows.

    Args:
        path: What to sample from.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.
        trust: Whether to run a SavedModel whatever it does, see `sample_servable`.

    Raises:
        FileNotFoundError: if there is none of the three at `path`.
        ValueError: if the model has no verb `sample`, if `load_model` or
            `sample_servable` refuses it, or if it draws NaN.
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
        x = draw(model, num_samples, seed, labels)
    elif is_served(path):
        x = sample_servable(path, num_samples, labels, seed, trust)
    else:
        raise FileNotFoundError(
            f"{path} is no run folder, .keras file or SavedModel. `kgen train` writes "
            "all three."
        )
    if not np.isfinite(x).all():
        raise ValueError(
            f"{path} draws samples with NaN or infinity: its training went wrong. Take "
            "an earlier model, or train again."
        )
    return x


def _serving_order(item):
    # The first endpoint becomes `serving_default`.
    name, _ = item
    order = ("sample", "reconstruct")
    return order.index(name) if name in order else len(order), name
