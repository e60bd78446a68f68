"""Classification performance: what samples teach a classifier, and what they show."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.metrics.class_scores import checked, pairs
from kgen.metrics.divergences import kl_divergence
from kgen.metrics.figures import register


@register(
    "classification_performance",
    (
        "labels",
        "probabilities",
        "probabilities_by_samples",
        "sample_labels",
        "sample_probabilities",
    ),
    better={"trained_on_samples": "higher", "tested_on_samples": "higher"},
    enough=1000,
)
def classification_performance(
    labels: ArrayLike,
    probabilities: ArrayLike,
    probabilities_by_samples: ArrayLike,
    sample_labels: ArrayLike,
    sample_probabilities: ArrayLike,
) -> dict[str, float]:
    """Accuracies of a classifier that samples have trained, or that judges samples.

    `trained_on_samples` (GAN-train) is low if samples lack variety or quality, or have
    wrong labels: they do not teach what the data does. So do few samples: draw as many
    as the classifier of the data has seen. `tested_on_samples` (GAN-test)
    is low if samples lack quality or have wrong labels; variety does not count, and
    copies of the data get the full mark. `trained_on_data` is what is in reach. All
    are in 0..1.

    Args:
        labels: Classes of held-out examples, ints `(n,)`.
        probabilities: p(y | x) of held-out examples by a classifier that has learned
            from data, `(n, num_classes)`.
        probabilities_by_samples: The same by a classifier that has learned from
            samples.
        sample_labels: Classes that samples were drawn for, ints `(m,)`.
        sample_probabilities: p(y | x) of samples by the classifier that has learned
            from data, `(m, num_classes)`.

    Returns:
        Dictionary: `trained_on_samples`, `tested_on_samples`, `trained_on_data`.

    Raises:
        ValueError: unless the rows are probabilities, with a label in their range each.

    Example:

    >>> right, wrong = np.eye(2)[[0, 1, 1]], np.eye(2)[[0, 0, 0]]
    >>> found = classification_performance([0, 1, 1], right, wrong, [0, 1, 1], right)
    >>> found["trained_on_data"], round(found["trained_on_samples"], 2)
    (1.0, 0.33)

    References:
        [Shmelkov et al., 2018](https://arxiv.org/abs/1807.09499)
    """
    name = "classification_performance"
    return {
        key: accuracy(name, *pair)
        for key, pair in (
            ("trained_on_samples", (labels, probabilities_by_samples)),
            ("tested_on_samples", (sample_labels, sample_probabilities)),
            ("trained_on_data", (labels, probabilities)),
        )
    }


@register(
    "adversarial_divergence",
    ("labels", "probabilities", "probabilities_by_samples"),
    unit={"adversarial_divergence": "nats", "adversarial_accuracy": ""},
    better={"adversarial_divergence": "lower", "adversarial_accuracy": "higher"},
    enough=1000,
)
def adversarial_divergence(
    labels: ArrayLike, probabilities: ArrayLike, probabilities_by_samples: ArrayLike
) -> dict[str, float]:
    """`E KL(p(y | x) || q(y | x))` of classifiers p and q, from data and from samples.

    Both are asked about held-out examples. The divergence is 0 if samples teach just
    what the data teaches. A q that is sure and wrong makes it large. The accuracy of q,
    divided by that of p, is the adversarial accuracy: 1 if nothing is lost.

    Args:
        labels: See `classification_performance`.
        probabilities: See there: p.
        probabilities_by_samples: See there: q.

    Returns:
        Dictionary: `adversarial_divergence`, nats, 0 or larger; `adversarial_accuracy`,
        0 or larger.

    Raises:
        ValueError: unless the rows are probabilities, with a label in their range each,
            or if the classifier of the data is never right.

    Example:

    >>> p = [[0.9, 0.1], [0.2, 0.8]]
    >>> adversarial_divergence([0, 1], p, p)
    {'adversarial_divergence': 0.0, 'adversarial_accuracy': 1.0}

    References:
        [Yang et al., 2017](https://arxiv.org/abs/1703.01560)
    """
    name = "adversarial_divergence"
    real, fake = (
        accuracy(name, labels, rows)
        for rows in (probabilities, probabilities_by_samples)
    )
    if not real:
        raise ValueError(
            "`adversarial_divergence` was given probabilities that are right about no "
            "example, but compares with a classifier that has learned the data."
        )
    p, q = pairs(name, probabilities, probabilities_by_samples)
    tiny = np.finfo(np.float32).tiny  # A classifier in float32 says 0 for less.
    return {
        "adversarial_divergence": float(np.mean(kl_divergence(p, _above(q, tiny)))),
        "adversarial_accuracy": fake / real,
    }


def accuracy(name, labels, probabilities):
    """The share of rows whose most probable class is the label."""
    labels = numbers(name, "labels", labels, rows=1)
    p = checked(name, "probabilities", probabilities)
    whole = labels.ndim == 1 and labels.dtype.kind in "iu"
    if not whole or len(labels) != len(p) or not 0 <= labels.min() <= labels.max():
        raise ValueError(
            f"`{name}` was given labels of shape {labels.shape} and type "
            f"{labels.dtype} for probabilities of shape {p.shape}, but expects one int "
            "from 0 on for each row."
        )
    return float(np.mean(np.argmax(p, axis=1) == labels))


def _above(q, tiny):
    q = np.maximum(q, tiny)
    return q / q.sum(axis=1, keepdims=True)
