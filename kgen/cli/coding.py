"""`kgen encode` and `kgen reconstruct`."""

import click

from kgen.cli.arrays import ArrayFile, is_array_file, save_arrays
from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.options import TRUST, data_options
from kgen.cli.places import SOURCE
from kgen.cli.sources import check_verbs, examples, joined, open_source
from kgen.cli.startup import load_libraries

NO_CODES = (
    "Autoencoders, VAEs and flows have codes; for a GAN kgen.latent.invert searches "
    "for them."
)
NOT_REBUILT = (
    "Autoencoders and VAEs reconstruct; the codes of flows and diffusion keep all."
)


@main.command()
@click.argument("path", type=SOURCE)
@data_options("the run's")
@click.option(
    "--split",
    default="test",
    show_default=True,
    type=click.Choice(["test", "train"]),
    help="Held-out or training data.",
)
@click.option("-n", "num_rows", type=click.IntRange(1), help="Rows. [default: all]")
@click.option(
    "-o",
    "--output",
    default="codes.npz",
    show_default=True,
    type=ArrayFile(),
    help="File of `z` and `labels`, .npz; or of `z` alone, .npy.",
)
@TRUST
@friendly
def encode(path, split, num_rows, output, trust, **data):
    """Write the codes of data, by a run, a .keras file or a SavedModel at PATH."""
    load_libraries()
    from kgen import serving

    model = open_source(path, trust)
    check_verbs(path, model, "encode", advice=NO_CODES)
    z, labels = joined(
        (serving.call(model, "encode", condition, x=x), labels)
        for x, labels, condition in examples(
            path, model, data, split, num_rows, tell=True
        )
    )
    save_arrays(output, {"z": z, "labels": labels})


@main.command()
@click.argument("path", type=SOURCE)
@data_options("the run's")
@click.option("-n", "num_rows", default=16, show_default=True, type=click.IntRange(1))
@click.option(
    "-o",
    "--output",
    default="reconstructions.png",
    show_default=True,
    type=click.Path(),
    help="Picture; or file of `reconstructions`, .npy, and of `x` and `labels`, .npz.",
)
@TRUST
@friendly
def reconstruct(path, num_rows, output, trust, **data):
    """Draw held-out examples above their reconstructions.

    The model is that of a run, a .keras file or a SavedModel at PATH.
    """
    load_libraries()
    from kgen import plots, serving

    model = open_source(path, trust)
    check_verbs(path, model, "reconstruct", advice=NOT_REBUILT)
    x, labels, rebuilt = joined(
        (x, labels, serving.call(model, "reconstruct", condition, x=x))
        for x, labels, condition in examples(
            path, model, data, num_rows=num_rows, tell=True
        )
    )
    if is_array_file(output):
        arrays = {"reconstructions": rebuilt, "x": x, "labels": labels}
        save_arrays(output, arrays)
    else:
        click.echo(f"Wrote {plots.save_pairs(x, rebuilt, output)}")
