"""`kgen evaluate`."""

import sys
import warnings

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.names import FIGURES
from kgen.cli.printing import print_figures, print_runs
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("run_dirs", nargs=-1, required=True)
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
@click.option("--report", help="Page to write, .html; the figures go to .json.")
@friendly
def evaluate(run_dirs, figures, report, **options):
    """Print the held-out figures of the runs in RUN_DIRS, side by side."""
    load_libraries()
    from kgen import metrics, runs

    _, record = runs.load(run_dirs[0])
    folders = run_dirs[0] if len(run_dirs) == 1 else list(run_dirs)
    verbose = figures is not None and sys.stderr.isatty()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", metrics.FewSamplesWarning)  # It is printed.
        found = runs.evaluate(
            folders, figures, report=report, verbose=verbose, **options
        )
    if len(run_dirs) == 1:
        print_figures(record["data"]["name"], found)
    else:
        print_runs(record["data"]["name"], found)
    if report:
        click.echo(f"Report: {report}")
