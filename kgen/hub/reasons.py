"""The errors of places."""

from kgen.hub.manifest import MANIFEST


def missing(place, name):
    """The error for a file that is not at a place."""
    advice = (
        "A published model has one: `kgen push` writes it."
        if name == MANIFEST
        else "It was not published as a whole: publish it again."
    )
    return FileNotFoundError(f"There is no {name} at {place}. {advice}")


def too_large(place, name, limit):
    """The error for a file that is larger than its manifest says."""
    return ValueError(
        f"{name} of {place} is not the file that its {MANIFEST} describes: it has more "
        f"than {limit:,} bytes. It was damaged or changed after it was published: ask "
        "its publisher, or publish it again."
    )


def unreachable(place, error):
    """The error for a place that does not answer."""
    return ConnectionError(
        f"{place} cannot be reached: {sentence_of(error)}. Is there a network, and is "
        "the address right?"
    )


def sentence_of(error):
    """The first line of an error, without a full stop."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(" .")
