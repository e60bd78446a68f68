"""An entry for each public name, on a page for each public module."""

import inspect

import kgen
from docs.site import markup

ENTRY = "\n.. {kind}:: {path}\n{options}"
PAGE = "{title}\n{line}\n\n.. currentmodule:: {module}\n"
INDEX = """API
===

Each public name has an entry. A name that `import kgen` offers itself, such as
``kgen.VAE``, stands on the page of ``kgen``.

.. toctree::
   :maxdepth: 1

   {entries}
"""


def modules():
    """The public modules by path, `kgen` first."""
    found = {"kgen": kgen}
    for path, module in found.copy().items():
        _add(found, path, module)
    return found


def _add(found, path, module):
    for name in names(module):
        value = getattr(module, name)
        if inspect.ismodule(value):
            found[f"{path}.{name}"] = value
            _add(found, f"{path}.{name}", value)


def names(module):
    """The public names of a module; without `__all__`, those that it defines."""
    if module is kgen:
        return sorted(name for name in dir(kgen) if not name.startswith("_"))
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    ]


def objects():
    """The public objects by path; an object of several paths has the shortest."""
    found, seen = {}, set()
    for path, module in sorted(modules().items(), key=lambda item: len(item[0])):
        for name in names(module):
            value = getattr(module, name)
            named = inspect.isclass(value) or inspect.isroutine(value)
            if inspect.ismodule(value) or (named and id(value) in seen):
                continue
            seen.add(id(value))
            found[f"{path}.{name}"] = value
    return found


def described(value):
    """A sentence on a value that has no docstring of its own."""
    if isinstance(value, dict):
        return f"A table of {', '.join(f'``{name}``' for name in value)}."
    return f"``{value!r}``"


def write(folder):
    """Writes the pages, reStructuredText for Sphinx' autodoc.

    Args:
        folder: Folder for them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        path: PAGE.format(title=path, line="=" * len(path), module=path)
        + "\n"
        + "\n".join(markup.to_rst(inspect.getdoc(module).split("\n")))
        + "\n"
        for path, module in modules().items()
    }
    for path, value in objects().items():
        module, _, _ = path.rpartition(".")
        if inspect.isclass(value):
            kind, options = "autoclass", "   :members:\n   :show-inheritance:\n"
        elif inspect.isroutine(value):
            kind, options = "autofunction", ""
        else:
            kind, options = "py:data", f"\n   {described(value)}\n"
        pages[module] += ENTRY.format(kind=kind, path=path, options=options)
    for path, text in pages.items():
        (folder / f"{path}.rst").write_text(text)
    (folder / "index.rst").write_text(INDEX.format(entries="\n   ".join(pages)))
