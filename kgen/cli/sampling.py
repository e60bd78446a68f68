"""`kgen sample`."""

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.settings import parse_labels
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("path")
@click.option(
    "-n", "num_samples", default=64, show_default=True, type=click.IntRange(1)
)
@click.option("--labels", help="Classes, e.g. 3,3,7; they take turns.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("-o", "--output", default="samples.png", show_default=True)
@click.option("--trust", is_flag=True, help="Run a SavedModel whatever it does.")
@friendly
def sample(path, num_samples, labels, seed, output, trust):
    """Draw samples of a run, a .keras file or a SavedModel at PATH.

    A SavedModel is a program: one with operations that may touch files, processes or
    the network is refused unless you --trust it. Code in .keras files is never run.
    """
    load_libraries()
    from kgen import plots, serving

    labels = parse_labels(labels, num_samples)
    x = serving.sample_any(path, num_samples, labels, seed, trust)
    click.echo(f"Wrote {plots.save_samples(x, output)}")
