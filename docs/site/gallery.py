"""The gallery: each example as a page with its output and pictures, and a notebook."""

import ast
import pathlib
import re
import shutil
import sys

from docs.site import markup

# Those that take a minute at most on two cores.
QUICK = (
    "gan_theory",
    "gaussian_mle",
    "gradient_of_a_draw",
    "kl_divergence",
    "masked_convolution",
    "posterior_of_a_coin",
    "em_of_a_mixture",
    "forward_diffusion",
    "stop_gradient",
    "transposed_convolution",
)
CHOICES = {"none": "$^", "quick": f"/({'|'.join(QUICK)})\\.py", "all": r"\.py"}
PICTURES = "runs"  # Folder for pictures, beside the scripts of a folder.
HEADER = "{title}\n{line}\n\n{text}\n"
NOTEBOOK = """# Run this in the root of the repository, after
# pip install -e ".[examples]"
import sys

sys.argv = ["example"]  # Options, such as "--epochs", "5".
%matplotlib inline"""


def write(examples, scripts):
    """Writes the examples as scripts that sphinx-gallery reads.

    A script has the example's first sentence as its title.

    Args:
        examples: Folder of the examples.
        scripts: Folder for the scripts; it is made anew.
    """
    shutil.rmtree(scripts, ignore_errors=True)
    readme = (examples / "README.md").read_text()
    header(scripts, "Examples", "Short scripts, in an order to learn from.")
    for section in readme.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        folder = re.search(r"`(\w+)/`", title)[1]
        number, _, caption = title.partition(" ")
        caption = f"{number} {caption.split(': ', 1)[1].capitalize()}"
        header(scripts / folder, caption, "")
        for path in sorted((examples / folder).glob("[!_]*.py")):
            copy = scripts / folder / path.name
            copy.write_text(titled(path))


def header(folder, title, text):
    """Writes the head of a folder's page."""
    folder.mkdir(parents=True)
    page = HEADER.format(title=title, line="=" * len(title), text=text)
    (folder / "GALLERY_HEADER.rst").write_text(page)


def titled(path):
    """The text of an example; its docstring begins with a title, for Sphinx."""
    code = path.read_text()
    docstring = ast.get_docstring(ast.parse(code))
    first, _, rest = docstring.partition("\n")
    (title,) = markup.to_rst([first.rstrip(".")])
    lines = [title, "=" * len(title), *markup.to_rst(rest.split("\n"))]
    _, _, body = code.partition('"""')
    _, _, body = body.partition('"""')
    return 'r"""\n' + "\n".join(lines) + '\n"""' + body


def order():
    """`{name of a script or folder: place}`, as in `examples/README.md`."""
    readme = pathlib.Path(__file__).parents[2] / "examples" / "README.md"
    names = re.findall(r"^## .*`(\w+)/`|\[`(\w+\.py)`\]", readme.read_text(), re.M)
    return {folder or name: place for place, (folder, name) in enumerate(names)}


class InOrder:
    """The order of scripts, or of their folders, in the gallery.

    Args:
        folder: The folder of the scripts; not used.
    """

    def __init__(self, folder=None):
        self.places = order()

    def __call__(self, name):
        return self.places[pathlib.Path(name).name]


def arguments(gallery_conf, script_vars):
    """The command line of a script that is to run: its pictures lie beside it."""
    script = pathlib.Path(script_vars["src_file"])
    shutil.rmtree(script.parent / PICTURES / script.stem, ignore_errors=True)
    return ["--output", f"{PICTURES}/{script.stem}"]


def pictures(block, block_vars, gallery_conf):
    """A scraper of sphinx-gallery: the pictures that a script has written."""
    from sphinx_gallery.scrapers import figure_rst

    script = pathlib.Path(block_vars["src_file"])
    folder = script.parent / PICTURES / script.stem
    copies = []
    for path in sorted(folder.glob("*.png")) + sorted(folder.glob("*.gif")):
        copy = pathlib.Path(next(block_vars["image_path_iterator"]))
        copy = copy.with_suffix(path.suffix)
        shutil.copy(path, copy)
        copies.append(str(copy))
    return figure_rst(copies, gallery_conf["src_dir"]) if copies else ""


def clean(gallery_conf, name):
    """Frees what the script before has left: graphs, and modules of examples."""
    import keras

    keras.backend.clear_session()
    for module in [m for m in sys.modules if m.startswith("examples.")]:
        del sys.modules[module]
