"""Settings of Sphinx; `docs.site` builds the site with them."""

import inspect
import logging
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

logging.getLogger("absl").setLevel("WARNING")

import keras  # noqa: E402

import kgen  # noqa: E402
from docs.site import gallery, markup  # noqa: E402

project = "kgen"
author = "The kgen developers"
version = release = kgen.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
]
html_theme = "furo"
html_title = f"kgen {release}"
html_copy_source = False
templates_path = ["templates"]
html_sidebars = {
    "**": [
        *("sidebar/brand.html", "sidebar/search.html", "sidebar/scroll-start.html"),
        *("sidebar/navigation.html", "versions.html", "sidebar/scroll-end.html"),
    ]
}
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints = "none"
python_maximum_signature_line_length = 88
napoleon_use_ivar = True
napoleon_use_rtype = False
suppress_warnings = ["config.cache"]  # The gallery's settings hold functions.
sphinx_gallery_conf = {
    "gallery_dirs": "examples",
    "ignore_pattern": r"__init__\.py",
    "subsection_order": gallery.InOrder(),
    "within_subsection_order": gallery.InOrder,
    "default_thumb_file": str(ROOT / "docs" / "images" / "samples.png"),
    "reset_argv": gallery.arguments,
    "image_scrapers": (gallery.pictures,),
    "reset_modules": (gallery.clean,),
    "first_notebook_cell": gallery.NOTEBOOK,
    "show_memory": False,
    "abort_on_example_error": True,
    "download_all_examples": False,
    "plot_gallery": "True",
}


def setup(app):
    """Adds the settings that `docs.site` passes, and what depends on them."""
    app.add_config_value("kgen_examples", "quick", "")
    app.add_config_value("kgen_scripts", "scripts", "")
    app.connect("config-inited", set_gallery, priority=1)
    app.connect("autodoc-process-docstring", convert, priority=1)
    app.connect("autodoc-process-signature", constructor)


def set_gallery(app, config):
    """Says where the scripts of the examples are, and which of them run."""
    config.sphinx_gallery_conf |= {
        "filename_pattern": gallery.CHOICES[config.kgen_examples],
        "examples_dirs": config.kgen_scripts,
    }


def convert(app, what, name, value, options, lines):
    """Docstrings have the marks of Markdown."""
    lines[:] = markup.to_rst(lines)


def constructor(app, what, name, value, options, signature, returned):
    """The arguments of a class; Keras' layers hide them behind `*args, **kwargs`."""
    if what != "class" or not issubclass(value, keras.Layer):
        return None
    first, *rest = inspect.signature(value.__init__).parameters.values()
    found = inspect.Signature(
        [p.replace(annotation=inspect.Parameter.empty) for p in rest]
    )
    return str(found), None
