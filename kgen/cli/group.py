"""`kgen`: the group of all commands."""

import runpy

import click

from kgen.cli.errors import friendly
from kgen.cli.startup import load_libraries
from kgen.suggestions import suggest


class Commands(click.Group):
    """Commands by name; a misspelt one gets the names that were meant."""

    def resolve_command(self, ctx, args):
        """The command that the first argument names."""
        name = args[0]
        if not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            if not name.startswith("-"):
                ctx.fail(
                    f"There is no command {name!r}.{suggest(name, self.commands)} "
                    f"Choose one of: {', '.join(sorted(self.commands))}."
                )
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kgen")
@click.option(
    "--import",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="Run a Python file first, which registers figures, data sets, ...",
)
@friendly
def main(files):
    """Generative deep learning on Keras 3 and TensorFlow."""
    for file in files:
        load_libraries()
        runpy.run_path(file)
