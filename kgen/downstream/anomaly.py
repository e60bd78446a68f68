"""Anomaly detection with any model: by likelihood, reconstruction or inversion."""

from __future__ import annotations

import math
import reprlib
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count, check_fraction, check_seed, is_number
from kgen.core.config import lookup
from kgen.latent.inversion import invert

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


class AnomalyDetector(BaseEstimator):
    """Flags examples that a model of normal data finds unlikely or cannot reconstruct.

    The score of an example is `-log p(x)`, or minus a lower bound on `log p(x)`, in
    nats; or its energy, which is `-log p(x)` up to a constant; or the squared error
    `|x - reconstruct(x)|^2`, a sum over its values. A GAN has none of these: its score
    is the error of the best code that a search finds, by `kgen.latent.invert`, in
    values and in features of the discriminator (AnoGAN, with squared differences in
    place of absolute ones). A score depends on the example alone: a random score uses
    the same noise for each example.

    Args:
        model: A trained `GenerativeModel` of normal data.
        score: `"log_prob"`, `"iwae_bound"`, `"elbo"`, `"energy"`, `"reconstruction"`
            or `"inversion"`. The model must have the verb of that name, for the last
            two `reconstruct` and `decode`. `"auto"` takes the first of its
            `preferred_likelihoods`, or else of the last three, that it has.
        num_samples: Draws of z for each example, for `"iwae_bound"`.
        seed: Integer that fixes these draws, the draw of `"elbo"` and the starts of
            `"inversion"`.
        batch_size: Number of examples that are scored at a time.
        num_time_samples: Draws of t for each example, for the `"elbo"` of diffusion.
        num_steps: Steps of the search, for `"inversion"`.
        num_starts: Starts of the search for each example, for `"inversion"`.
        feature_weight: Share of the error in features, in 0..1, for `"inversion"`; by
            default the paper's 0.1 for a model with `features`, and 0 for others.

    Raises:
        ValueError: if the model has no verb for the score, or if a number of draws or
            of examples, or the seed, is invalid.

    Example:

    >>> model = kgen.build("vae", (2,), likelihood="gaussian")
    >>> train, test = kgen.data.load("moons", batch_size=256)
    >>> history = model.fit(train, epochs=1, verbose=0)
    >>> normal, labels = next(iter(test))
    >>> detector = kgen.downstream.AnomalyDetector(model).fit(normal)
    >>> detector.score
    'iwae_bound'
    >>> detector.predict(np.array([[9.0, 9.0]], "float32"))
    array([ True])

    References:
        [Schlegl et al., 2017](https://arxiv.org/abs/1703.05921) (AnoGAN)
    """

    def __init__(
        self,
        model: GenerativeModel,
        score: str = "auto",
        num_samples: int = 64,
        seed: int | None = 0,
        batch_size: int = 256,
        num_time_samples: int = 50,
        num_steps: int = 500,
        num_starts: int = 8,
        feature_weight: float | None = None,
    ) -> None:
        name = "AnomalyDetector"
        self.model = check_model(name, model)
        self.score = _best(model) if score == "auto" else score
        self.verb = _verb(model, self.score)
        self.num_samples = check_count(name, "num_samples", num_samples)
        # The same seed for each example: `None` would give each its own.
        self.seed = check_seed(name, seed, most=np.iinfo("int64").max, optional=False)
        self.batch_size = check_count(name, "batch_size", batch_size)
        self.num_time_samples = check_count(name, "num_time_samples", num_time_samples)
        self.num_steps = check_count(name, "num_steps", num_steps)
        self.num_starts = check_count(name, "num_starts", num_starts)
        if feature_weight is None:
            feature_weight = 0.1 if hasattr(model, "features") else 0.0
        self.feature_weight = check_fraction("feature_weight", feature_weight)
        self.threshold = None

    def fit(self, x_normal, false_positive_rate=0.05, labels=None):
        """Sets `threshold` so that few normal examples lie above it.

        Fresh normal examples are flagged at `false_positive_rate` or up to
        `1 / (n + 1)` less often, on average over draws of the `n` normal examples. This
        holds only if the model was not trained on `x_normal`: it scores its training
        data lower.

        Args:
            x_normal: Normal examples `(n, *data_shape)`, not used in training.
            false_positive_rate: Share of normal examples that may be flagged, between
                0 and 1.
            labels: Class of each example, or its context, if the model is conditional.

        Returns:
            The detector itself.

        Raises:
            ValueError: if the rate is invalid, or below `1 / (n + 1)`; and as
                `scores`.
        """
        if not is_number(false_positive_rate):
            raise ValueError(
                "`fit` was given false_positive_rate="
                f"{reprlib.repr(false_positive_rate)}, but expects a number between 0 "
                "and 1."
            )
        scores = self.scores(x_normal, labels)
        # All ranks of the next normal score among these are equally likely: it exceeds
        # the k-th largest with probability k / (n + 1).
        num_above = math.floor(false_positive_rate * (len(scores) + 1))
        if not 0.0 < false_positive_rate < 1.0 or num_above < 1:
            raise ValueError(
                f"A false_positive_rate of {false_positive_rate} was asked for with "
                f"{len(scores)} normal examples, but n examples allow rates from "
                "1 / (n + 1) to below 1. Pass more examples, or another rate."
            )
        self.threshold = float(np.sort(scores)[-num_above])
        return self

    def scores(self, x, labels=None):
        """The anomaly score of each example, float64 `(n,)`, higher for anomalies.

        Args:
            x: Examples `(n, *data_shape)`.
            labels: Class of each example, or its context, if the model is conditional.

        Raises:
            ValueError: if the model refuses the examples or labels, or gives NaN for
                an example.
        """
        condition = self.model.condition or "labels"
        inputs = {"x": x} if labels is None else {"x": x, condition: labels}
        inputs = {name: numbers("score", name, v) for name, v in inputs.items()}
        scores = [np.empty(0)]
        for start in range(0, len(inputs["x"]), self.batch_size):
            rows = slice(start, start + self.batch_size)
            batch = {name: values[rows] for name, values in inputs.items()}
            scores.append(self._score(**batch))
        scores = np.concatenate(scores)
        if np.isnan(scores).any():
            raise ValueError(
                f"The score {self.score!r} is not a number for {np.isnan(scores).sum()}"
                f" of {len(scores)} examples. Check the model's weights: training may "
                "have diverged."
            )
        return scores

    def predict(self, x, labels=None):
        """Whether each example is an anomaly, bool `(n,)`.

        Args:
            x: Examples `(n, *data_shape)`.
            labels: Class of each example, or its context, if the model is conditional.

        Raises:
            ValueError: before `fit`.
        """
        if self.threshold is None:
            raise ValueError(
                "`predict` needs a threshold: call fit(x_normal) first, or set it."
            )
        return self.scores(x, labels) > self.threshold

    def auroc(self, x, is_anomaly, labels=None):
        """Probability that an anomaly scores higher than a normal example.

        The area under the ROC curve: 1 for a perfect detector, 1/2 for a blind one. It
        does not depend on the threshold.

        Args:
            x: Examples `(n, *data_shape)`.
            is_anomaly: True for each anomaly, bool `(n,)`.
            labels: Class of each example, or its context, if the model is conditional.

        Raises:
            ValueError: if all examples are anomalies, or none, or if `is_anomaly` has
                not one bool for each example.
        """
        from scipy import stats
        from sklearn import metrics

        x, is_anomaly = (
            numbers("auroc", key, values)
            for key, values in (("x", x), ("is_anomaly", is_anomaly))
        )
        if not np.isin(is_anomaly, (0, 1)).all():
            raise ValueError(
                "`auroc` was given is_anomaly with other values than True and False, "
                "or 1 and 0. Compare scores or classes first: is_anomaly=labels == 3."
            )
        is_anomaly = is_anomaly.astype(bool)
        if is_anomaly.shape != (len(x),) or is_anomaly.all() or not is_anomaly.any():
            raise ValueError(
                f"`auroc` was given x of {len(x)} examples and is_anomaly of shape "
                f"{is_anomaly.shape} with {is_anomaly.sum()} anomalies, but expects a "
                "bool for each example, and both anomalies and normal examples."
            )
        # Ranks, as scikit-learn refuses the infinite score of an impossible example.
        ranks = stats.rankdata(self.scores(x, labels))
        return float(metrics.roc_auc_score(is_anomaly, ranks))

    def _score(self, x, **labels):
        if self.score == "inversion":
            _, error = invert(
                self.model,
                x,
                *labels.values(),
                num_steps=self.num_steps,
                num_starts=self.num_starts,
                seed=np.full(len(x), self.seed),
                feature_weight=self.feature_weight,
            )
            return error.astype("float64")
        options = {
            # One seed for all rows: a score depends neither on other rows nor on place.
            "seed": np.full(len(x), self.seed),
            "num_samples": self.num_samples,
            "num_time_samples": self.num_time_samples,
        }
        options = {k: v for k, v in options.items() if k in self.verb.arguments}
        values = np.asarray(self.verb(x, **labels, **options), "float64")
        if self.score == "energy":
            return values
        if self.score != "reconstruction":
            return -values
        return np.sum((x - values) ** 2, axis=tuple(range(1, values.ndim)))


# Verbs by the name of the score.
_VERBS = {
    "log_prob": "log_prob",
    "iwae_bound": "iwae_bound",
    "elbo": "elbo",
    "energy": "energy",
    "reconstruction": "reconstruct",
    "inversion": "decode",
}


def _best(model):
    for score in (
        *model.preferred_likelihoods,
        *("energy", "reconstruction", "inversion"),
    ):
        if hasattr(model, _VERBS[score]):
            return score
    raise ValueError(
        f"A {type(model).__name__} has none of the verbs that score an example: "
        f"{', '.join(_VERBS.values())}."
    )


def _verb(model, score):
    name = lookup("score", score, _VERBS)
    if not hasattr(model, name):
        raise ValueError(
            f"score={score!r} needs the verb `{name}`, which a {type(model).__name__} "
            f"does not have. Pass score={_best(model)!r}."
        )
    return getattr(model, name)
