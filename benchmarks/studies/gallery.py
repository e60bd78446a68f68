"""The family `gallery`: every recipe as it comes, on MNIST at 28x28.

    python -m benchmarks gallery vae dcgan        # trains, draws and judges two
    python -m benchmarks gallery                  # the table of what is there

Each recipe trains as `kgen train NAME --data mnist` does, without a setting, on the
60,000 training images of 256 levels; `--epochs` gives others. Its folder
`runs/gallery/NAME` has the pictures that the command draws, and `figures.json`. After a
kill the same command goes on. Figures are those of the first 2,000 held-out images: the
likelihood (a bound by 50 draws), and the Fréchet distance, precision and recall of as
many samples, by the features of a classifier of MNIST, whose accuracy is printed.
Seconds are those of all processors. Needs no peers.
"""

import json
import pathlib
import time

from benchmarks.harness.drawing import milliseconds_a_sample
from benchmarks.harness.interleave import print_table

FOLDER = pathlib.Path("runs", "gallery")
JUDGE, ACCURACY = "judge.keras", "judge.json"
ASKED, FIGURES = "asked.json", "figures.json"
DATA, BATCH = "mnist", 64
HELD_OUT, DRAWS, TIMED = 2_000, 50, 16
SHOWN = {
    "bits_per_dimension": ("bits", ".3f"),
    "frechet_distance": ("Fréchet", ".1f"),
    "precision": ("precision", ".2f"),
    "recall": ("recall", ".2f"),
    "psnr": ("PSNR, dB", ".1f"),
}


def report(options):
    """Runs the recipes that are named, and prints the table of all that are known.

    Args:
        options: Options of the command line.
    """
    from kgen.recipes import RECIPES

    if unknown := set(options.rows) - set(RECIPES):
        raise SystemExit(f"Unknown recipes: {unknown}. `kgen list` prints all.")
    folder = pathlib.Path(options.run_dir or FOLDER)
    for name in options.rows:
        run(name, folder, options.data or DATA, options.epochs)
    rows = []
    for name in RECIPES:
        path = folder / name / FIGURES
        if path.exists():
            rows.append(cells(name, json.loads(path.read_text())))
    shown = [title for title, _ in SHOWN.values()]
    print("\n## Recipes as they come\n")
    header = ("recipe", "weights", "steps", "CPU minutes", "ms a sample", *shown)
    print_table(header, rows)
    if (folder / ACCURACY).exists():
        accuracy = json.loads((folder / ACCURACY).read_text())["accuracy"]
        print(f"\nThe classifier has {accuracy:.1%} of held-out images right.")


def cells(name, record):
    """The cells of a recipe."""
    found = record["figures"]
    drawn = record.get("milliseconds")
    return (
        f"`{name}`",
        f"{record['weights']:,}",
        f"{record['steps']:,}",
        f"{record['seconds'] / 60:.1f}",
        "" if drawn is None else f"{drawn:.1f}",
        *(
            format(found[key], f) if key in found else ""
            for key, (_, f) in SHOWN.items()
        ),
    )


def run(name, folder, data, epochs=None):
    """Trains a recipe, draws its pictures, and writes its figures, if it has none.

    Args:
        name: Name of the recipe.
        folder: `pathlib.Path` of all runs.
        data: Name of the data set.
        epochs: Number of epochs; by default the recipe's.

    Raises:
        SystemExit: if the folder is of other data or epochs, or if the recipe does not
            learn such data.
    """
    import kgen
    from kgen.recipes import RECIPES
    from kgen.runs.folders import write_json
    from kgen.runs.run import as_domains, build_for, save_pictures, shape_of

    own, asked = folder / name, {"data": data, "epochs": epochs}
    if (own / ASKED).exists():
        found = json.loads((own / ASKED).read_text())
        if found != asked:
            raise SystemExit(
                f"{own} is a run of other data or epochs than {asked}. Remove it, or "
                "name another folder with --run-dir."
            )
    if (own / FIGURES).exists():
        return
    kgen.seed_everything(0, deterministic=False)
    loaded = kgen.data.load(data, batch_size=BATCH)
    recipe = RECIPES[name]
    try:
        model = build_for(loaded[0], name, recipe.conditional, seed=0, settings={})
        train, test = (as_domains(model, part) for part in loaded)
    except ValueError as error:  # A recipe of vectors, or of two domains.
        raise SystemExit(f"{name} does not learn {data}: {error}") from error
    epochs = epochs or recipe.epochs_for(shape_of(train), len(train))
    own.mkdir(parents=True, exist_ok=True)
    write_json(own / ASKED, asked)
    start = time.process_time()
    resumed = (own / "checkpoints").exists()
    checkpoint = kgen.callbacks.Checkpoint(own / "checkpoints", every_steps=500)
    model.fit(train, epochs=epochs, callbacks=[checkpoint], verbose=2)
    record = {
        "weights": model.count_params(),
        "steps": epochs * len(train),
        "seconds": time.process_time() - start,
        "since_resumed": resumed,  # Then the seconds are those of the last part.
    }
    model.save(own / "model.keras")
    save_pictures(model, test, own)
    record |= figures(model, loaded, folder)
    write_json(own / FIGURES, record)


def figures(model, data, folder):
    """Figures of a model on the first held-out images, and the time of a sample."""
    from kgen.metrics import evaluate, evaluate_likelihood

    test = data[1].unbatch().take(HELD_OUT).batch(100)
    found, record = {}, {}
    if model.preferred_likelihood is not None:
        found |= evaluate_likelihood(model, test, num_samples=DRAWS)
    if hasattr(model, "sample"):
        record["milliseconds"] = milliseconds_a_sample(model, TIMED)
        asked = ("frechet_distance", "precision_recall")
        options = {"num_samples": HELD_OUT, "features": judge(data, folder)}
        found |= evaluate(model, test, asked, data[0], **options)
    elif hasattr(model, "reconstruct"):
        found |= evaluate(model, test, ("psnr",))
    return {**record, "figures": dict(found)}


def judge(data, folder):
    """Features of a classifier of the data, which is fitted once."""
    import keras

    from kgen.metrics import features, fit_classifier
    from kgen.runs.folders import write_json

    path = folder / JUDGE
    if not path.exists():
        classifier = fit_classifier(data[0], epochs=4)
        accuracy = classifier.evaluate(data[1], verbose=0, return_dict=True)
        write_json(folder / ACCURACY, accuracy)
        classifier.save(path)
    return features(keras.saving.load_model(path))
