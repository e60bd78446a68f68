"""`kgen serve`."""

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.options import TRUST
from kgen.cli.places import SOURCE
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("paths", type=SOURCE, nargs=-1, required=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for all.")
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--max-rows", type=click.IntRange(1), help="Rows of a request. [default: 1024]"
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    help="Bytes of a request. [default: 16777216]",
)
@click.option(
    "--batch-rows", type=click.IntRange(1), help="Rows at once. [default: 128]"
)
@click.option(
    "--batch-wait",
    type=click.FloatRange(0, 10),
    help="Seconds that a request waits for others. [default: 0.002]",
)
@click.option(
    "--max-waiting",
    type=click.IntRange(1),
    help="Requests that may wait. [default: 1000]",
)
@click.option(
    "--body-seconds",
    type=click.FloatRange(0.01, 3600),
    help="Seconds in which a request must have come. [default: 30]",
)
@TRUST
@friendly
def serve(paths, host, port, trust, **limits):
    """Serve the models at PATHS: exported models, runs or .keras files.

    A server answers as TensorFlow Serving does, on this machine alone unless --host
    says otherwise. It takes a newer version of an exported model as soon as one is
    there.
    """
    load_libraries()
    from kgen import server

    given = {name: value for name, value in limits.items() if value is not None}
    server.serve(paths, host, port, server.Limits(**given), trust)
