"""The command line: train, sample, evaluate, export, list."""

import contextlib
import functools
import json
import math
import runpy
import sys
import warnings

import click

# Nothing here imports TensorFlow before a command runs: `kgen --help` is instant.


def debug_option(command):
    """Gives a command the option `--debug`."""
    return click.option(
        "--debug",
        is_flag=True,
        envvar="KGEN_DEBUG",
        expose_value=False,
        callback=lambda context, _, given: context.meta.update(
            {"debug": given or context.meta.get("debug", False)}
        ),
        help="Show the trace of an error.",
    )(command)


def friendly(command):
    """Makes a command print an error as one sentence; with `--debug` it is raised."""

    @debug_option
    @functools.wraps(command)
    def run(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except Exception as error:
            if click.get_current_context().meta["debug"]:
                raise
            raise click.ClickException(sentence(error)) from error

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kgen")
@click.option(
    "--import",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="Run a Python file first, which registers figures, data sets, ...",
)
@friendly
def main(files):
    """Generative deep learning on Keras 3 and TensorFlow."""
    for file in files:
        runpy.run_path(file)


SEED = click.IntRange(0, 2**32 - 1)  # As NumPy takes them.
INTERRUPTED = 128 + 2  # The exit status in a shell after Ctrl-C.


def sentence(error):
    """An error as a sentence for people."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    text = " ".join(str(error).split())
    known = (ValueError, OSError, FloatingPointError, ImportError)
    if isinstance(error, known) and text:
        return text
    reason = f"{type(error).__name__}: {text[:300]}".rstrip(" :.")
    if type(error).__module__.startswith("tensorflow."):
        return f"TensorFlow: {reason}."
    return (
        f"This was not expected, {reason}. Look at the arguments. --debug, or "
        "KGEN_DEBUG=1, shows the trace: please send it with a report of this defect."
    )


def parse_settings(pairs):
    """`["beta=4", "hidden=64,32"]` as a dictionary, values as `parse_value` reads."""
    settings = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"--set {pair[:60]}: expected NAME=VALUE.")
        if name in settings:
            raise click.BadParameter(f"--set {name} is given twice.")
        settings[name] = parse_value(pair, value)
    return settings


def parse_value(pair, text):
    """A value as JSON, `64,32` as a list, and anything else as a string."""
    for candidate in [text, f"[{text}]"] if "," in text else [text]:
        try:
            value = json.loads(candidate, parse_float=finite, parse_constant=finite)
        except json.JSONDecodeError:
            continue
        except (ArithmeticError, RecursionError) as error:
            raise click.BadParameter(f"--set {pair[:60]}: {error}.") from None
        return value
    with contextlib.suppress(ValueError):
        if not math.isfinite(float(text)):
            raise click.BadParameter(f"--set {pair}: expected a finite number.")
    return text  # A plain word is a string.


def finite(text):
    """Parses a JSON number; raises an ArithmeticError for NaN and infinity."""
    number = float(text)
    if not math.isfinite(number):
        raise ArithmeticError(f"{text} is not a finite number")
    return number


class FiniteRange(click.FloatRange):
    """A range of numbers that does not accept NaN."""

    def convert(self, value, param, ctx):
        """The number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


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
    help="Any other setting of the recipe: --set beta=4, network=conv, hidden=64,32.",
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
    from kgen import runs, serving
    from kgen.recipes import RECIPES
    from kgen.runs.fitting import StopOnSignal
    from kgen.runs.folders import check_writable

    for folder in (run_dir, export_dir, options["log_dir"]):
        if folder is not None:
            check_writable(folder)
    needs_labels = recipe in RECIPES and RECIPES[recipe].conditional
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
        conditional=conditional or needs_labels,
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
@click.argument("run_dirs", nargs=-1, required=True)
@click.option("--figures", help="Names with commas between, see `kgen list`; or all.")
@click.option(
    "-n",
    "--num-samples",
    type=click.IntRange(1),
    help="Number of samples; as many as held-out examples by default.",
)
@click.option(
    "--num-draws",
    default=200,
    show_default=True,
    type=click.IntRange(1),
    help="Draws of z for each example, for bounds that use them.",
)
@click.option("--report", help="Page to write, .html; the figures go to .json.")
@friendly
def evaluate(run_dirs, figures, report, **options):
    """Print the held-out figures of the runs in RUN_DIRS, side by side."""
    from kgen import metrics, runs

    names = figures and [name.strip() for name in figures.split(",")]
    names = names[0] if names == ["all"] else names
    _, record = runs.load(run_dirs[0])
    folders = run_dirs[0] if len(run_dirs) == 1 else list(run_dirs)
    verbose = names is not None and sys.stderr.isatty()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", metrics.FewSamplesWarning)  # It is printed.
        found = runs.evaluate(folders, names, report=report, verbose=verbose, **options)
    if len(run_dirs) == 1:
        print_figures(record["data"]["name"], found)
    else:
        print_runs(record["data"]["name"], found)
    if report:
        click.echo(f"Report: {report}")


@main.command()
@click.argument("run_dir")
@click.option("-o", "--output", required=True, help="Folder of the served model.")
@click.option("--version", type=click.IntRange(0), help="Next one by default.")
@click.option("--format", "kind", default="saved_model", show_default=True)
@click.option("--warmup", is_flag=True, help="Add requests that warm a server up.")
@friendly
def export(run_dir, output, version, kind, warmup):
    """Export the run in RUN_DIR, as a SavedModel for TensorFlow Serving by default."""
    from kgen import runs, serving

    model, _ = runs.load(run_dir)
    path = serving.export(model, output, version, kind, warmup)
    click.echo(f"Exported: {path}")


@main.command(name="list")
@friendly
def list_tables():
    """List the recipes, data sets that need no network, figures and export formats."""
    from kgen import data, metrics, serving
    from kgen.recipes import RECIPES

    click.echo("Recipes:")
    for name, recipe in sorted(RECIPES.items()):
        click.echo(f"  {name:18} {recipe.summary} ({recipe.paper})")
    click.echo(f"\nData that needs no network: {', '.join(data.names())}, or a folder")
    click.echo(f"Figures: {', '.join(sorted(metrics.FIGURES))}")
    click.echo(f"Figures of several runs: {', '.join(metrics.CONTESTS)}")
    click.echo(f"Export formats: {', '.join(sorted(serving.FORMATS))}")


def print_runs(data, found):
    """Prints the `kgen.metrics.Figures` of several runs side by side, then notes."""
    from kgen.metrics.results import side_by_side

    count = next(iter(found.values()))["num_examples"]
    click.echo(f"Held-out {data}, {count} examples:")
    for line in side_by_side(found):
        click.echo(f"  {line}")
    for folder, figures in found.items():
        for note in figures.notes():
            click.echo(f"  {folder}: {note}")


def print_figures(data, figures):
    """Prints `kgen.metrics.Figures`, one on a line, with its unit and direction."""
    click.echo(f"Held-out {data}, {figures['num_examples']} examples:")
    for line in figures.lines():
        click.echo(f"  {line}")
