"""Model cards: the README of a published model."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

from kgen.core.checks.values import check_switch
from kgen.core.files import check_path, whole
from kgen.hub.commands import command_line
from kgen.metrics.figures import FIGURES
from kgen.recipes import RECIPES
from kgen.runs.folders import METRICS
from kgen.runs.opening import load

CARD = "README.md"
LOADED = 'kgen.load("PLACE")'  # Until the model has a place.
IMAGES = "unconditional-image-generation"  # Hugging Face's name of a task.
NEEDED = ("recipe", "settings", "conditional", "seed", "epochs", "interrupted")
NEEDED = (*NEEDED, "seconds_of_training", "held_out", "versions")


def card(
    run_dir: str | os.PathLike[str], license: str | None = None, overwrite: bool = False
) -> pathlib.Path:
    """Writes the model card of a run, `README.md` in its folder.

    It has the model's figures, its data, how to use it, the command that trains it,
    seed, versions and license, and a header that Hugging Face reads. Write into it what
    only you know: what the model is for, where it fails, the license of the data.
    `push` puts the model's place where the card says PLACE.

    Args:
        run_dir: Folder of a run.
        license: License of the model, as Hugging Face names it: `"mit"`,
            `"cc-by-4.0"`, ...
        overwrite: Whether to replace a card that is there.

    Returns:
        The file.

    Raises:
        FileNotFoundError: if the folder holds no run.
        FileExistsError: if there is a card.
        ValueError: if the record of the run is incomplete, or the license is no word.
        OSError: if the file cannot be written.
    """
    folder = check_path("card", "run_dir", run_dir)
    overwrite = check_switch("card", "overwrite", overwrite)
    if (folder / CARD).exists() and not overwrite:
        raise FileExistsError(
            f"{folder / CARD} is there already, and may have what you wrote into it. "
            "Move it away, or pass overwrite, on the command line --overwrite."
        )
    check_license(license)
    text = text_of(folder, *load(folder), license)
    with whole(folder / CARD) as partial:
        partial.write_text(text, encoding="utf-8")
    return folder / CARD


def text_of(folder, model, record, license):
    """The text of the card of a run.

    Args:
        folder: `pathlib.Path` of the run.
        model: Its model.
        record: Its record.
        license: License of the model, or `None`.

    Raises:
        ValueError: if the record is incomplete.
    """
    if lacking := [name for name in NEEDED if name not in record]:
        raise ValueError(
            f"{folder / METRICS} has no {', '.join(lacking)}, so a card cannot tell "
            "how the model came to be. Restore it from a backup, or train anew."
        )
    recipe, data = record["recipe"], record["data"]
    name = pathlib.PurePath(data["name"]).name
    known = RECIPES.get(recipe)
    about = f": {known.summary} ([paper]({known.paper}))" if known else ""
    sampled = (folder / "samples.png").exists() and hasattr(model, "sample")
    count = "16, "
    if record["conditional"]:
        count = f"labels={list(range(min(3, model.num_classes)))}, "
    use = [f"model = {LOADED}"]
    if sampled:
        use.append(f"x = model.sample({count}seed=0)")
    stopped = " (stopped early)" if record["interrupted"] else ""
    parts = [
        header(model, record, name, license, sampled),
        f"# {recipe} of {name}\n",
        f"A model of kgen, recipe `{recipe}`{about}.\n",
        "![samples](samples.png)\n" if sampled else "",
        "## Use\n",
        "\n".join(["```python", "import kgen", "", *use, "```\n"]),
        "## Held-out figures\n",
        table(record["held_out"]),
        "## Training\n",
        f"- Data: {name}, {described(data)}.",
        f"- {record['epochs']} epochs{stopped}, "
        f"{record['seconds_of_training']:,.0f} s, seed {record['seed']}.",
        f"- Versions: {', '.join(f'{k} {v}' for k, v in record['versions'].items())}.",
        f"- License: {license or 'not stated'}.\n",
        f"```sh\n{command_line(record)}\n```",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def check_license(license):
    """Raises a ValueError unless a license is a word, or `None`."""
    word = isinstance(license, str) and license and license.isprintable()
    if license is not None and not word:
        raise ValueError(
            f"license={license!r} was given, but expects the name of a license, such "
            "as 'mit'."
        )


def header(model, record, data, license, sampled):
    """What Hugging Face reads: license, library, tags and task."""
    images = sampled and not record["conditional"] and len(model.data_shape) == 3
    lines = [
        "---",
        f"license: {json.dumps(license or 'unknown')}",
        "library_name: keras",
        f"tags: {json.dumps(['kgen', record['recipe'], data])}",
        f"pipeline_tag: {IMAGES}" if images else "",
        "---\n",
    ]
    return "\n".join(line for line in lines if line)


def table(figures: dict[str, Any]) -> str:
    """Figures as a table of Markdown, and their notes below it."""
    lines, notes = ["| figure | value | unit |", "|---|---|---|"], []
    for name, value in figures.items():
        if isinstance(value, str):
            notes.append(f"\n{value}")
            continue
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.5g}"
        lines.append(f"| {name} | {shown} | {unit_of(name, figures)} |")
    return "\n".join([*lines, *notes]) + "\n"


def unit_of(name, figures):
    """The unit of a held-out figure, if it is one of the likelihood."""
    is_likelihood = {"elbo", "log_prob"} & set(figures) and name != "num_examples"
    return FIGURES["likelihood"].reading(name)[0] if is_likelihood else ""


def described(data):
    """What was done with the data, in words."""
    ways = {"static": "of 0 and 1, one draw for each image", False: "as it is"}
    ways |= {"dynamic": "of 0 and 1, new draws in each epoch"}
    size = data["image_size"]
    parts = [
        ways.get(data["binarize"], "1 from 0.5 on, else 0"),
        f"resized to {size}" if size else "",
        "in gray" if data["color_mode"] == "grayscale" else "",
        f"batches of {data['batch_size']}",
    ]
    return ", ".join(part for part in parts if part)
