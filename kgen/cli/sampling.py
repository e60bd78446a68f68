"""`kgen sample`."""

import click

from kgen.cli.arrays import is_array_file, save_arrays
from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.options import TRUST, data_options, sample_options
from kgen.cli.places import SOURCE
from kgen.cli.settings import parse_labels
from kgen.cli.sources import examples, joined, open_source
from kgen.cli.startup import load_libraries

NUM_POINTS = 1000  # Of the data behind samples that are points.


@main.command()
@click.argument("path", type=SOURCE)
@click.option(
    "-n", "num_samples", default=64, show_default=True, type=click.IntRange(1)
)
@click.option("--labels", help="Classes, e.g. 3,3,7; they take turns.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option(
    "-o",
    "--output",
    default="samples.png",
    show_default=True,
    type=click.Path(),
    help="Picture; or file of `x`, .npy, and of `x` and `labels`, .npz.",
)
@sample_options
@data_options("the run's")
@TRUST
@friendly
def sample(path, num_samples, labels, seed, output, options, trust, **data):
    """Draw samples of a run, a .keras file or a SavedModel at PATH.

    A SavedModel takes one of --temperature, --guidance, --truncation and --num-steps,
    with which it was exported.

    Points are drawn over held-out ones, if there is a run or --data to take them from.

    A SavedModel is a program: one with operations that may touch files, processes or
    the network is refused unless you --trust it. Code in .keras files is never run.
    """
    load_libraries()
    from kgen import plots, serving
    from kgen.core.sampling import default_labels
    from kgen.runs.opening import recorded_data

    labels = parse_labels(labels, num_samples)
    model = open_source(path, trust)
    x = serving.samples_of(path, model, num_samples, labels, seed, **options)
    classes = default_labels(model.num_classes, num_samples, labels)
    given = any(value is not None for value in data.values())
    if is_array_file(output):
        if given:
            raise click.BadParameter(
                "Options of the data were given, but a file of arrays has samples "
                "alone. Leave them out, or write a picture."
            )
        save_arrays(output, {"x": x, "labels": classes})
        return
    points, is_points = None, x.ndim == 2 and x.dtype.kind == "f"
    if given and not is_points:
        raise click.BadParameter(
            "Options of the data were given, but data is drawn behind points only. "
            "Leave them out."
        )
    if is_points and (given or recorded_data(path) is not None):
        points, *_ = joined(examples(path, model, data, num_rows=NUM_POINTS))
    path = plots.save_samples(x, output, labels=classes, data=points)
    click.echo(f"Wrote {path}")
