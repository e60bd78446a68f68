"""Export: writes a version of a served model in one of the `FORMATS`."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile
import warnings
from typing import TYPE_CHECKING

from kgen.core.checks.models import check_model
from kgen.core.checks.values import is_int
from kgen.core.config import lookup
from kgen.core.file_format import FORMAT, KEY
from kgen.core.files import check_path
from kgen.core.verbs import graph_function, input_specs, verbs
from kgen.serving.formats import FORMATS, Endpoint
from kgen.serving.rows import answering
from kgen.serving.versions import ABOUT, served_versions

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def export(
    model: GenerativeModel,
    path: str | os.PathLike[str],
    version: int | None = None,
    format: str = "saved_model",
) -> pathlib.Path:
    """Writes a model with all its verbs, to be run without kgen.

    A SavedModel has a signature for each verb. Its inputs are the verb's arguments,
    float32 `x` and `z`, int32 `labels`, int64 `seed` (one per row), all with a leading
    batch axis of any size, so that a server may batch requests. For a row that the verb
    would refuse, such as one with NaN or an unknown class, the answer is NaN, or -1 for
    ints; other rows are not affected. `serving_default` is `sample` if the model has
    it. Loading needs neither kgen nor Keras. The folder appears complete or not at all,
    so a server may poll `path` meanwhile.

    Args:
        model: A `GenerativeModel`.
        path: Folder of the served model. Versions are its subfolders.
        version: Integer; one more than the largest there by default.
        format: Name of one of `kgen.serving.FORMATS`. A warning lists the verbs that
            the format cannot carry.

    Returns:
        Path of the version that was written, `path/version`.

    Raises:
        FileExistsError: if that version exists already.
        ValueError: if `model` is not a model of kgen or `path` not a path, if `version`
            is not an int, 0 or larger, if the format is unknown or can carry no verb of
            the model, or for a verb without tensors among its arguments.

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
    writer = lookup("export format", format, FORMATS)
    endpoints = endpoints_of(model, format)
    path.mkdir(parents=True, exist_ok=True)
    if version is None:
        version = max(served_versions(path), default=0) + 1
    check_same_format(path, format)
    target = path / str(version)
    if target.exists():
        raise FileExistsError(
            f"{target} exists already. A served version is never overwritten: choose "
            "another version, or leave it out to take the next one."
        )
    partial = pathlib.Path(tempfile.mkdtemp(prefix=".partial-", dir=path))
    try:
        writer.write(endpoints, partial)
        # Servers ignore this folder, and TensorFlow leaves it to the user.
        (partial / ABOUT).parent.mkdir(exist_ok=True)
        about = {"model": type(model).__name__, "num_classes": model.num_classes}
        about |= {"format": format, KEY: FORMAT}
        (partial / ABOUT).write_text(json.dumps(about))
        partial.chmod(0o755)  # After mkdtemp, a server of another user has no access.
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def check_same_format(path, format):
    """Raises a ValueError unless the versions of a folder are of one format.

    A server polls the folder, and would load a version that it cannot read.
    """
    for number in served_versions(path):
        about = path / str(number) / ABOUT
        held = json.loads(about.read_text()).get("format") if about.exists() else None
        if held not in (None, format):
            raise ValueError(
                f"{path} holds versions of the export format {held!r}, but was to get "
                f"one of {format!r}. Choose another folder."
            )


def endpoints_of(model, format):
    """`{name: Endpoint}` of the verbs that a format can carry, the default one first.

    Args:
        model: A `GenerativeModel`.
        format: Name of one of `FORMATS`.

    Raises:
        ValueError: if the format can carry none of them.
    """
    found = dict(sorted(verbs(model).items(), key=_serving_order))
    carried = {k: v for k, v in found.items() if FORMATS[format].can_serve(v)}
    kind, left_out = type(model).__name__, [k for k in found if k not in carried]
    if not carried:
        raise ValueError(
            f"The export format {format!r} can carry no verb of this {kind}, which has "
            f"{', '.join(sorted(found)) or 'none'}. Choose another of: "
            f"{', '.join(sorted(FORMATS))}."
        )
    if left_out:
        warnings.warn(
            f"The export format {format!r} cannot carry all verbs of this {kind}. Left "
            f"out: {', '.join(sorted(left_out))}.",
            stacklevel=3,
        )
    for name, verb in carried.items():
        if not input_specs(model, verb):
            raise ValueError(
                f"`{name}` takes {', '.join(verb.arguments) or 'nothing'}, but the "
                f"argument_specs of this {kind} have none of that, and a served verb "
                "needs a tensor with a row for each example. Add it there, or decorate "
                f"`{name}` with kgen.verb(exported=False)."
            )
    return {
        name: Endpoint(served(model, verb), input_specs(model, verb))
        for name, verb in carried.items()
    }


def served(model, verb):
    """The served function of a verb: tensors, in `input_specs` order, to a dict."""
    run = graph_function(model, verb)

    def name_outputs(*tensors):
        outputs = run(*tensors)
        return outputs if isinstance(outputs, dict) else {verb.output_name: outputs}

    return answering(model, name_outputs, list(input_specs(model, verb)))


def _serving_order(item):
    # The first endpoint becomes `serving_default`.
    name, _ = item
    order = ("sample", "reconstruct")
    return order.index(name) if name in order else len(order), name
