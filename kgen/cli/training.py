"""`kgen train`."""

import pathlib
import shlex

import click

from kgen.cli.errors import friendly, sentence
from kgen.cli.group import main
from kgen.cli.names import LOGGER, RECIPE
from kgen.cli.options import SEED, data_options, data_settings
from kgen.cli.printing import print_figures
from kgen.cli.settings import FiniteRange, parse_settings
from kgen.cli.startup import load_libraries


def take_from(context, _, path):
    """Makes the settings of an earlier run the defaults of all other options."""
    if path is None or context.resilient_parsing:
        return None
    load_libraries()
    from kgen.runs import read_command

    try:
        command = read_command(path)
    except (OSError, ValueError) as error:
        raise click.ClickException(sentence(error)) from None
    names = {param.name for param in context.command.params}
    context.default_map = {k: v for k, v in command.items() if k in names}
    return command


@main.command()
@click.argument("recipe", type=RECIPE, required=False)
@click.option(
    "--from",
    "command",
    is_eager=True,
    callback=take_from,
    type=click.Path(exists=True),
    help="`run.json` of a run, whose recipe, data and options are taken. Options given "
    "here replace them.",
)
@data_options("the record's", default="digits")
@click.option("--epochs", type=click.IntRange(0), help="[default: the recipe's]")
@click.option(
    "--conditional/--no-conditional",
    default=False,
    help="Whether to give the labels to the model.",
)
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
@click.option(
    "--run-dir",
    default="runs/model",
    show_default=True,
    type=click.Path(),
    help="To write to.",
)
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
@click.option(
    "--log",
    multiple=True,
    type=LOGGER,
    help="Where to log besides: tensorboard, mlflow. May be repeated.",
)
@click.option(
    "--log-dir",
    type=click.Path(),
    help="Folder of TensorBoard events, for --log tensorboard, which it includes. "
    "[default: RUN_DIR/tensorboard]",
)
@click.option(
    "--export",
    "export_dir",
    type=click.Path(),
    help="Folder of the served model, versioned.",
)
@friendly
def train(
    recipe,
    command,
    data,
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
    if recipe is None:
        raise click.UsageError("RECIPE is missing: give its name, or --from run.json.")
    recorded = None
    if command is not None:
        if recipe != command["recipe"]:
            raise click.BadParameter(
                f"RECIPE is {recipe!r}, but the run of --from is of "
                f"{command['recipe']!r}, whose settings are for that recipe. Leave "
                "RECIPE or --from out."
            )
        settings = {**command["settings"], **settings}
        recorded = command["data_settings"]
    load_libraries()
    from kgen import runs, serving
    from kgen.recipes import RECIPES
    from kgen.runs.fitting import StopOnSignal
    from kgen.runs.folders import check_writable

    for folder in (run_dir, export_dir, options["log_dir"]):
        if folder is not None:
            check_writable(folder)
    described = data_settings(
        recorded,
        data if recorded else data or "digits",
        batch_size,
        image_size,
        binarize,
        grayscale,
        None if recorded and seed == command["seed"] else seed,
    )
    stop = StopOnSignal()
    model, figures = runs.train(
        recipe,
        settings,
        described,
        conditional=conditional or RECIPES[recipe].conditional,
        seed=seed,
        run_dir=run_dir,
        stop=stop,
        **options,
    )
    if figures is not None:  # On several machines, the first one reports.
        print_figures(described.name, figures)
        click.echo(f"Run folder: {run_dir}")
        if export_dir:
            click.echo(f"Exported: {serving.export(model, export_dir)}")
        click.echo(next_steps(model, run_dir, export_dir, stop.received))
    if stop.received is not None:
        raise click.exceptions.Exit(128 + stop.received)


def next_steps(model, run_dir, export_dir, stopped):
    """A line of commands that may follow, for what the model can do.

    Args:
        model: The trained model.
        run_dir: Folder of the run.
        export_dir: Folder of the served model, `None` if there is none.
        stopped: Whether training ended early.
    """
    folder = shlex.quote(run_dir)
    steps = []
    if stopped:
        steps.append(
            f"kgen train --from {shlex.quote(f'{run_dir}/run.json')} "
            f"--run-dir {folder} --resume"
        )
    if hasattr(model, "sample"):
        steps.append(f"kgen sample {folder}")
    elif hasattr(model, "reconstruct"):
        steps.append(f"kgen reconstruct {folder}")
    steps.append(f"kgen explore {folder}")
    if not export_dir:
        name = pathlib.Path(run_dir).name
        steps.append(f"kgen export {folder} -o {shlex.quote(f'saved_models/{name}')}")
    return f"Next: {', or '.join(steps)}"
