"""The model at a path, and examples for it."""

import pathlib

import click

from kgen.cli.options import data_settings


def open_source(path, trust):
    """The model of a run folder, a `.keras` file or a SavedModel.

    Args:
        path: Where it is.
        trust: Whether to run a SavedModel unchecked.

    Raises:
        ClickException: if the model needs a context, which data sets do not have.
    """
    from kgen import serving

    model = serving.open_any(path, trust)
    if getattr(model, "condition", None) == "context":
        raise click.ClickException(
            f"{path} holds a model that needs a context with each example, but the "
            "command line has labels only. Use its verbs in Python."
        )
    return model


def examples(path, model, options, split="test", num_rows=None, tell=False):
    """Examples for a model, with their labels.

    Args:
        path: Where the model comes from, for the error.
        model: A model, as `kgen.serving.open_any` gives it.
        options: The options of the data, which replace those of a run.
        split: `"train"` or `"test"`.
        num_rows: The most rows to take; all by default.
        tell: Whether a line says so if there are fewer rows than `num_rows`.

    Yields:
        Batches `(x, labels, condition)` as arrays; the condition is the labels for a
        conditional model, else `None`.
    """
    from kgen.runs.opening import missing_data, recorded_data

    settings = data_settings(recorded_data(path), **options)
    if settings is None:
        raise missing_data(path)
    training, testing = settings.load()
    dataset = testing if split == "test" else training
    if num_rows is not None:
        dataset = dataset.unbatch().take(num_rows).batch(settings.batch_size)
    found = 0
    for x, labels in dataset.as_numpy_iterator():
        found += len(x)
        yield x, labels, None if model.num_classes is None else labels
    if tell and num_rows is not None and found < num_rows:
        click.echo(
            f"The {split} data has {found} examples: these are all, and not "
            f"{num_rows}.",
            err=True,
        )


def joined(batches):
    """Batches of equal structure as one: `None` where each has `None`."""
    import numpy as np

    return tuple(
        None if parts[0] is None else np.concatenate(parts)
        for parts in zip(*batches, strict=True)
    )


def check_verbs(path, model, *verbs, advice=""):
    """Raises a ClickException if the model at a path lacks one of these verbs."""
    served = getattr(model, "signatures", None)
    for verb in verbs:
        if not (hasattr(model, verb) if served is None else verb in served):
            kind = "SavedModel" if served is not None else type(model).__name__
            raise click.ClickException(
                f"{pathlib.Path(path)} holds a {kind} without the verb `{verb}`."
                f"{advice and ' '}{advice}"
            )
