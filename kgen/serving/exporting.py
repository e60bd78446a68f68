"""Export: a version of a served model, whole or not there, in one of the `FORMATS`."""

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
    """Writes a model for those who run it without kgen, with all its verbs.

    A SavedModel has a signature for each verb. Its inputs are the verb's arguments,
    float32 `x` and `z`, int32 `labels`, int64 `seed` (one per row), all with a leading
    batch axis of any size, so that a server may batch requests. A row that the verb
    would refuse, with NaN or a label that is no class, say, is answered with NaN, with
    -1 where ints are: the others are not affected. `serving_default` is `sample` if
    there is one. Nobody needs kgen or Keras to load it. The folder appears complete or
    not at all, so a server may poll `path` meanwhile.

    Args:
        model: A `GenerativeModel`.
        path: Folder of the served model. Versions are its subfolders.
        version: Integer; one more than the largest there by default.
        format: Name of one of `kgen.serving.FORMATS`. Of the verbs that a format cannot
            carry a warning tells.

    Returns:
        Path of the version that was written, `path/version`.

    Raises:
        FileExistsError: if that version exists already.
        ValueError: if this is no model of kgen or no path, if `version` is not an int,
            0 or larger, if there is no such format, or if that can carry no verb of
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
    target = path / str(version)
    if target.exists():
        raise FileExistsError(
            f"{target} exists already. A served version is never overwritten: choose "
            "another version, or leave it out to take the next one."
        )
    partial = pathlib.Path(tempfile.mkdtemp(prefix=".partial-", dir=path))
    try:
        writer.write(endpoints, partial)
        # The folder that servers ignore and TensorFlow leaves to the user.
        (partial / ABOUT).parent.mkdir(exist_ok=True)
        about = {"model": type(model).__name__, "num_classes": model.num_classes}
        about |= {"format": format, KEY: FORMAT}
        (partial / ABOUT).write_text(json.dumps(about))
        partial.chmod(0o755)  # mkdtemp keeps others out, a server may be one.
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


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
    """A verb as it is served: tensors, ordered as `input_specs`, to named outputs."""
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
