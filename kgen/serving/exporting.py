"""Export: writes a version of a served model in one of the `FORMATS`."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kgen.core.checks.models import check_model
from kgen.core.checks.values import is_int
from kgen.core.config import lookup
from kgen.core.file_format import FORMAT, KEY
from kgen.core.files import check_path
from kgen.serving.endpoints import endpoints_of, verb_of
from kgen.serving.formats import FORMATS
from kgen.serving.options import option_endpoints
from kgen.serving.versions import ABOUT, served_versions
from kgen.serving.warmup import check_warmup, write_warmup

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def export(
    model: GenerativeModel,
    path: str | os.PathLike[str],
    version: int | None = None,
    format: str = "saved_model",
    warmup: bool = False,
    options: str | Sequence[str] = (),
    num_steps: int | Sequence[int] = (),
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
        warmup: Whether to add a request for each verb to a SavedModel, which TensorFlow
            Serving answers before it says that the model is ready. The first user then
            does not wait. Needs the package tensorflow-serving-api.
        options: Options of `sample` that get a signature of their own: `"temperature"`,
            `"guidance"` or `"truncation"`, one number for each row, as
            `sample_with_temperature`; `"given"`, with the mask `known`, as `complete`.
        num_steps: Numbers of steps of a diffusion model's sampler, each with a
            signature, such as `sample_10_steps`.

    Returns:
        Path of the version that was written, `path/version`.

    Raises:
        FileExistsError: if that version exists already.
        ValueError: if `model` is not a model of kgen or `path` not a path, if `version`
            is not an int, 0 or larger, if the format is unknown or can carry no verb of
            the model, for a verb without tensors among its arguments, for `warmup` of
            another format than a SavedModel, or for options that the model or the
            format does not have.
        ImportError: if a package that the format, or `warmup`, needs is not installed.

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
    check_warmup(warmup, format)
    of_options = option_endpoints(model, format, options, num_steps)
    endpoints, left_out = endpoints_of(model, format)
    endpoints |= of_options
    if not endpoints:
        check_carried(model, format, left_out, ())
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
        failed = writer.write(endpoints, partial) or {}
        left_out |= {verb_of(name): reason for name, reason in failed.items()}
        check_carried(model, format, left_out, set(endpoints) - set(failed))
        # Servers ignore this folder, and TensorFlow leaves it to the user.
        (partial / ABOUT).parent.mkdir(exist_ok=True)
        about = {"model": type(model).__name__, "num_classes": model.num_classes}
        about |= {"format": format, KEY: FORMAT}
        (partial / ABOUT).write_text(json.dumps(about))
        if warmup:
            write_warmup(model, endpoints, partial)
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


def check_carried(model, format, left_out, carried):
    """Warns of the verbs that a format leaves out; raises a ValueError if it is all.

    Args:
        model: A `GenerativeModel`.
        format: Name of one of `FORMATS`.
        left_out: `{name: reason}`.
        carried: Names of the verbs that it carries.
    """
    kind = type(model).__name__
    listed = _by_reason(left_out)
    if not carried:
        raise ValueError(
            f"The export format {format!r} can carry no verb of this {kind}, which has "
            f"{listed or 'none'}. Choose another of: "
            f"{', '.join(sorted(FORMATS))}."
        )
    if listed:
        warnings.warn(
            f"The export format {format!r} cannot carry all verbs of this {kind}. Left "
            f"out: {listed}.",
            stacklevel=3,
        )


def _by_reason(left_out):
    """Names with their reasons in brackets, those of the same reason side by side."""
    names = {}
    for name, reason in sorted(left_out.items()):
        names.setdefault(reason, []).append(name)
    return "; ".join(
        ", ".join(found) + f" ({reason})" * bool(reason)
        for reason, found in names.items()
    )
