"""Distributions whose parameters are weights of Keras: the q of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count, check_sizes
from kgen.core.config import ConfiguredLayer


class Posterior(ConfiguredLayer):
    """A distribution of any family of TFP with trainable parameters.

    Keras owns the weights, so that they are saved and trained like others. A bijector
    keeps each parameter in its range. With a shape, the values of a draw are
    independent, or one vector for families of vectors. To write one of your own,
    subclass `keras.layers.Layer` through `kgen.core.config.ConfiguredLayer` and define
    `distribution()`.

    Args:
        family: Name of a class in `tfp.distributions`: `"Normal"`, `"LogNormal"`,
            `"Gamma"`, `"Beta"`, `"MultivariateNormalTriL"`, `"Dirichlet"`,
            `"Bernoulli"`, `"OneHotCategorical"`, ...
        shape: Shape of one draw.
        num_classes: Number of values of a `"Categorical"`; `None` for other families.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for a family that TFP does not have, or whose parameters it cannot
            keep in their ranges.

    Example:

    >>> posterior = kgen.inference.Posterior("Beta")
    >>> sorted(posterior.parameters)
    ['concentration0', 'concentration1']
    >>> 0 < float(posterior.distribution().mean()) < 1
    True
    """

    def __init__(
        self,
        family: str = "Normal",
        shape: Sequence[int] = (),
        num_classes: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if num_classes is not None:
            check_count("Posterior", "num_classes", num_classes)
        self.family = family
        self.shape = check_sizes("Posterior", "shape", shape)
        self.num_classes = num_classes
        self.parameters = {
            name: self.add_weight(
                name=name, shape=free, initializer="zeros", autocast=False
            )
            for name, free in self._free_shapes().items()
        }
        self.built = True

    def _constraints(self):
        """Properties of the family's parameters by name."""
        from tensorflow_probability import distributions as tfd

        cls = getattr(tfd, str(self.family), None)
        try:
            found = cls.parameter_properties(tf.float32, num_classes=self.num_classes)
        except (AttributeError, NotImplementedError, TypeError):
            raise ValueError(
                f"Posterior was given family={self.family!r}, but expects the name of "
                "a family with parameters in tfp.distributions, such as 'Normal', "
                "'Gamma', 'Beta' or 'MultivariateNormalTriL'."
            ) from None
        return {name: kind for name, kind in found.items() if kind.is_preferred}

    def _free_shapes(self):
        """Shapes of the unconstrained parameters."""
        shapes = {}
        for name, kind in self._constraints().items():
            try:
                shape = kind.shape_fn(sample_shape=np.array(self.shape, "int32"))
                bijector = kind.default_constraining_bijector_fn()
                free = bijector.inverse_event_shape([int(side) for side in shape])
            except (NotImplementedError, TypeError, ValueError, IndexError):
                raise ValueError(
                    f"Posterior was given family={self.family!r} with "
                    f"shape={self.shape} and num_classes={self.num_classes}, whose "
                    f"parameter {name} TFP cannot make. Choose another family, a "
                    "shape that it has, or write a layer with `distribution()`."
                ) from None
            shapes[name] = tuple(free)
        return shapes

    def distribution(self):
        """The distribution of now, over draws of the shape of this posterior."""
        from tensorflow_probability import distributions as tfd

        parameters = {
            name: kind.default_constraining_bijector_fn().forward(
                tf.convert_to_tensor(self.parameters[name])
            )
            for name, kind in self._constraints().items()
        }
        found = getattr(tfd, self.family)(**parameters)
        # Of all batch axes TFP would leave one.
        rank = len(found.batch_shape)
        return tfd.Independent(found, rank) if rank else found


class MeanField(ConfiguredLayer):
    """A product of posteriors, one for each latent variable, by name.

    Draws are dictionaries.

    Args:
        parts: Dictionary from names to posteriors.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: if `parts` is no such dictionary.

    Example:

    >>> posterior = kgen.inference.MeanField({
    ...     "mean": kgen.inference.Posterior("Normal"),
    ...     "precision": kgen.inference.Posterior("Gamma"),
    ... })
    >>> sorted(posterior.distribution().sample())
    ['mean', 'precision']
    """

    def __init__(self, parts: Mapping[str, keras.Layer], **kwargs) -> None:
        super().__init__(**kwargs)
        fits = isinstance(parts, Mapping) and all(
            isinstance(name, str) and hasattr(part, "distribution")
            for name, part in parts.items()
        )
        if not fits or not parts:
            raise ValueError(
                f"MeanField was given parts={parts!r}, but expects a dictionary from "
                "names to posteriors."
            )
        self.parts = dict(parts)
        self.built = True

    def distribution(self):
        """The joint distribution of now."""
        from tensorflow_probability import distributions as tfd

        return tfd.JointDistributionNamed(
            {name: part.distribution() for name, part in self.parts.items()}
        )
