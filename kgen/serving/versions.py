"""The folder of a served model: its subfolders are numbered versions."""

import pathlib

ABOUT = "assets.extra/kgen.json"  # kgen's file about a version, in its folder.


def served_versions(path):
    """Numbers of the versions in a folder, ascending."""
    path = pathlib.Path(path)
    names = [child.name for child in path.iterdir()] if path.is_dir() else []
    return sorted(int(name) for name in names if name.isdecimal())


def newest_version(path):
    """The newest version in a served model's folder; a version's folder itself."""
    path = pathlib.Path(path)
    if (path / "saved_model.pb").exists() or not served_versions(path):
        return path
    return path / str(served_versions(path)[-1])


def is_served(path):
    """Whether a folder is a SavedModel, or has a version that is one."""
    folders = [path, *(path / str(number) for number in served_versions(path))]
    return any((folder / "saved_model.pb").exists() for folder in folders)
