"""`kgen interpolate`."""

import click

from kgen.cli.arrays import is_array_file, save_arrays
from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.options import SEED, TRUST, data_options
from kgen.cli.places import SOURCE
from kgen.cli.sources import check_verbs, examples, joined, open_source
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("path", type=SOURCE)
@data_options("the run's")
@click.option("-n", "num_paths", default=8, show_default=True, type=click.IntRange(1))
@click.option("--steps", default=10, show_default=True, type=click.IntRange(2))
@click.option(
    "--mode",
    default="linear",
    show_default=True,
    type=click.Choice(["linear", "slerp"]),
    help="Straight lines, or great circles.",
)
@click.option("--seed", type=SEED, help="Fixes the ends, for a GAN. [default: 0]")
@click.option(
    "-o",
    "--output",
    default="interpolations.png",
    show_default=True,
    type=click.Path(),
    help="Picture, film (.gif), or file of `x`, .npy, and of `z` and `labels`, .npz.",
)
@TRUST
@friendly
def interpolate(path, num_paths, steps, mode, seed, output, trust, **data):
    """Draw paths through the latent space, one in each row.

    The ends of a path are two held-out examples, of one class if the model is
    conditional. A GAN has no codes of examples: its ends are drawn from the prior. The
    model is that of a run, a .keras file or a SavedModel at PATH.
    """
    load_libraries()
    from kgen import latent, plots

    model = open_source(path, trust)
    check_verbs(path, model, "decode", advice="Paths are decoded.")
    if hasattr(model, "latents") and not hasattr(model, "encode"):
        given = [name for name, value in data.items() if value is not None]
        if given:
            raise click.BadParameter(
                f"--{given[0].replace('_', '-')} was given, but a GAN has no codes of "
                "data: its paths have random ends. Leave it out, or choose --seed."
            )
        ends, labels = drawn_ends(model, num_paths, seed or 0)
    else:
        if seed is not None:
            raise click.BadParameter(
                "--seed was given, but the ends of paths are held-out examples, which "
                "are not random. Leave it out."
            )
        check_verbs(path, model, "encode")
        ends, labels = coded_ends(path, model, data, num_paths)
    z = latent.path(*ends, num_steps=steps, mode=mode)
    x = decoded(model, z, labels)
    if is_array_file(output):
        save_arrays(output, {"x": x, "z": z, "labels": labels})
    else:
        click.echo(f"Wrote {plots.save_paths(x, output)}")


def drawn_ends(model, num_paths, seed):
    """Latents of the prior as starts and ends, and the classes of paths, in turn."""
    from kgen.core.random import normal_rows, row_keys, row_seeds
    from kgen.core.sampling import default_labels

    keys = row_keys(row_seeds(seed, 2 * num_paths))
    z = model.latents(normal_rows(keys, model.latent_shape)).numpy()
    labels = default_labels(model.num_classes, num_paths)
    return (z[:num_paths], z[num_paths:]), labels


def coded_ends(path, model, options, num_paths):
    """Codes of pairs of held-out examples, and their classes for a conditional model.

    Args:
        path: Where the model comes from, for the error.
        model: A model, as `kgen.serving.open_any` gives it.
        options: The options of the data.
        num_paths: Number of pairs.
    """
    from kgen import serving

    # For a conditional model enough to find pairs of one class.
    rows = 2 * num_paths * (1 if model.num_classes is None else 2 * model.num_classes)
    x, labels, condition = joined(examples(path, model, options, num_rows=rows))
    starts, ends = pairs(labels if condition is not None else 0 * labels, num_paths)
    labels = None if condition is None else condition[starts]
    codes = (serving.call(model, "encode", labels, x=x[i]) for i in (starts, ends))
    return tuple(codes), labels


def pairs(labels, num_pairs):
    """Indices of pairs of one class each: the first pairs of all classes, and so on.

    Args:
        labels: `(n,)` ints.
        num_pairs: Number of pairs.
    """
    import numpy as np

    found = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        turns = zip(rows[0::2], rows[1::2], strict=False)
        found += [(turn, label, *pair) for turn, pair in enumerate(turns)]
    if len(found) < num_pairs:
        raise click.BadParameter(
            f"-n {num_pairs}: the held-out data has {len(found)} pairs of examples"
            f"{' of one class' if np.ptp(labels) else ''}. Give a smaller number."
        )
    *_, starts, ends = np.transpose(sorted(found)[:num_pairs])
    return starts, ends


def decoded(model, z, labels):
    """Examples `(n, num_steps, *data_shape)` of codes `(n, num_steps, *latent_shape)`.

    Args:
        model: A model, as `kgen.serving.open_any` gives it.
        z: The codes.
        labels: The class of each path, or `None`.
    """
    import numpy as np

    from kgen import serving

    count, steps = z.shape[:2]
    labels = None if labels is None else np.repeat(labels, steps)
    x = serving.call(model, "decode", labels, z=z.reshape(-1, *z.shape[2:]))
    return x.reshape(count, steps, *x.shape[1:])
