"""The command line that the examples share."""

import argparse
import pathlib


def parse(description, epochs):
    """Options `data`, `epochs` and `output`, a folder for pictures.

    Args:
        description: The docstring of the example; its first line is its help.
        epochs: Epochs that suffice on the digits.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, ...")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--output", type=pathlib.Path, default="runs/examples")
    return parser.parse_args()
