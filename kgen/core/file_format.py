"""The version of kgen's files: kgen refuses files of a later version.

Exports (`assets.extra/kgen.json`), runs (`metrics.json`), checkpoints and `.keras`
files carry it under the name `KEY`. Files without it are of version 1.
"""

KEY = "kgen_format"
FORMAT = 1


class LaterFormatError(ValueError):
    """Raised for a file that only a later kgen can read."""


def check_format(what, found):
    """Raises an error for a file that this kgen cannot read.

    Args:
        what: The file, or its content, in words, for the error.
        found: The version in the file, an int; `None` if the file has none.

    Raises:
        LaterFormatError: if the version is later than `FORMAT`.
        ValueError: if `found` is not a version.
    """
    found = 1 if found is None else found
    if type(found) is not int or found < 1:
        raise ValueError(f"{what} has {KEY}={str(found)[:60]!r}, which is no version")
    if found > FORMAT:
        raise LaterFormatError(
            f"{what} was written by a later kgen (format {found}). This one reads up "
            f"to {FORMAT}: install a newer kgen."
        )
