"""What somebody may have meant by a name that does not exist."""

import difflib


def suggest(name, known):
    """`" Did you mean 'moons'?"`, or nothing where no known name is close."""
    close = difflib.get_close_matches(str(name), known, n=3)
    return f" Did you mean {' or '.join(map(repr, close))}?" if close else ""


def unknown(kind, name, known):
    """The error's sentences for a name that is not among the known ones.

    Args:
        kind: Kind of entry: `"likelihood"`.
        name: The user's name.
        known: The names that exist.
    """
    return (
        f"Unknown {kind} {name!r}.{suggest(name, known)} Choose one of: "
        f"{', '.join(sorted(known))}."
    )
