"""Options that several commands have."""

import click

from kgen.cli.names import DATA

SEED = click.IntRange(0, 2**32 - 1)  # As NumPy takes them.


def data_options(default=None):
    """Gives a command the options of `kgen.data.load`.

    Args:
        default: Name of the data set; without one the command takes that of the run.
    """

    def add(command):
        for option in reversed(
            (
                click.option(
                    "--data",
                    default=default,
                    show_default=default is not None,
                    type=DATA,
                    help="Data set: see `kgen list`, any TFDS name, or a folder of "
                    f"pictures.{'' if default else ' [default: the run has its own]'}",
                ),
                click.option(
                    "--batch-size",
                    default=64,
                    show_default=True,
                    type=click.IntRange(1),
                ),
                click.option(
                    "--image-size", type=click.IntRange(1), help="Resize to a square."
                ),
                click.option(
                    "--binarize", is_flag=True, help="Values of 0.5 and more become 1."
                ),
                click.option(
                    "--grayscale",
                    is_flag=True,
                    help="Read a folder of pictures as grey.",
                ),
            )
        ):
            command = option(command)
        return command

    return add
