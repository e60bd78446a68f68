"""Builds the site: `python -m docs.site`, then open `build/site/html/index.html`.

Each version of kgen has its own folder below `html`, and stays there when a later one
is built. `versions.html` lists them.

The pages of `docs/` are copied as they are, each public name gets an entry, and each
example a page. `--examples quick` runs the examples that take seconds, `all` runs them
all, which takes hours; one that has not changed since its last run is not run again.
Any warning of Sphinx ends the build.
"""

import argparse
import pathlib

from sphinx.cmd.build import build_main

import kgen
from docs.site import api, gallery, pages, versions

FOLDER = pathlib.Path(__file__).parent
ROOT = FOLDER.parents[1]


def main(arguments=None):
    """Builds the site; returns 0, or Sphinx's status if there was a warning."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.site", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--examples",
        choices=gallery.CHOICES,
        default="quick",
        help="which examples run, for their pictures and outputs",
    )
    parser.add_argument(
        "--output", type=pathlib.Path, default=ROOT / "build" / "site", help="a folder"
    )
    options = parser.parse_args(arguments)
    source = options.output / "source"
    pages.write(ROOT, source)
    api.write(source / "api")
    gallery.write(ROOT / "examples", options.output / "scripts")
    settings = {
        "kgen_scripts": str(options.output / "scripts"),
        "kgen_examples": options.examples,
    }
    status = build_main(
        [
            *("-b", "html", "-W", "--keep-going", "-q", "-c", str(FOLDER)),
            *("-d", str(options.output / "doctrees")),
            *(f"-D{name}={value}" for name, value in settings.items()),
            str(source),
            str(options.output / "html" / kgen.__version__),
        ]
    )
    if status == 0:
        versions.write(options.output / "html")
        print(f"Wrote {options.output / 'html' / 'index.html'}")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
