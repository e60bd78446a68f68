"""Arrays in files: `.npy` holds one, `.npz` holds several by name."""

import pathlib

import click

ENDINGS = (".npy", ".npz")


class ArrayFile(click.Path):
    """The path of a file of arrays to write."""

    def convert(self, value, param, ctx):
        """The path."""
        if not is_array_file(value):
            self.fail(
                f"{value} has no ending of arrays: name it .npy for the codes alone, "
                "or .npz for codes and labels.",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


def is_array_file(path):
    """Whether a path has an ending of arrays."""
    return pathlib.Path(path).suffix.lower() in ENDINGS


def save_arrays(path, arrays):
    """Writes arrays, completely or not at all, and prints what was written.

    Args:
        path: `.npz` for all arrays, `.npy` for the first one alone. Its folder is made.
        arrays: Dictionary of arrays or lists by name; `None` is left out.

    Raises:
        OSError: if the file cannot be written.
    """
    import numpy as np

    from kgen.core.files import whole

    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {k: np.asarray(value) for k, value in arrays.items() if value is not None}
    if path.suffix.lower() == ".npy":
        arrays = dict([next(iter(arrays.items()))])
    with whole(path) as partial, open(partial, "wb") as file:
        if path.suffix.lower() == ".npy":
            np.save(file, *arrays.values(), allow_pickle=False)
        else:
            np.savez(file, allow_pickle=False, **arrays)
    held = (f"{name} {value.shape} {value.dtype}" for name, value in arrays.items())
    click.echo(f"Wrote {path}: {', '.join(held)}")
