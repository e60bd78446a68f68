"""`kgen evaluate`."""

import sys
import warnings

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.names import FIGURES
from kgen.cli.options import data_options, data_settings
from kgen.cli.places import SOURCE
from kgen.cli.printing import print_figures, print_runs
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("paths", nargs=-1, required=True, type=SOURCE)
@data_options("the run's")
@click.option(
    "--figures",
    type=FIGURES,
    help="Names with commas between, see `kgen list`; or all.",
)
@click.option(
    "-n",
    "--num-samples",
    type=click.IntRange(1),
    help="Number of samples; as many as held-out examples by default.",
)
@click.option(
    "--num-draws",
    default=200,
    show_default=True,
    type=click.IntRange(1),
    help="Draws of z for each example, for bounds that use them.",
)
@click.option(
    "--report", type=click.Path(), help="Page to write, .html; the figures go to .json."
)
@friendly
def evaluate(paths, figures, num_samples, num_draws, report, **data):
    """Print the held-out figures of the models at PATHS, side by side.

    Each is a run or a .keras file. A file does not say which data it is for: pass
    --data.
    """
    load_libraries()
    from kgen import metrics, runs
    from kgen.runs.opening import recorded_data

    settings = data_settings(recorded_data(paths[0]), **data)
    changed = settings if any(value is not None for value in data.values()) else None
    places = paths[0] if len(paths) == 1 else list(paths)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", metrics.FewSamplesWarning)  # It is printed.
        found = runs.evaluate(
            places,
            figures,
            changed,
            report=report,
            verbose=sys.stderr.isatty(),
            num_samples=num_samples,
            num_draws=num_draws,
        )
    if len(paths) == 1:
        print_figures(settings.name, found)
    else:
        given = {str(path): getattr(path, "given", path) for path in paths}
        print_runs(settings.name, {given[path]: found[path] for path in found})
    if report:
        click.echo(f"Report: {report}")
