"""The manifest of a published model: its files, with their sizes and SHA-256."""

import hashlib
import json
import pathlib
import re

from kgen.core.file_format import FORMAT, KEY, check_format
from kgen.runs.folders import MODEL
from kgen.tables import PLAIN

MANIFEST = "kgen.json"
LIMIT = 2**20  # Bytes of a manifest.
MOST = 100  # Files of a model.
DIGEST = re.compile(r"[0-9a-f]{64}")


def manifest_of(folder, names):
    """The manifest of files in a folder, as JSON text.

    Args:
        folder: `pathlib.Path`.
        names: Names of the files.
    """
    files = {name: described(folder / name) for name in sorted(names)}
    return json.dumps({KEY: FORMAT, "files": files}, indent=2) + "\n"


def described(path):
    """Size and SHA-256 of a file, as a manifest has them."""
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path)}


def sha256_of(path):
    """The SHA-256 of a file, 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(text, place):
    """The files of a manifest: `{name: {"bytes": int, "sha256": str}}`.

    Args:
        text: What the place gave.
        place: Where it comes from, for the error.

    Raises:
        ValueError: if this is no manifest of a model, or one of a later kgen.
    """
    try:
        found = json.loads(text)
        check_format(place, found.get(KEY))
        files = {name: _entry(entry) for name, entry in found["files"].items()}
        odd = [name for name in files if PLAIN.fullmatch(name) is None]
        if odd or MODEL not in files or len(files) > MOST:
            raise ValueError(f"it has no {MODEL}, {MOST} files and more, or {odd}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{place} has a {MANIFEST} that is no manifest of a model: {error}. "
            "`kgen push` writes one."
        ) from error
    return files


def _entry(found):
    size, digest = found["bytes"], found["sha256"]
    if type(size) is not int or size < 0 or not DIGEST.fullmatch(digest):
        raise ValueError("a file has no size or no SHA-256")
    return {"bytes": size, "sha256": digest}


def check_file(path, entry, place):
    """Raises a ValueError unless a file is the one that a manifest describes.

    Args:
        path: The file.
        entry: Its entry in the manifest.
        place: Where it comes from, for the error.
    """
    path = pathlib.Path(path)
    found = described(path)
    if found != entry:
        raise ValueError(
            f"{path.name} of {place} is not the file that its {MANIFEST} describes: it "
            f"has {found['bytes']:,} bytes and the SHA-256 {found['sha256']}, instead "
            f"of {entry['bytes']:,} and {entry['sha256']}. It was damaged or changed "
            "after it was published: ask its publisher, or publish it again."
        )
