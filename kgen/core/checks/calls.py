"""Checks of a call's arguments, with errors that name the accepted ones."""

import inspect

from kgen.suggestions import suggest


def bind(name, signature, args, kwargs, also=()):
    """`signature.bind(*args, **kwargs)`, whose errors name the call.

    Args:
        name: Name of the called method, for the error.
        signature: Its `inspect.Signature`, whose first parameter is `self`.
        args: As the user gave them, after the model.
        kwargs: As the user gave them.
        also: Names of further arguments, for the error.

    Raises:
        TypeError: for arguments that are unknown, missing or too many.
    """
    try:
        return signature.bind(*args, **kwargs)
    except TypeError:
        parameters = list(signature.parameters.values())[1:]
        parameters = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    names = [p.name for p in parameters]
    unknown = [key for key in kwargs if key not in names]
    missing = [
        p.name
        for p in parameters[len(args) - 1 :]
        if p.default is inspect.Parameter.empty and p.name not in kwargs
    ]
    takes = f"takes {', '.join([*names, *also])}"
    if unknown:
        wrong = f"was given {', '.join(unknown)}"
        takes += f".{suggest(unknown[0], names)}"
    elif missing:
        wrong = f"was called without {', '.join(missing)}"
    else:
        wrong = f"was given {len(args) - 1} arguments without a name, or one twice"
    raise TypeError(f"`{name}` {wrong}, but {takes.rstrip('.')}.")
