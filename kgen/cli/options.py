"""Options that several commands have."""

import dataclasses
import functools

import click

from kgen.cli.names import DATA

SEED = click.IntRange(0, 2**32 - 1)  # As NumPy takes them.
TRUST = click.option("--trust", is_flag=True, help="Run a SavedModel whatever it does.")

SAMPLE_OPTIONS = {
    "temperature": (float, "Below 1 samples are likelier."),
    "guidance": (click.FloatRange(0), "How far labels lead, in diffusion."),
    "truncation": (float, "Below 1 samples vary less, in StyleGANs."),
    "num_steps": (click.IntRange(1), "Steps of the sampler, in diffusion."),
}


def sample_options(command):
    """Gives a command `options`, a dictionary of those of `sample` that are given."""

    @functools.wraps(command)
    def run(**given):
        options = {name: given.pop(name) for name in SAMPLE_OPTIONS}
        options = {name: value for name, value in options.items() if value is not None}
        return command(options=options, **given)

    for name, (kind, text) in reversed(SAMPLE_OPTIONS.items()):
        run = click.option(f"--{name.replace('_', '-')}", type=kind, help=text)(run)
    return run


BINARIZE = (
    ("--binarize", True, "Values of 0.5 and more become 1, others 0."),
    ("--binarize-static", "static", "One draw of 0 and 1 for each image."),
    ("--binarize-dynamic", "dynamic", "New draws of 0 and 1 in each epoch."),
    ("--no-binarize", False, "Values stay as they are."),
)


def data_options(origin, default=None):
    """Gives a command the options of `kgen.data.load`; `None` where one is not given.

    Args:
        origin: Where options come from that are not given, for the help: `"the run's"`.
        default: Name of the data set, and so for the batch size, to show in the help.
    """

    def shown(value):
        return f" [default: {value}]"

    raw = {"type": click.UNPROCESSED, "default": None}
    known = "Data set: see `kgen list`, any TFDS name, or a folder of pictures."
    options = (
        click.option("--data", type=DATA, help=known + shown(default or origin)),
        click.option(
            "--batch-size",
            type=click.IntRange(1),
            help="Examples at a time." + shown(64 if default else origin),
        ),
        click.option(
            "--image-size", type=click.IntRange(1), help="Resize to a square."
        ),
        *(
            click.option(name, "binarize", flag_value=value, help=text, **raw)
            for name, value, text in BINARIZE
        ),
        click.option(
            "--grayscale/--no-grayscale",
            default=None,
            help="Whether to read a folder of pictures as grey.",
        ),
    )

    def add(command):
        for option in reversed(options):
            command = option(command)
        return command

    return add


def data_settings(
    recorded, data, batch_size, image_size, binarize, grayscale, seed=None
):
    """`kgen.runs.DataSettings`: those of a record, except for what the user gives.

    Args:
        recorded: `DataSettings`, or `None` if there is no record.
        data: Name of the data set, or `None`. So are the other options.
        batch_size: Examples in a batch.
        image_size: Side of the images.
        binarize: Whether and how values become 0 and 1, as in `kgen.data.load`.
        grayscale: Whether pictures are read as grey.
        seed: Integer that orders training data.

    Returns:
        `DataSettings`, or `None` if neither the record nor the user names the data.

    Raises:
        BadParameter: if options are given for data that nobody names.
    """
    from kgen.runs import DataSettings

    modes = {True: "grayscale", False: "rgb", None: None}
    given = {
        "name": data,
        "batch_size": batch_size,
        "image_size": image_size,
        "binarize": binarize,
        "color_mode": modes[grayscale],
        "seed": seed,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if recorded is not None:
        return dataclasses.replace(recorded, **given)
    if data is None and given:
        raise click.BadParameter("Options of the data were given without --data NAME.")
    return None if data is None else DataSettings(**given)
