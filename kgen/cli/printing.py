"""Figures of quality as lines on the screen."""

import click


def print_runs(data, found):
    """Prints the `kgen.metrics.Figures` of several models side by side, then notes.

    Args:
        data: Name of the data set.
        found: `Figures` by the names of the models.
    """
    from kgen.metrics.results import side_by_side

    count = next(iter(found.values()))["num_examples"]
    click.echo(f"Held-out {data}, {count} examples:")
    for line in side_by_side(found):
        click.echo(f"  {line}")
    for folder, figures in found.items():
        for note in figures.notes():
            click.echo(f"  {folder}: {note}")


def print_figures(data, figures):
    """Prints `kgen.metrics.Figures`, one on a line, with its unit and direction."""
    click.echo(f"Held-out {data}, {figures['num_examples']} examples:")
    for line in figures.lines():
        click.echo(f"  {line}")
