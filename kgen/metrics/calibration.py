"""Likelihood as a test: which examples does it take for typical ones?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kgen.core.checks.containers import numbers
from kgen.metrics.figures import register


@register(
    "likelihood_calibration",
    ("training_log_likelihoods", "log_likelihoods"),
    better="lower",
    enough=1000,
)
def likelihood_calibration(
    train: ArrayLike, test: ArrayLike, outside: ArrayLike | None = None
) -> dict[str, float]:
    """How well the quantiles of training likelihoods hold for other examples.

    An example is refused at the level q if its likelihood is below the q-quantile of
    the training examples. Held-out examples should be refused at the rate q.

    - `calibration_error`: the mean over q in 0..1 of `|share of test refused - q|`, in
      0..0.5. Examples of one distribution get about `0.31 (1 / n + 1 / m)^(1/2)`, 0.014
      for 1000 and 1000. Held-out examples shifted down by d standard deviations of a
      Gaussian get `Phi(d / sqrt 2) - 1/2`, so that a model that has learned its
      training examples by heart gets 0.5.
    - `auroc`: the chance that an example from outside has a lower likelihood than a
      held-out one; ties count half. 1 is best, 0.5 is a guess.
    - `false_acceptance`: the share of examples from outside that are not refused at the
      level 0.05. 0 is best, 0.95 is a guess.

    Likelihoods of images often are higher outside than on the data, where images from
    outside are smoother: then the AUROC is below 0.5 and the false acceptance near 1.
    This tells of the likelihood as a test, not of samples. Take 1000 examples or more.

    Args:
        train: Log likelihoods `(n,)` of training examples, in any unit.
        test: The same of held-out examples, `(m,)`.
        outside: The same of examples that are no data, `(k,)`, if there are any.

    Returns:
        Dictionary: `calibration_error`, and with `outside` also `auroc` and
        `false_acceptance`.

    Raises:
        ValueError: unless all are vectors of one number or more, without NaN.
            `-inf` is allowed, for an example that the model holds for impossible.

    Example:

    >>> train, test = np.random.default_rng(0).normal(size=(2, 2000))
    >>> found = likelihood_calibration(train, test, outside=test - 5.0)
    >>> found["calibration_error"] < 0.03, found["auroc"] > 0.99
    (True, True)
    >>> likelihood_calibration(train, test - 9.0)
    {'calibration_error': 0.5}

    References:
        [Nalisnick et al., 2019](https://arxiv.org/abs/1810.09136) (its failures),
        [Nalisnick et al., 2019](https://arxiv.org/abs/1906.02994) (typicality)
    """
    train, test = _vector("train", train), _vector("test", test)
    # The share of training examples below one of them is a level q, and that example
    # the quantile. Ties count half, so that equal sets have an error of 0.
    levels, refused = (_share_below(values, train) for values in (train, test))
    found = {"calibration_error": float(np.mean(np.abs(refused - levels)))}
    if outside is not None:
        from sklearn.metrics import roc_auc_score

        outside = _vector("outside", outside)
        labels = np.repeat([1, 0], [len(outside), len(test)])
        # Ranks, as scikit-learn takes no infinite scores.
        ranks = stats.rankdata(np.concatenate([outside, test]))
        threshold = np.quantile(train, 0.05, method="inverted_cdf")
        found["auroc"] = float(roc_auc_score(labels, -ranks))
        found["false_acceptance"] = float(np.mean(outside >= threshold))
    return found


def _share_below(values, thresholds):
    """Share of the values below each threshold; equal ones count half."""
    values = np.sort(values)
    sides = [np.searchsorted(values, thresholds, side) for side in ("left", "right")]
    return np.mean(sides, axis=0) / len(values)


def _vector(key, values):
    """Log likelihoods as a float64 vector."""
    name = "likelihood_calibration"
    found = numbers(name, key, values, finite=False, rows=1).astype("float64")
    if found.ndim != 1 or np.isnan(found).any():
        raise ValueError(
            f"`{name}` was given {key} of shape {found.shape} with "
            f"{np.sum(np.isnan(found))} NaN, but expects log likelihoods (n,) without "
            "NaN: one number for each example."
        )
    return found
