"""The relative discriminative score: whose samples are told from data last?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count, check_seed
from kgen.metrics.distances import as_features
from kgen.metrics.rivals import check_named

HIDDEN = (64, 64)
BATCH = 100


def relative_discriminative_score(
    real: ArrayLike,
    fakes: Mapping[str, ArrayLike],
    num_epochs: int = 20,
    seed: int | None = 0,
) -> dict[str, float]:
    """How long each model's samples pass for real while a classifier learns.

    One classifier learns to tell real examples from the samples of all models. Its mean
    output for a model's samples falls from epoch to epoch, see `discriminator_curves`.
    With A the area under such a curve, the score of model i is

    `A_i / sum_j A_j`.

    It is in 0..1, without a unit, and sums to 1. Higher is better: the classifier took
    longer. Equal models get equal shares, 1 divided by their number.

    Scores count within one comparison only, and depend on the classifier and on
    `num_epochs`: one that learns little gives about equal shares. Shares are coarse. A
    model that draws from one of two equal modes of the data gets 0.44, beside one with
    both. The curves are of the samples that the classifier learns from, which it
    recites in the end: of 1000 samples with 64 features it knows all after 100 epochs,
    even those of the data's own distribution. Take 1000 samples or more, and try
    several seeds before a small difference counts.

    Args:
        real: Features `(n, d)`, one row for each example.
        fakes: Dictionary of the features of each model's samples by name, two or more
            of the same shape `(m, d)`: who shows fewer samples is told later.
        num_epochs: Number of epochs, 2 or more.
        seed: Integer that fixes the classifier and the order of examples.

    Returns:
        Dictionary of the scores by name.

    Raises:
        ValueError: unless all are finite matrices of equal width with two rows or more,
            those of the models of one shape, or for an invalid number or seed.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 500, 2))
    >>> found = relative_discriminative_score(real, {"near": fake, "far": fake + 2.0})
    >>> found["near"] > 0.6 > 0.4 > found["far"], round(sum(found.values()), 6)
    (True, 1.0)

    References:
        [Zhang et al., 2018](https://arxiv.org/abs/1801.06790),
        [Borji, 2019](https://arxiv.org/abs/1802.03446) (a survey)
    """
    name = "relative_discriminative_score"
    curves = curves_of(name, real, fakes, num_epochs, seed)
    areas = {key: float(np.trapezoid(curve)) for key, curve in curves.items()}
    total = sum(areas.values())
    if not total:  # All were told at once.
        return dict.fromkeys(areas, 1.0 / len(areas))
    return {key: area / total for key, area in areas.items()}


def discriminator_curves(
    real: ArrayLike,
    fakes: Mapping[str, ArrayLike],
    num_epochs: int = 20,
    seed: int | None = 0,
) -> dict[str, np.ndarray]:
    """The curves of `relative_discriminative_score`, to plot.

    The classifier is a network of two hidden layers. It learns with Adam from as many
    real examples as fake ones in each epoch, drawn without replacement. Features are
    scaled by the mean and the deviation of the real ones.

    Args:
        real: See `relative_discriminative_score`.
        fakes: See there.
        num_epochs: See there.
        seed: See there.

    Returns:
        Dictionary: by name, the classifier's mean output for a model's samples after
        each epoch, `(num_epochs,)`, in 0..1. Samples that cannot be told stay at 0.5 or
        above; others go to 0.

    Raises:
        ValueError: see there.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 500, 2))
    >>> curves = discriminator_curves(real, {"near": fake, "far": fake + 3.0}, 5)
    >>> curves["near"].shape, bool(curves["far"][-1] < 0.2 < 0.5 < curves["near"][-1])
    ((5,), True)
    """
    return curves_of("discriminator_curves", real, fakes, num_epochs, seed)


def curves_of(name, real, fakes, num_epochs, seed):
    """`discriminator_curves`, with the name of the function for errors."""
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    num_epochs = check_count(name, "num_epochs", num_epochs, fewest=2)
    seed = check_seed(name, seed, most=2**32 - 1)
    check_named(name, "fakes", fakes, "features of each model's samples by its name")
    for key, rows in fakes.items():
        checked, rows = as_features(name, real, rows, keys=("real", f"fakes[{key!r}]"))
        fakes = {**fakes, key: rows}
    if len({rows.shape for rows in fakes.values()}) > 1:
        sizes = ", ".join(f"{len(rows)} of {key}" for key, rows in fakes.items())
        raise ValueError(
            f"`{name}` was given unequal numbers of samples, {sizes}, but expects "
            "equal ones. Draw as many of each model, or leave some out."
        )
    mean, deviation = checked.mean(axis=0), checked.std(axis=0)
    deviation[deviation == 0.0] = 1.0
    real = (checked - mean) / deviation
    fakes = {key: (rows - mean) / deviation for key, rows in fakes.items()}
    pool = np.concatenate(list(fakes.values()))
    count = min(len(real), len(pool))
    rng = np.random.default_rng(seed)
    classifier = MLPClassifier(
        HIDDEN, batch_size=min(BATCH, 2 * count), random_state=seed
    )
    labels = np.repeat([1, 0], count)
    curves = {key: np.zeros(num_epochs) for key in fakes}
    with threadpool_limits(1):  # So small products take longer on several threads.
        for epoch in range(num_epochs):
            drawn = [rng.choice(rows, count, replace=False) for rows in (real, pool)]
            classifier.partial_fit(np.concatenate(drawn), labels, classes=[0, 1])
            for key, rows in fakes.items():
                curves[key][epoch] = np.mean(classifier.predict_proba(rows)[:, 1])
    return curves
