"""The command that trains the model of a run again."""

import json
import shlex

BINARIZE = {
    False: [],
    True: ["--binarize"],
    "threshold": ["--binarize"],
    "static": ["--binarize-static"],
    "dynamic": ["--binarize-dynamic"],
}
# Options of `kgen train` by their names in a record, with those that need no word.
OPTIONS = {"epochs": None, "seed": None, "ema": None, "precision": "float32"}


def command_line(record):
    """`kgen train ...` for the record of a run.

    Where an option cannot say it, it is `kgen train --from run.json`: the record is
    published with the model.
    """
    data = record["data"]
    size = data["image_size"]
    if not isinstance(size, int | None) or data["seed"] != record["seed"]:
        return "kgen train --from run.json"
    words = ["kgen", "train", record["recipe"], "--data", data["name"]]
    words += ["--batch-size", data["batch_size"]]
    words += ["--image-size", size] if size else []
    words += BINARIZE[data["binarize"]]
    words += ["--grayscale"] if data["color_mode"] == "grayscale" else []
    words += ["--conditional"] if record["conditional"] else []
    for name, value in record["settings"].items():
        words += ["--set", f"{name}={as_setting(value)}"]
    for name, usual in OPTIONS.items():
        if record.get(name, usual) not in (None, usual):
            words += [f"--{name}", record[name]]
    # The command line takes all devices by default.
    words += ["--strategy", record.get("strategy", "none")]
    words += [] if record.get("deterministic", True) else ["--no-deterministic"]
    return shlex.join(map(str, words))


def as_setting(value):
    """A setting as `--set` reads it: JSON, or a plain word."""
    if not isinstance(value, str) or "," in value:
        return json.dumps(value)
    try:
        json.loads(value)
    except ValueError:
        return value
    return json.dumps(value)  # A text that would be read as a number.
