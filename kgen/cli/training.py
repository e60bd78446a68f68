"""`kgen train`."""

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.names import RECIPE
from kgen.cli.options import SEED, data_options
from kgen.cli.printing import print_figures
from kgen.cli.settings import FiniteRange, parse_settings
from kgen.cli.startup import load_libraries


@main.command()
@click.argument("recipe", type=RECIPE)
@data_options(default="digits")
@click.option("--epochs", type=click.IntRange(0), help="[default: the recipe's]")
@click.option("--conditional", is_flag=True, help="Give the labels to the model.")
@click.option("--latent-dim", type=click.IntRange(1), help="Size of the latent.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting of the recipe, see `kgen list --settings`: --set beta=4, "
    "network=conv, hidden=64,32.",
)
@click.option("--seed", default=0, show_default=True, type=SEED)
@click.option("--run-dir", default="runs/model", show_default=True, help="To write to.")
@click.option("--resume", is_flag=True, help="Continue from its checkpoints.")
@click.option(
    "--checkpoint-steps",
    default=1000,
    show_default=True,
    type=click.IntRange(1),
    help="Steps between two checkpoints; each epoch begins with one.",
)
@click.option(
    "--strategy",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "none", "mirrored", "multiworker"]),
    help="Devices: all GPUs, or with TF_CONFIG several machines.",
)
@click.option(
    "--precision",
    default="float32",
    show_default=True,
    type=click.Choice(["float32", "mixed_bfloat16", "mixed_float16"]),
    help="Dtype policy of layers; losses and likelihoods are float32.",
)
@click.option(
    "--ema",
    type=FiniteRange(0, 1, max_open=True),
    help="Momentum of averaged weights, such as 0.999.",
)
@click.option(
    "--deterministic/--no-deterministic",
    default=True,
    help="Whether two runs give the same bits on a GPU too.",
)
@click.option("--log-dir", help="Folder for TensorBoard events.")
@click.option("--export", "export_dir", help="Folder of the served model, versioned.")
@friendly
def train(
    recipe,
    data,
    epochs,
    batch_size,
    image_size,
    binarize,
    grayscale,
    conditional,
    latent_dim,
    pairs,
    seed,
    run_dir,
    export_dir,
    **options,
):
    """Train RECIPE, print its held-out figures, draw and save it."""
    settings = parse_settings(pairs)
    if latent_dim is not None:
        if "latent_dim" in settings:
            raise click.BadParameter("--latent-dim and --set latent_dim: give one.")
        settings["latent_dim"] = latent_dim
    load_libraries()
    from kgen import runs, serving
    from kgen.recipes import RECIPES
    from kgen.runs.fitting import StopOnSignal
    from kgen.runs.folders import check_writable

    for folder in (run_dir, export_dir, options["log_dir"]):
        if folder is not None:
            check_writable(folder)
    color_mode = "grayscale" if grayscale else "rgb"
    data_settings = runs.DataSettings(
        data, batch_size, image_size, binarize, color_mode, seed
    )
    stop = StopOnSignal()
    model, figures = runs.train(
        recipe,
        settings,
        data_settings,
        epochs=epochs,
        conditional=conditional or RECIPES[recipe].conditional,
        seed=seed,
        run_dir=run_dir,
        stop=stop,
        **options,
    )
    if figures is not None:  # On several machines, the first one reports.
        print_figures(data, figures)
        click.echo(f"Run folder: {run_dir}")
        if export_dir:
            click.echo(f"Exported: {serving.export(model, export_dir)}")
    if stop.received is not None:
        raise click.exceptions.Exit(128 + stop.received)
