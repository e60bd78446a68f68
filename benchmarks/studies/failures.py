"""The family `failures`: which figures see which failures of samples.

Real digits stand for the samples of a perfect model. Then they are spoiled in one way
at a time. A figure sees a failure if it gets worse by more than five standard
deviations of its values for unspoiled samples. If it gets better by as much, the
failure fools it.
"""

import numpy as np

from benchmarks.harness.interleave import print_table

TRAIN, TEST = 700, 350  # Of 1,797 digits; as many others are samples.
REPEATS = 8  # Unspoiled sets of samples and of held-out examples.
DEVIATIONS = 5.0
SEES, FOOLED, BLIND = "x", "better", ""
# What needs no model, or is about pairs of images, cannot see these failures.
LEFT_OUT = (
    *("likelihood", "objective", "code_bits", "compression_factor", "linear_probe"),
    *("psnr", "ssim", "reconstruction_error", "sharpness_difference", "dci"),
    *("mutual_information_gap", "likelihood_calibration"),
)
NEUTRAL = {  # Numbers that are best at a value in the middle, here: of real digits.
    *("accuracy", "real_accuracy", "fake_accuracy", "sharpness", "spectrum"),
    *("nearness", "density"),
}


def report(options):
    """Prints the table of failures against figures.

    `--only` chooses figures: `"frechet_distance;memorization"`.

    Args:
        options: Options of the command line.
    """
    from kgen.metrics import FIGURES

    names = options.only.split(";") if options.only else sorted(FIGURES)
    found = verdicts([name for name in names if name not in LEFT_OUT])
    print(
        f"\n## Failures seen\n\n{TEST} digits and as many samples. {SEES}: worse by "
        f"more than {DEVIATIONS:g} standard deviations. {FOOLED}: better by as much.\n"
    )
    rows = [(name, *marks.values()) for name, marks in found.items()]
    print_table(("figure", *FAILURES), rows)


def verdicts(names):
    """`{number: {failure: mark}}` for all numbers of some figures.

    Args:
        names: Names of `kgen.metrics.FIGURES`.
    """
    rng = np.random.default_rng(0)
    data = Digits(rng)
    usual = [data.figures(names, *data.split(rng)) for _ in range(REPEATS)]
    spoiled = {}
    for failure, spoil in FAILURES.items():
        test, others, labels = data.split(rng)
        samples, labels = spoil(rng, others, labels, data)
        spoiled[failure] = data.figures(names, test, samples, labels)
    better = usual[0].better
    return {
        name: {
            failure: mark(
                [each[name] for each in usual], found[name], better.get(name), name
            )
            for failure, found in spoiled.items()
        }
        for name in usual[0]
        if name not in ("num_examples", "threshold", "bandwidth", "trained_on_data")
        and not name.endswith("p_value")
    }


def mark(usual, value, better, name):
    """Whether a figure sees a failure, is fooled by it, or is blind."""
    usual = np.array(usual)
    if np.isinf(usual).any():  # A support without a pair: take the share of pairs.
        usual, value = -1.0 / usual, -1.0 / value
    gap = (value - usual.mean()) / max(
        usual.std(ddof=1), 1e-3 * abs(usual.mean()), 1e-9
    )
    if abs(gap) < DEVIATIONS:
        return BLIND
    if name in NEUTRAL or better is None:
        return SEES
    return SEES if (gap < 0) == (better == "higher") else FOOLED


class Digits:
    """Training digits with their classifier, and others to hold out or to spoil.

    Args:
        rng: NumPy's generator of the split.
    """

    def __init__(self, rng):
        from sklearn.datasets import load_digits

        import kgen

        found = load_digits()
        x = (found.images[..., None] / 16.0).astype("float32")
        order = rng.permutation(len(x))
        x, labels = x[order], found.target[order].astype("int32")
        self.train = x[:TRAIN], labels[:TRAIN]
        self.rest = x[TRAIN:], labels[TRAIN:]
        self.model = kgen.build("gan", (8, 8, 1), num_classes=10, filters=(2,), seed=0)
        self.shared = {}  # The classifier, and what it sees in training digits.

    def split(self, rng):
        """Held-out digits `(x, labels)`, and all others with their labels."""
        x, labels = self.rest
        order = rng.permutation(len(x))
        test, others = order[:TEST], order[TEST:]
        return (x[test], labels[test]), x[others], labels[others]

    def figures(self, names, test, samples, labels):
        """`Figures` of the first samples, as if a model had drawn them."""
        samples, labels = samples[:TEST], labels[:TEST]
        from kgen.metrics.evaluation import computed
        from kgen.metrics.ingredients import Ingredients

        fixed = ("classifier", "feature_network", "training_features")
        shared = {name: self.shared[name] for name in fixed if name in self.shared}
        found = Ingredients(self.model, test, self.train, shared=shared)
        found.made |= {"samples": samples, "sample_labels": labels}
        figures = computed(found, names, splits=0)
        self.shared = shared
        return figures


def drop_modes(rng, x, labels, data):
    """Digits from 0 to 6 only."""
    return x[labels < 7], labels[labels < 7]


def add_modes(rng, x, labels, data):
    """A quarter of the digits upside down and mirrored in brightness."""
    x = x.copy()
    x[::4] = 1.0 - x[::4, ::-1]
    return x, labels


def collapse(rng, x, labels, data):
    """One digit for each class, with a little noise."""
    first = np.array([np.flatnonzero(labels == c)[0] for c in range(10)])
    noise = rng.normal(0, 0.02, x.shape).astype("float32")
    return np.clip(x[first[labels]] + noise, 0, 1), labels


def copy(rng, x, labels, data):
    """Digits of the training data."""
    rows = rng.permutation(TRAIN)[: len(x)]
    return data.train[0][rows], data.train[1][rows]


def blur(rng, x, labels, data):
    """Digits through a Gaussian filter."""
    from scipy import ndimage

    return ndimage.gaussian_filter(x, (0, 0.7, 0.7, 0)), labels


def noise(rng, x, labels, data):
    """Digits with white noise."""
    return np.clip(x + rng.normal(0, 0.15, x.shape).astype("float32"), 0, 1), labels


def shuffle_labels(rng, x, labels, data):
    """Digits under the label of another digit."""
    return x, rng.permutation(labels)


def shift_colour(rng, x, labels, data):
    """Digits that are darker."""
    return x * 0.75, labels


FAILURES = {
    "modes dropped": drop_modes,
    "modes added": add_modes,
    "collapse in classes": collapse,
    "memorised": copy,
    "blur": blur,
    "noise": noise,
    "labels shuffled": shuffle_labels,
    "colour shifted": shift_colour,
}
