"""`kgen export`."""

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.names import FORMAT
from kgen.cli.places import SOURCE
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("path", type=SOURCE)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    help="Folder of the served model.",
)
@click.option("--version", type=click.IntRange(0), help="Next one by default.")
@click.option("--format", "kind", default="saved_model", show_default=True, type=FORMAT)
@click.option("--warmup", is_flag=True, help="Add requests that warm a server up.")
@click.option(
    "--option",
    "options",
    multiple=True,
    type=click.Choice(["temperature", "guidance", "truncation", "given"]),
    help="Add a signature of `sample` with this option; may be repeated.",
)
@click.option(
    "--num-steps",
    multiple=True,
    type=click.IntRange(1),
    help="Add a signature of `sample` in so many steps; may be repeated.",
)
@friendly
def export(path, output, version, kind, warmup, options, num_steps):
    """Export the run or .keras file at PATH.

    By default it becomes a SavedModel for TensorFlow Serving.
    """
    load_libraries()
    from kgen import runs, serving

    model, _ = runs.load_with_data(path)
    path = serving.export(model, output, version, kind, warmup, options, num_steps)
    click.echo(f"Exported: {path}")
