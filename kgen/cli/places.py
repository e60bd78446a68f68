"""Arguments of commands that name a trained model: a path, a name or a place."""

import os

import click

from kgen.cli.errors import sentences
from kgen.cli.startup import load_libraries
from kgen.suggestions import suggest
from kgen.tables import PLAIN, shipped


class Fetched(str):
    """The path of a fetched model, with what the user called it."""

    given = ""


class Source(click.Path):
    """A path; or the name or place of a published model, which is fetched."""

    name = "path"

    def convert(self, value, param, ctx):
        """The path, or that of the fetched model."""
        completing = ctx is not None and ctx.resilient_parsing
        if not completing and not os.path.exists(value) and is_published(value):
            load_libraries()
            from kgen import hub

            with sentences():
                found = Fetched(hub.fetch(value))
            found.given = value
            return found
        return super().convert(value, param, ctx)


def is_published(value):
    """Whether a text that is no path names a published model, or is close to one."""
    if "://" in value:
        return True
    if not PLAIN.fullmatch(value) or value.endswith(".keras"):
        return False
    return bool(os.environ.get("KGEN_HUB") or suggest(value, shipped()))


SOURCE = Source()
