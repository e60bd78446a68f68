"""`kgen explore`."""

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.options import TRUST, data_options, data_settings
from kgen.cli.places import SOURCE
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("paths", type=SOURCE, nargs=-1)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--show/--no-show", default=True, help="Whether to open the page in a browser."
)
@data_options("what a run records")
@TRUST
@friendly
def explore(paths, port, show, trust, **data):
    """Explore the models at PATHS in a browser: runs, .keras files or SavedModels.

    Several models stand side by side. Without PATHS there is the playground: models
    that learn densities of the plane while you look on. The page is for this machine
    alone.
    """
    load_libraries()
    from kgen import explore as exploring

    settings = data_settings(None, **data)
    exploring.explore(*paths, port=port, show=show, trust=trust, data_settings=settings)
