"""`kgen card` and `kgen push`."""

import shlex

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.startup import load_libraries

LICENSE = click.option(
    "--license", help="License of the model, as Hugging Face names it: mit, cc-by-4.0."
)


@main.command()
@click.argument("run", type=click.Path())
@LICENSE
@click.option("--overwrite", is_flag=True, help="Replace a card that is there.")
@friendly
def card(run, license, overwrite):
    """Write the model card of RUN: README.md, with figures, use and command."""
    load_libraries()
    from kgen import hub

    click.echo(f"Wrote {hub.card(run, license, overwrite)}")


@main.command()
@click.argument("run", type=click.Path())
@click.argument("place")
@LICENSE
@click.option("--private", is_flag=True, help="Make a private repository.")
@click.option("-m", "--message", help="Message of the commit.")
@friendly
def push(run, place, license, private, message):
    """Publish the model of RUN at PLACE: hf://USER/NAME, or a folder.

    A folder that a web server serves is a place that others load as https://...
    """
    load_libraries()
    from kgen import hub

    found = hub.push(run, place, license, private, message)
    click.echo(f"Pushed to {found}\nkgen evaluate {shlex.quote(place)}")
