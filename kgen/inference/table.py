"""The check of a table of numbers."""

from kgen.core.checks.containers import numbers


def check_table(name, x, columns=None):
    """x as a float64 array `(n, d)`, if it is a table of finite numbers.

    Args:
        name: Name of the function that takes it, for the error.
        x: The user's argument.
        columns: The number of columns; `None` for any.
    """
    x = numbers(name, "x", x, axes=2, rows=1)
    if x.ndim != 2 or columns not in (None, x.shape[1]):
        wanted = "d" if columns is None else columns
        raise ValueError(
            f"`{name}` was given x of shape {x.shape}, but expects a table (n, "
            f"{wanted})."
        )
    return x.astype("float64")
