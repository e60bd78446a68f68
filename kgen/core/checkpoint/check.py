"""Checks that the content of a checkpoint is consistent."""

from kgen.core.checkpoint.state import is_reference

_KINDS = {
    "epoch": int,
    "step": int,
    "position": list,
    "ended": bool,
    "finished": bool,
    "data": dict,
    "asked": dict,
    "rates": dict,
    "callbacks": list,
}


def check(about, arrays, step):
    """Raises a ValueError if training cannot resume from this.

    Without it, a wrong position would make training skip data for a long time.

    Args:
        about: Dictionary that a file holds.
        arrays: `{name: array}`.
        step: The step in the name of the file.
    """
    for name, kind in _KINDS.items():
        if type(about.get(name)) is not kind:
            raise ValueError(f"it has {name}={str(about.get(name))[:60]}")
    check_position(about, step)
    xla = about.get("xla", [])  # Older files have none.
    if type(xla) is not list or not all(type(n) is int and n < 2**31 for n in xla):
        raise ValueError(f"it has xla={str(xla)[:60]}")
    if not all(
        isinstance(about["asked"].get(part), dict)
        for part in ("model", "settings", "optimizers", "rates")
    ):
        raise ValueError("it does not say what training was asked for")
    for index in about["rates"].values():
        if f"variable/{index}" not in arrays:
            raise ValueError(f"it has no variable {index}")
    for i, (kind, held) in enumerate(about["callbacks"]):
        if not isinstance(kind, str) or not isinstance(held, dict):
            raise ValueError(f"callback {i} is {str([kind, held])[:60]}")
        for name, value in held.items():
            if is_reference(value):
                last = f"{i}/{name}/{value['num_arrays'] - 1}"
                if last not in arrays:
                    raise ValueError(f"it has no array {last}")


def check_position(about, step):
    """Raises a ValueError unless `step` steps can lead to the position in the data."""
    if about["step"] != step:
        raise ValueError(f"it says to be of step {about['step']}")
    epoch, position, size = about["epoch"], about["position"], about["data"].get("size")
    if not all(type(n) is int for n in [*position, size]) or len(position) != 3:
        raise ValueError(f"its position is {position} of {size}")
    iterators, batches, done = position
    # Keras makes one or two iterators for each epoch. An epoch has one step or more.
    possible = (
        0 <= done <= batches <= step
        and 0 <= epoch <= step + 1
        and 1 <= iterators <= 2 * (epoch + 2)
        and (size < 0 or done <= size)  # -1 is an infinite size, -2 an unknown one.
    )
    if not possible:
        raise ValueError(f"its position is {position} in epoch {epoch}")
