"""The versions of the site: each has a folder of its own, and stays there."""

import pathlib

from packaging.version import InvalidVersion, Version

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Versions of kgen</title></head>
<body><h1>Versions of kgen</h1>
<ul>
{entries}
</ul></body>
</html>
"""
ENTRY = '<li><a href="{name}/index.html">kgen {name}</a></li>'
TO_NEWEST = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>kgen</title>
<meta http-equiv="refresh" content="0; url={name}/index.html"></head>
<body><a href="{name}/index.html">kgen {name}</a></body>
</html>
"""


def write(folder: pathlib.Path) -> list[str]:
    """Writes the list of the versions in a folder, and the way to the newest.

    Args:
        folder: Has a folder for each version.

    Returns:
        Names of the versions, the newest first.
    """
    found = [path.parent.name for path in folder.glob("*/index.html")]
    found = [name for name in found if is_version(name)]
    names = sorted(found, key=Version, reverse=True)
    entries = "\n".join(ENTRY.format(name=name) for name in names)
    (folder / "versions.html").write_text(PAGE.format(entries=entries))
    (folder / "index.html").write_text(TO_NEWEST.format(name=names[0]))
    return names


def is_version(name: str) -> bool:
    """Whether a folder is called as a version: others are not ours."""
    try:
        Version(name)
    except InvalidVersion:
        return False
    return True
