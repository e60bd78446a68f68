"""The folder of a served model: its subfolders are numbered versions."""

import pathlib

ABOUT = "assets.extra/kgen.json"  # kgen's file about a version, in its folder.


def served_versions(path):
    """Numbers of the versions in a folder, ascending."""
    path = pathlib.Path(path)
    names = [child.name for child in path.iterdir()] if path.is_dir() else []
    return sorted(int(name) for name in names if name.isdecimal())


def whole_versions(path):
    """Folders of the versions that are SavedModels, the newest first.

    A SavedModel is its own only version.
    """
    path = pathlib.Path(path)
    if (path / "saved_model.pb").exists():
        return [path]
    folders = (path / str(number) for number in reversed(served_versions(path)))
    return [folder for folder in folders if (folder / "saved_model.pb").exists()]


def newest_version(path):
    """The newest version in a served model's folder; a version's folder itself."""
    path = pathlib.Path(path)
    if (path / "saved_model.pb").exists() or not served_versions(path):
        return path
    return path / str(served_versions(path)[-1])


def is_served(path):
    """Whether a folder is a SavedModel, or has a version that is one."""
    return bool(whole_versions(path))
