"""Pictures of a report: each shows something that figures do not."""

import io
import pathlib
import tempfile

import numpy as np

from kgen import plots
from kgen.latent import embed
from kgen.metrics.judged import NEAREST
from kgen.metrics.low_level import power_spectrum
from kgen.metrics.neighbors import by_rows
from kgen.metrics.prd import prd_curve

SHOWN = 36  # Examples of a grid.
POINTS = 1000  # Points of a map.
EXAMPLES = "Held-out examples"
PICTURES = {}


def picture(title, *needs):
    """Adds a picture to `PICTURES`: a decorator of a function of its ingredients.

    The function gives a PNG file as bytes, or `None` if there is nothing to show. For
    data of which there is no such picture it gives the reason, a text.

    Args:
        title: Title of the picture.
        *needs: Names of its ingredients.
    """

    def add(draw):
        def drawn(found):
            try:
                return draw(*(found[need] for need in needs))
            except ValueError as error:  # Data of which there is no such picture.
                return str(error)

        PICTURES[title] = drawn
        return draw

    return add


@picture(EXAMPLES, "x")
def examples(x):
    """A grid of images, or points."""
    return grid(x[:SHOWN] if x.ndim == 4 else x[:POINTS])


@picture("Samples, not chosen", "samples")
def samples(samples):
    """As many samples as examples."""
    return grid(samples[:SHOWN] if samples.ndim == 4 else samples[:POINTS])


@picture(
    "Samples (above) and the training examples nearest to them (below)",
    "samples",
    "nearest_training_examples",
)
def nearest_training_examples(samples, nearest):
    """Samples above their nearest training examples."""
    return two_rows(samples, nearest)


@picture(
    "Samples (above) and the held-out examples nearest to them (below)",
    "samples",
    "sample_features",
    "x",
    "features",
)
def nearest_examples(samples, sample_features, x, features):
    """Samples above their nearest held-out examples."""
    queries = sample_features[:NEAREST]
    nearest = by_rows(queries, features, lambda d, start: np.argmin(d, axis=1))
    return two_rows(samples, x[nearest])


@picture("Features of held-out examples and of samples", "features", "sample_features")
def feature_map(features, sample_features):
    """Both sets in the plane of their largest variance."""
    real, fake = features[:POINTS], sample_features[:POINTS]
    if real.shape[1] < 2:
        return None
    points = embed(np.concatenate([real, fake]))
    figure, axes = canvas()
    axes.scatter(*points[: len(real)].T, s=6, label="held-out", alpha=0.6)
    axes.scatter(*points[len(real) :].T, s=6, label="samples", alpha=0.6)
    axes.legend()
    return png(figure)


@picture("Codes of held-out examples, coloured by class", "codes", "examples")
def latent_map(codes, examples):
    """Codes in the plane of their largest variance."""
    labels = examples.get("labels")
    if codes.shape[1] < 2 or codes.dtype.kind != "f":
        return None
    labels = labels if labels is not None and labels.ndim == 1 else None
    points = codes[:POINTS] if codes.shape[1] == 2 else embed(codes[:POINTS])
    figure, axes = canvas()
    colours = {} if labels is None else {"c": labels[:POINTS], "cmap": "tab10"}
    shown = axes.scatter(*points.T, s=6, **colours)
    if labels is not None:
        handles = shown.legend_elements(num=None)
        figure.legend(*handles, loc="outside right center")
    return png(figure)


@picture("Mean power spectrum", "x", "samples")
def spectrum(x, samples):
    """Power by frequency."""
    if x.ndim != 4 or min(x.shape[1:3]) < 4:
        return None
    figure, axes = canvas()
    for label, images in (("held-out", x), ("samples", samples)):
        power = power_spectrum(images)
        axes.semilogy(np.arange(1, len(power) + 1), power, marker="o", label=label)
    axes.set(xlabel="cycles per image", ylabel="power")
    axes.legend()
    return png(figure)


@picture("Precision and recall of distributions", "features", "sample_features")
def precision_recall_curve(features, sample_features):
    """The curve of Sajjadi et al."""
    if min(len(features), len(sample_features)) < 100:
        return None
    precision, recall = prd_curve(features, sample_features)
    figure, axes = canvas()
    axes.plot(recall, precision)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02))
    return png(figure)


def two_rows(above, below):
    """A grid of two rows of images."""
    if above.ndim != 4:
        return None
    return grid(np.stack([above[: len(below)], below]))


def grid(x):
    """Examples as `kgen.plots.save_samples` draws them, a PNG file as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "samples.png")
        plots.save_samples(np.clip(x, 0, 1) if x.ndim == 4 else x, path)
        return path.read_bytes()


def canvas():
    """A Matplotlib figure with one pair of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.5), layout="constrained")
    return figure, figure.subplots()


def png(figure):
    """A Matplotlib figure as the bytes of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, dpi=100)
    return file.getvalue()
