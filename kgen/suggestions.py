"""What somebody may have meant by a name that does not exist."""

import difflib


def suggest(name, known):
    """`" Did you mean 'moons'?"`, or nothing where no known name is close."""
    close = difflib.get_close_matches(str(name), known, n=3)
    return f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
