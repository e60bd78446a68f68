"""`kgen export`."""

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.names import FORMAT
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("run_dir")
@click.option("-o", "--output", required=True, help="Folder of the served model.")
@click.option("--version", type=click.IntRange(0), help="Next one by default.")
@click.option("--format", "kind", default="saved_model", show_default=True, type=FORMAT)
@friendly
def export(run_dir, output, version, kind):
    """Export the run in RUN_DIR, as a SavedModel for TensorFlow Serving by default."""
    load_libraries()
    from kgen import runs, serving

    model, _ = runs.load(run_dir)
    click.echo(f"Exported: {serving.export(model, output, version, kind)}")
