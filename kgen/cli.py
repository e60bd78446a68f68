"""The command line: train, sample, evaluate, export, list."""

import functools
import json

import click

# Nothing here imports TensorFlow before a command runs: `kgen --help` is instant.


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kgen")
def main():
    """Generative deep learning on Keras 3 and TensorFlow."""


def friendly(command):
    """Prints an error that is meant for people as one line, without a traceback."""

    @functools.wraps(command)
    def run(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except FloatingPointError as error:
            click.echo()  # Ends the line of the progress bar.
            raise click.ClickException(str(error)) from error
        except (ValueError, OSError) as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if not type(error).__module__.startswith("tensorflow."):
                raise  # A defect of kgen: the traceback is what helps.
            raise click.ClickException(f"TensorFlow: {error}") from error

    return run


def parse_settings(pairs):
    """`["beta=4", "hidden=[64, 64]"]` as a dictionary, values read as JSON."""
    settings = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise click.BadParameter(f"--set {pair}: expected NAME=VALUE.")
        try:
            settings[name] = json.loads(value)
        except json.JSONDecodeError:
            settings[name] = value  # A plain word is a string.
    return settings


@main.command()
@click.argument("recipe")
@click.option(
    "--data",
    default="digits",
    show_default=True,
    help="Data set: see `kgen list`, any TFDS name, or a folder of pictures.",
)
@click.option("--epochs", type=click.IntRange(0), help="[default: the recipe's]")
@click.option("--batch-size", default=64, show_default=True, type=click.IntRange(1))
@click.option("--image-size", type=click.IntRange(1), help="Resize to a square.")
@click.option("--binarize", is_flag=True, help="Values of 0.5 and more become 1.")
@click.option("--grayscale", is_flag=True, help="Read a folder of pictures as grey.")
@click.option("--conditional", is_flag=True, help="Give the labels to the model.")
@click.option("--latent-dim", type=click.IntRange(1), help="Size of the latent.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting of the recipe, e.g. --set beta=4 --set network=conv.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--run-dir", default="runs/model", show_default=True, help="To write.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoints in it.")
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
    help="Of layers; losses and likelihoods are float32.",
)
@click.option(
    "--ema",
    type=click.FloatRange(0, 1, max_open=True),
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
        settings["latent_dim"] = latent_dim
    from kgen import runs, serving
    from kgen.recipes import RECIPES

    for folder in (run_dir, export_dir, options["log_dir"]):
        if folder is not None:
            runs.check_writable(folder)
    needs_labels = recipe in RECIPES and RECIPES[recipe].conditional
    color_mode = "grayscale" if grayscale else "rgb"
    data_settings = runs.DataSettings(
        data, batch_size, image_size, binarize, color_mode, seed
    )
    model, figures = runs.train(
        recipe,
        settings,
        data_settings,
        epochs=epochs,
        conditional=conditional or needs_labels,
        seed=seed,
        run_dir=run_dir,
        **options,
    )
    if figures is None:
        return  # On several machines, the first one reports.
    print_figures(data, figures)
    click.echo(f"Run folder: {run_dir}")
    if export_dir:
        click.echo(f"SavedModel: {serving.export(model, export_dir)}")


@main.command()
@click.argument("path")
@click.option(
    "-n", "num_samples", default=64, show_default=True, type=click.IntRange(1)
)
@click.option("--labels", help="Classes, e.g. 3,3,7; they take turns.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("-o", "--output", default="samples.png", show_default=True)
@click.option("--trust", is_flag=True, help="Run a SavedModel whatever it does.")
@friendly
def sample(path, num_samples, labels, seed, output, trust):
    """Draw samples of a run, a .keras file or a SavedModel at PATH.

    A SavedModel is a program: one with operations that may touch files, processes or
    the network is refused unless you --trust it. Code in .keras files is never run.
    """
    from kgen import plots, serving

    labels = parse_labels(labels, num_samples)
    x = serving.sample_any(path, num_samples, labels, seed, trust)
    click.echo(f"Wrote {plots.save_samples(x, output)}")


def parse_labels(text, num_samples):
    """`"3,7"` as a list of `num_samples` ints, `[3, 7, 3, ...]`."""
    if text is None:
        return None
    try:
        labels = [int(label) for label in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"--labels {text}: expected ints, like 3,3,7."
        ) from None
    return [labels[i % len(labels)] for i in range(num_samples)]


@main.command()
@click.argument("run_dir")
@click.option(
    "-n",
    "--num-samples",
    default=200,
    show_default=True,
    type=click.IntRange(1),
    help="Draws of z for each example, for bounds that use them.",
)
@friendly
def evaluate(run_dir, num_samples):
    """Print the held-out figures of the run in RUN_DIR."""
    from kgen import runs

    _, record = runs.load(run_dir)
    print_figures(record["data"]["name"], runs.evaluate(run_dir, num_samples))


@main.command()
@click.argument("run_dir")
@click.option("-o", "--output", required=True, help="Folder of the served model.")
@click.option("--version", type=click.IntRange(0), help="Next one by default.")
@friendly
def export(run_dir, output, version):
    """Export the run in RUN_DIR as a SavedModel for TensorFlow Serving."""
    from kgen import runs, serving

    model, _ = runs.load(run_dir)
    click.echo(f"SavedModel: {serving.export(model, output, version)}")


@main.command(name="list")
@friendly
def list_recipes():
    """List the recipes and the data sets that need no network."""
    from kgen import data
    from kgen.recipes import RECIPES

    click.echo("Recipes:")
    for name, recipe in sorted(RECIPES.items()):
        click.echo(f"  {name:18} {recipe.summary} ({recipe.paper})")
    click.echo(f"\nData that needs no network: {', '.join(data.names())}, or a folder")


def print_figures(data, figures):
    """Prints held-out figures, one on a line, nats with the bits they come to."""
    from kgen.metrics.held_out import LIKELIHOOD_VERBS

    figures = dict(figures)
    click.echo(f"Held-out {data}, {figures.pop('num_examples')} examples:")
    bits = figures.pop("bits_per_dimension", None)
    note = figures.pop("note", None)
    unit = " nats" if not figures.keys().isdisjoint(LIKELIHOOD_VERBS) else ""
    for name, value in figures.items():
        click.echo(f"  {name:20} {value:10.4f}{unit}")
    if bits is not None:
        click.echo(f"  {'bits per dimension':20} {bits:10.4f}")
    if note:
        click.echo(f"  Note: {note}")
