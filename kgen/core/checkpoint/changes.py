"""The settings of a resumed training, compared with those of its checkpoint."""

import numbers

# Settings of the start of training: a resumed training would ignore them.
_OF_THE_START = ("seed", "initial_scale")
_SHOWN = 4  # Differences shown in full: a network has hundreds of settings.


def changes(saved, now):
    """The differences between two records of `kgen.core.checkpoint.record.asked`.

    Returns:
        `(allowed, refused)`: each a dictionary from the name of a setting to its two
        values. Training can resume with the allowed changes: learning rates, and
        numbers that leave the networks as they are.
    """
    allowed, refused = {}, {}
    for name in saved["rates"].keys() & now["rates"].keys():
        pair = saved["rates"][name], now["rates"][name]
        if pair[0] != pair[1]:
            allowed[name] = pair
    for part in ("model", "settings", "optimizers"):
        for path, *pair in differences(saved[part], now[part]):
            found = allowed if may_change(path, *pair) else refused
            found[named(path, part)] = pair
    return allowed, refused


def differences(saved, now, path=()):
    """`(path, saved value, value now)` wherever two records differ."""
    if isinstance(saved, dict) and isinstance(now, dict):
        if saved.get("class_name") != now.get("class_name"):
            yield path, saved, now
            return
        for key in saved.keys() & now.keys():  # Settings vary with Keras' version.
            yield from differences(saved[key], now[key], (*path, key))
    elif isinstance(saved, list) and isinstance(now, list) and len(saved) == len(now):
        for index, pair in enumerate(zip(saved, now, strict=True)):
            yield from differences(*pair, (*path, index))
    elif saved != now:
        yield path, saved, now


def may_change(path, saved, now):
    """Whether training may resume with another value of a setting."""
    if any(key in _OF_THE_START for key in path):
        return False
    given = [value for value in (saved, now) if value is not None]
    if not all(is_number(value) for value in given):
        return False
    # A layer's rate may change, but not its number of units or steps.
    return "layers" not in path or any(isinstance(value, float) for value in given)


def is_number(value):
    """Whether a value of JSON is a number."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def named(path, part):
    """A path into a record as Python writes it: `encoder.layers[3].activation`."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        elif key not in ("config", "class_name"):
            text += f".{key}"
    return text.removeprefix(".") or part


def listed(found):
    """Differences in words: `beta=4 instead of 1, ...`."""
    texts = [
        f"{name}={shown(now)} instead of {shown(saved)}"
        for name, (saved, now) in sorted(found.items())
    ]
    if len(texts) > _SHOWN:
        texts = [*texts[:_SHOWN], f"{len(texts) - _SHOWN} more"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)


def shown(value):
    """A value of a record as short text."""
    if is_number(value):
        return f"{value:.6g}"
    if isinstance(value, dict) and "class_name" in value:
        settings = value.get("config", {})
        numbers_of = {k: v for k, v in settings.items() if is_number(v)}
        inside = ", ".join(f"{key}={shown(item)}" for key, item in numbers_of.items())
        return f"{value['class_name']}({inside})" if inside else value["class_name"]
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
