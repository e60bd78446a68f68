"""Options that several commands have."""

import dataclasses

import click

from kgen.cli.names import DATA

SEED = click.IntRange(0, 2**32 - 1)  # As NumPy takes them.
TRUST = click.option("--trust", is_flag=True, help="Run a SavedModel whatever it does.")


def data_options(origin, default=None):
    """Gives a command the options of `kgen.data.load`; `None` where one is not given.

    Args:
        origin: Where options come from that are not given, for the help: `"the run's"`.
        default: Name of the data set, and so for the batch size, to show in the help.
    """

    def shown(value):
        return f" [default: {value}]"

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
        click.option(
            "--binarize/--no-binarize",
            default=None,
            help="Whether values of 0.5 and more become 1, others 0.",
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
        binarize: Whether values become 0 and 1.
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
