"""Recipes as estimators of scikit-learn: densities, codes, outliers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    DensityMixin,
    OutlierMixin,
    TransformerMixin,
)
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from kgen.core.checks.values import check_count, check_data_shape, is_number
from kgen.core.config import lookup
from kgen.downstream.anomaly import AnomalyDetector
from kgen.recipes import RECIPES, build

ROWS = 1024  # That run through the model at a time.

__all__ = ["CodeTransformer", "DensityEstimator", "OutlierDetector"]


class RecipeEstimator(BaseEstimator):
    """An estimator that builds a recipe for its data and trains it.

    `clone`, `Pipeline` and `GridSearchCV` take it as any other. Rows are flat vectors,
    as in all of scikit-learn; `data_shape` tells which shape each has for the model. A
    recipe for vectors expects columns with a deviation of about 1: put a
    `StandardScaler` before it.

    Args:
        recipe: Name of a recipe, see `kgen list`. It must have the verb that the
            estimator needs.
        settings: Dictionary of the recipe's settings, such as `{"num_steps": 4}`.
        data_shape: Shape of one example, such as `(8, 8, 1)`; by default a vector.
        epochs: Passes over the data; by default as many as the recipe's steps need.
        batch_size: Examples in a step.
        random_state: As in scikit-learn. An int seeds Keras, and so all initial
            weights: two fits give the same model.

    Attributes:
        model_: The trained model.
        n_features_in_: Number of columns that `fit` has seen.
    """

    verbs = ()  # The model must have one of these.

    def __init__(
        self,
        recipe: str = "realnvp",
        settings: Mapping[str, Any] | None = None,
        data_shape: Sequence[int] | None = None,
        epochs: int | None = None,
        batch_size: int = 128,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.recipe = recipe
        self.settings = settings
        self.data_shape = data_shape
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: None = None) -> RecipeEstimator:
        """Builds the model and trains it.

        Args:
            X: Examples `(n, columns)`, 2 or more.
            y: Not used, as in all unsupervised estimators.

        Returns:
            The estimator itself.

        Raises:
            ValueError: for an unknown recipe or setting, a recipe without the verb that
                the estimator needs, or data that does not fit it.
        """
        self._train(validate_data(self, X, dtype="float32", ensure_min_samples=2))
        return self

    def _train(self, X):
        """Builds and trains `model_` on valid rows."""
        vars(self).pop("model_", None)  # If this fit fails, there is none.
        settings = {} if self.settings is None else self.settings
        taken = {"data_shape", "num_classes", "seed"}
        if not isinstance(settings, Mapping) or taken & set(settings):
            raise ValueError(
                f"{type(self).__name__} was given settings={settings!r}, but expects a "
                "dictionary of the recipe's settings without "
                f"{', '.join(sorted(taken))}: pass data_shape and random_state beside "
                "it. Estimators have no classes."
            )
        recipe = lookup("recipe", self.recipe, RECIPES)
        shape = self.data_shape
        shape = X.shape[1:] if shape is None else check_data_shape(shape)
        if math.prod(shape) != X.shape[1]:
            raise ValueError(
                f"{type(self).__name__} was given X with {X.shape[1]} features, but "
                f"data_shape={shape} has {math.prod(shape)} values."
            )
        seed = check_random_state(self.random_state).randint(np.iinfo("int32").max)
        if self.random_state is not None:
            keras.utils.set_random_seed(seed)
        model = build(self.recipe, shape, seed=seed, **settings)
        if not any(hasattr(model, verb) for verb in self.verbs):
            raise ValueError(
                f"{type(self).__name__} was given recipe={self.recipe!r}, whose model "
                f"has none of the verbs {', '.join(self.verbs)}. Choose another recipe."
            )
        batch_size = check_count(type(self).__name__, "batch_size", self.batch_size)
        epochs = self.epochs
        if epochs is None:
            epochs = recipe.epochs_for(shape, math.ceil(len(X) / batch_size))
        epochs = check_count(type(self).__name__, "epochs", epochs)
        x = X.reshape(-1, *shape)
        model.fit(x, batch_size=batch_size, epochs=epochs, verbose=0)
        self.model_ = model

    def _examples(self, X):
        """Rows to judge, in the shape of the model's examples."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, dtype="float32", reset=False)
        return X.reshape(-1, *self.model_.data_shape)

    def _normality(self, X):
        """Minus the anomaly score of each row: log p(x), or the best that there is."""
        x = self._examples(X)
        return -AnomalyDetector(self.model_, batch_size=ROWS).scores(x)


class DensityEstimator(DensityMixin, RecipeEstimator):
    """The density of data by a recipe, as scikit-learn's `KernelDensity` gives it.

    Args:
        recipe: A recipe with an exact likelihood, `log_prob`, or a lower bound on it,
            `iwae_bound` or `elbo`. `score_samples` gives its
            `preferred_likelihood`.
        settings: See `RecipeEstimator`.
        data_shape: See `RecipeEstimator`.
        epochs: See `RecipeEstimator`.
        batch_size: See `RecipeEstimator`.
        random_state: See `RecipeEstimator`.

    Example:

    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> density = kgen.estimators.DensityEstimator("maf", epochs=1, random_state=0)
    >>> density.fit(X).score_samples(X).shape
    (200,)
    >>> density.sample(3, random_state=0).shape
    (3, 2)
    """

    verbs = ("log_prob", "iwae_bound", "elbo")

    def score_samples(self, X: ArrayLike) -> np.ndarray:
        """`log p(x)` of each example in nats, or a lower bound on it, `(n,)`."""
        return self._normality(X)  # Verbs come first among the scores.

    def score(self, X: ArrayLike, y: None = None) -> float:
        """The log likelihood of all examples together, in nats, a sum."""
        return float(np.sum(self.score_samples(X)))

    def sample(
        self,
        n_samples: int = 1,
        random_state: int | np.random.RandomState | None = None,
    ) -> np.ndarray:
        """Draws examples, float32 `(n_samples, columns)`."""
        check_is_fitted(self, "model_")
        seed = check_random_state(random_state).randint(np.iinfo("int32").max)
        return np.asarray(self.model_.sample(n_samples, seed=seed)).reshape(
            n_samples, -1
        )


class CodeTransformer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, RecipeEstimator
):
    """The codes of a recipe as features, as scikit-learn's `PCA` gives coefficients.

    Args:
        recipe: A recipe with the verb `encode`.
        settings: See `RecipeEstimator`.
        data_shape: See `RecipeEstimator`.
        epochs: See `RecipeEstimator`.
        batch_size: See `RecipeEstimator`.
        random_state: See `RecipeEstimator`.

    Example:

    >>> X = np.random.default_rng(0).normal(size=(200, 4))
    >>> settings = {"latent_dim": 2, "likelihood": "gaussian"}
    >>> codes = kgen.estimators.CodeTransformer("vae", settings, epochs=1)
    >>> Z = codes.fit_transform(X)
    >>> Z.shape, codes.inverse_transform(Z).shape
    ((200, 2), (200, 4))
    """

    verbs = ("encode",)

    def __init__(
        self,
        recipe: str = "vae",
        settings: Mapping[str, Any] | None = None,
        data_shape: Sequence[int] | None = None,
        epochs: int | None = None,
        batch_size: int = 128,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(recipe, settings, data_shape, epochs, batch_size, random_state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]  # Models compute in it.
        return tags

    def transform(self, X: ArrayLike) -> np.ndarray:
        """The code of each example, `(n, size of the code)`."""
        x = self._examples(X)
        codes = np.asarray(self.model_.encode(x, batch_size=ROWS))
        return codes.reshape(len(codes), -1)

    @property
    def _n_features_out(self):
        return math.prod(self.model_.latent_shape)

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """The decoded example of each code, `(n, columns)`."""
        check_is_fitted(self, "model_")
        X = check_array(X, dtype="float32")
        if X.shape[1] != self._n_features_out:
            raise ValueError(
                f"`inverse_transform` was given X with {X.shape[1]} features, but a "
                f"code has {self._n_features_out}."
            )
        z = X.reshape(-1, *self.model_.latent_shape)
        return np.asarray(self.model_.decode(z, batch_size=ROWS)).reshape(len(z), -1)


class OutlierDetector(OutlierMixin, RecipeEstimator):
    """Outliers by a recipe, as scikit-learn's `IsolationForest` finds them.

    A part of the data is held out from training and sets the threshold, since a model
    scores its training data too well. `kgen.downstream.AnomalyDetector` does the same
    for a model that is already trained.

    Args:
        recipe: Any recipe that an `AnomalyDetector` takes.
        settings: See `RecipeEstimator`.
        data_shape: See `RecipeEstimator`.
        epochs: See `RecipeEstimator`.
        batch_size: See `RecipeEstimator`.
        random_state: See `RecipeEstimator`.
        contamination: Share of fresh normal examples that is flagged, in (0, 0.5].
        held_out: Share of the data that sets the threshold, between 0 and 1.

    Attributes:
        offset_: The threshold of `score_samples`.

    Example:

    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> outliers = kgen.estimators.OutlierDetector("maf", epochs=2, random_state=0)
    >>> outliers = outliers.fit(X)
    >>> outliers.predict([[0.0, 0.0], [9.0, 9.0]])
    array([ 1, -1])
    """

    verbs = ("log_prob", "iwae_bound", "elbo", "reconstruct", "decode")

    def __init__(
        self,
        recipe: str = "realnvp",
        settings: Mapping[str, Any] | None = None,
        data_shape: Sequence[int] | None = None,
        epochs: int | None = None,
        batch_size: int = 128,
        random_state: int | np.random.RandomState | None = None,
        contamination: float = 0.05,
        held_out: float = 0.2,
    ) -> None:
        super().__init__(recipe, settings, data_shape, epochs, batch_size, random_state)
        self.contamination = contamination
        self.held_out = held_out

    def fit(self, X: ArrayLike, y: None = None) -> OutlierDetector:
        """Trains on one part of the data and sets the threshold on the other.

        Args:
            X: Examples `(n, columns)`; at least `1 / contamination` are held out.
            y: Not used.

        Returns:
            The estimator itself.

        Raises:
            ValueError: as `RecipeEstimator.fit`, and for shares out of range or too few
                examples for them.
        """
        X = validate_data(self, X, dtype="float32", ensure_min_samples=2)
        rate = self.contamination
        if not is_number(rate) or not 0 < rate <= 0.5:
            raise ValueError(
                f"OutlierDetector was given contamination={rate!r}, but expects a "
                "share of normal examples that may be flagged, in (0, 0.5]."
            )
        if not is_number(self.held_out) or not 0 < self.held_out < 1:
            raise ValueError(
                f"OutlierDetector was given held_out={self.held_out!r}, but expects "
                "the share of the data that sets the threshold, between 0 and 1."
            )
        train, held_out = train_test_split(
            X, test_size=self.held_out, random_state=self.random_state
        )
        if len(held_out) + 1 < 1 / rate:
            raise ValueError(
                f"OutlierDetector holds {len(held_out)} of n_samples={len(X)} examples "
                f"out, but contamination={rate} needs {math.ceil(1 / rate) - 1} or "
                "more of them. Pass more examples, or raise held_out or contamination."
            )
        self._train(train)
        detector = AnomalyDetector(self.model_, batch_size=ROWS)
        detector.fit(held_out.reshape(-1, *self.model_.data_shape), rate)
        self.offset_ = -detector.threshold
        return self

    def score_samples(self, X: ArrayLike) -> np.ndarray:
        """How normal each example is, `(n,)`: minus its anomaly score."""
        return self._normality(X)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """`score_samples` above the threshold, `(n,)`; negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: ArrayLike) -> np.ndarray:
        """1 for each normal example and -1 for each outlier, int `(n,)`."""
        return np.where(self.decision_function(X) < 0, -1, 1)
