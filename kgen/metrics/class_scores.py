"""Scores of a classifier's probabilities for samples: sure of each, of all classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kgen.core.checks.containers import numbers
from kgen.metrics.divergences import kl_divergence
from kgen.metrics.figures import register


@register("inception_score", ("sample_probabilities",), better="higher", enough=5000)
def inception_score(probabilities: ArrayLike) -> float:
    """`exp E KL(p(y | x) || p(y))`, from 1 to the number of classes.

    It is high if the classifier is sure of each sample, and the samples are of all
    classes. It does not see real data: one sample of each class reaches the best
    value, and so do samples that fool the classifier. For few samples p(y) fits them,
    and the score is too high: take 5,000 or more, and compare at equal numbers. On an
    Inception network's probabilities it is the Inception score.

    Args:
        probabilities: A classifier's p(y | x), `(n, num_classes)`.

    Returns:
        The score.

    Raises:
        ValueError: unless the rows are probabilities, one row or more.

    Example:

    >>> float(round(inception_score(np.eye(4)), 6)), inception_score([[0.5, 0.5]] * 9)
    (4.0, 1.0)

    References:
        [Salimans et al., 2016](https://arxiv.org/abs/1606.03498),
        [Barratt & Sharma, 2018](https://arxiv.org/abs/1801.01973) (its failures)
    """
    p = checked("inception_score", "probabilities", probabilities)
    return float(np.exp(np.mean(kl_divergence(p, p.mean(axis=0, keepdims=True)))))


@register(
    "modified_inception_score", ("sample_probabilities",), better="higher", enough=1000
)
def modified_inception_score(probabilities: ArrayLike) -> float:
    """`exp E_i E_j KL(p(y | x_i) || p(y | x_j))` within classes, 1 or larger; the mean.

    It asks for variety among the samples that the classifier takes for one class: it is
    1 if these are all alike, as in a collapse within classes. A classifier that is sure
    of everything, and blurred samples that it is unsure of, change it more than variety
    does. Compare it with the score of real data.

    Args:
        probabilities: A classifier's p(y | x), `(n, num_classes)`.

    Returns:
        The score. Each class with a sample counts once.

    Raises:
        ValueError: unless the rows are probabilities, one row or more.

    Example:

    >>> modified_inception_score([[0.9, 0.1]] * 5 + [[0.2, 0.8]] * 5)
    1.0

    References:
        [Gurumurthy et al., 2017](https://arxiv.org/abs/1706.02071)
    """
    p = checked("modified_inception_score", "probabilities", probabilities)
    p = np.maximum(p, np.finfo(np.float32).tiny)  # Sure of a class, but with a log.
    classes = p.argmax(axis=1)
    scores = []
    for rows in (p[classes == label] for label in np.unique(classes)):
        logs = np.log(rows)
        # The mean over pairs of sum p_i (log p_i - log p_j) has two terms.
        divergence = np.mean(np.sum(rows * logs, axis=1))
        divergence -= np.sum(rows.mean(axis=0) * logs.mean(axis=0))
        scores.append(np.exp(max(divergence, 0.0)))
    return float(np.mean(scores))


@register(
    "mode_score",
    ("probabilities", "sample_probabilities"),
    better="higher",
    enough=5000,
)
def mode_score(real: ArrayLike, fake: ArrayLike) -> float:
    """`exp(E KL(p(y | x) || p(y)) - KL(p(y) || p_real(y)))`, above 0.

    The Inception score, lowered by the distance of the samples' classes from those of
    the data. It is at most the number of classes. With `p_real` in the first term as
    well, as some papers print it, it would be the Inception score: the two divergences
    from `p_real` differ by just that. Like the Inception score it sees no variety
    within a class.

    Args:
        real: A classifier's p(y | x) of real examples, `(n, num_classes)`.
        fake: The same of samples, `(m, num_classes)`.

    Returns:
        The score; 0 if samples are of a class that the data has no probability of.

    Raises:
        ValueError: unless the rows are probabilities, one row or more, of as many
            classes.

    Example:

    >>> float(round(mode_score(np.eye(4), np.eye(4)), 6))
    4.0
    >>> float(round(mode_score(np.eye(4), np.eye(4)[:2]), 6))
    1.0

    References:
        [Che et al., 2017](https://arxiv.org/abs/1612.02136),
        [Xu et al., 2018](https://arxiv.org/abs/1806.07755)
    """
    real, fake = pairs("mode_score", real, fake)
    shares = kl_divergence(fake.mean(axis=0), real.mean(axis=0))
    return float(inception_score(fake) * np.exp(-shares))


@register(
    "am_score",
    ("probabilities", "sample_probabilities"),
    unit="nats",
    better="lower",
    enough=1000,
)
def am_score(real: ArrayLike, fake: ArrayLike) -> float:
    """`KL(p_real(y) || p_fake(y)) + E H(y | x)`, 0 or larger, in nats.

    The first term is 0 if samples have the classes of the data in its shares, the
    second if the classifier is sure of each sample. Unlike the Inception score it does
    not ask for equal shares. Where the classifier is unsure of real data, too, 0 is out
    of reach: compare with the score of real data.

    Args:
        real: A classifier's p(y | x) of real examples, `(n, num_classes)`.
        fake: The same of samples, `(m, num_classes)`.

    Returns:
        The score; infinite if samples have no probability for a class of the data.

    Raises:
        ValueError: unless the rows are probabilities, one row or more, of as many
            classes.

    Example:

    >>> am_score(np.eye(4), np.eye(4))
    0.0

    References:
        [Zhou et al., 2018](https://arxiv.org/abs/1703.02000)
    """
    real, fake = pairs("am_score", real, fake)
    shares = kl_divergence(real.mean(axis=0), fake.mean(axis=0))
    return float(shares + np.mean(np.sum(special.entr(fake), axis=1)))


def pairs(name, real, fake):
    """Probabilities of real examples and of samples, of the same classes."""
    real, fake = checked(name, "real", real), checked(name, "fake", fake)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"`{name}` was given probabilities of {real.shape[1]} and of "
            f"{fake.shape[1]} classes, but expects those of one classifier."
        )
    return real, fake


def checked(name, key, probabilities):
    """Probabilities of classes as a float64 matrix, with rows that sum to 1."""
    found = numbers(name, key, probabilities, axes=2, rows=1).astype("float64")
    sums = found.sum(axis=-1, keepdims=True)
    if found.ndim != 2 or found.min() < 0 or np.any(np.abs(sums - 1.0) > 1e-3):
        raise ValueError(
            f"`{name}` was given {key} of shape {found.shape}, but expects rows of "
            "probabilities (n, num_classes) that sum to 1: classifier.predict(images)."
        )
    return found / sums
