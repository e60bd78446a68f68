"""The base class of a flow's steps, and the steps that learn nothing."""

import math
import reprlib
import warnings

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_fraction
from kgen.core.config import ConfiguredLayer, lookup


class Step(ConfiguredLayer):
    r"""An invertible function `z = f(x)` of whole examples, one step of a flow.

    Steps go from the data to the latent: the first step of a `Flow` takes the data. A
    subclass defines `forward` and `inverse`. If it has weights of its own, `connect`
    adds them. If it depends on a condition, it reads that from `conditions`. Its
    constructor passes on `**kwargs`: `name` and `dtype` of `keras.layers.Layer`.
    """

    def connect(self, shape):
        """Builds the step for data of a shape; a flow calls it once.

        Args:
            shape: Shape of x, without the batch axis.

        Returns:
            Shape of z.

        Raises:
            ValueError: if the step does not fit.
        """
        self.built = True
        return shape

    def forward(self, x, conditions=None, training=False):
        """z, and `log |det dz/dx|`, nats, `(batch,)`.

        Args:
            x: float32 `(batch, ...)`.
            conditions: Dictionary of `labels` and `context`, as far as the model has
                them.
            training: Whether networks run in training mode.
        """
        raise TypeError(f"{type(self).__name__} does not define `forward`.")

    def inverse(self, z, conditions=None, training=False):
        """x, and `log |det dx/dz|`, nats, `(batch,)`; arguments as for `forward`."""
        raise TypeError(f"{type(self).__name__} does not define `inverse`.")

    def adapt(self, x, conditions=None):
        """Sets first values from data as `forward` takes it, if the step needs any.

        Called once, before training.
        """

    def conditions(self):
        """Names and sizes of the conditions that its networks take.

        Returns:
            Dictionary from `labels` to the number of classes and from `context` to its
            shape, as far as networks take them; what is unknown is `None`.
        """
        return {}


class Flatten(Step):
    """Turns examples into vectors, for steps that take no images."""

    def connect(self, shape):
        """The number of values of x."""
        self._shape = shape
        return super().connect((math.prod(shape),))

    def forward(self, x, conditions=None, training=False):
        """A reshape."""
        return tf.reshape(x, [-1, math.prod(self._shape)]), no_change(x)

    def inverse(self, z, conditions=None, training=False):
        """The reshape back."""
        return tf.reshape(z, [-1, *self._shape]), no_change(z)


class Permute(Step):
    """Another order of the last axis.

    Args:
        order: `"reverse"`, or `"shuffle"` for a random order from `seed`.
        seed: Integer.
        **kwargs: See `Step`.
    """

    def __init__(self, order: str = "reverse", seed: int = 0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.order = lookup(
            "order", order, {"reverse": "reverse", "shuffle": "shuffle"}
        )
        self.seed = seed

    def connect(self, shape):
        """The same shape."""
        order = np.arange(shape[-1])[::-1]
        if self.order == "shuffle":
            order = np.random.default_rng(self.seed).permutation(shape[-1])
        self._order = [int(place) for place in order]
        return super().connect(shape)

    def bijector(self):
        """TFP's permutation of the last axis."""
        from tensorflow_probability import bijectors as tfb

        return tfb.Permute(self._order)

    def forward(self, x, conditions=None, training=False):
        """The values in the new order."""
        return self.bijector().forward(x), no_change(x)

    def inverse(self, z, conditions=None, training=False):
        """The values in the old order."""
        return self.bijector().inverse(z), no_change(z)


class Logit(Step):
    """`log(y / (1 - y))` of `y = alpha + (1 - 2 alpha) x`: from [0, 1] to all numbers.

    With `alpha` above 0 a little of the density lies outside [0, 1].

    Args:
        alpha: Distance of y from 0 and 1, where the logit is infinite: from 0 to below
            1/2. With 0, data must lie inside (0, 1).
        **kwargs: See `Step`.
    """

    def __init__(self, alpha: float = 0.05, **kwargs) -> None:
        super().__init__(**kwargs)
        self.alpha = check_fraction("alpha", alpha)
        if not alpha < 0.5:
            raise ValueError(
                f"alpha was given as {alpha!r}, but expects a number from 0 to below "
                "1/2: it is the least value that x may be mapped to."
            )

    def bijector(self):
        """The line, then the logit."""
        from tensorflow_probability import bijectors as tfb

        line = [tfb.Shift(self.alpha), tfb.Scale(1.0 - 2.0 * self.alpha)]
        return tfb.Chain([tfb.Invert(tfb.Sigmoid()), *line])

    def forward(self, x, conditions=None, training=False):
        """The logits."""
        return change(self.bijector(), x if self.alpha else opened(x))

    def inverse(self, z, conditions=None, training=False):
        """The values of logits."""
        return change(inverted(self.bijector()), z)


class Probit(Step):
    """The standard normal quantile of x: from (0, 1) to all numbers.

    Dequantised levels lie inside (0, 1). Then no density lies elsewhere, so the
    probabilities of all levels sum to 1. The tails of z are like those of a normal
    base.
    """

    def bijector(self):
        """The quantile."""
        from tensorflow_probability import bijectors as tfb

        return tfb.Invert(tfb.NormalCDF())

    def forward(self, x, conditions=None, training=False):
        """The quantiles."""
        return change(self.bijector(), opened(x))

    def inverse(self, z, conditions=None, training=False):
        """The values, inside (0, 1) up to rounding."""
        return change(inverted(self.bijector()), z)


def opened(x):
    """x clipped inside (0, 1), so that float32 quantiles are finite, with XLA too."""
    return tf.clip_by_value(x, 2.0**-24, 1.0 - 2.0**-24)


def no_change(x):
    """The log determinant of a step that preserves volume: zeros `(batch,)`."""
    return tf.zeros(tf.shape(x)[:1])


def change(bijector, x):
    """A `tfb` bijector as a step: its value at x, and the log determinant.

    Args:
        bijector: A bijector of single values, or of whole rows of the last axis.
        x: `(batch, ...)`.
    """
    event_ndims = bijector.forward_min_event_ndims
    log_det = bijector.forward_log_det_jacobian(x, event_ndims)
    # TFP gives one number if it is the same for all examples.
    log_det = tf.broadcast_to(log_det, tf.shape(x)[: len(x.shape) - event_ndims])
    return bijector.forward(x), summed(log_det)


def inverted(bijector):
    """The inverse bijector."""
    from tensorflow_probability import bijectors as tfb

    return tfb.Invert(bijector)


def summed(values):
    """The sum over all axes but the first, `(batch,)`."""
    return tf.reduce_sum(values, axis=list(range(1, len(values.shape))))


def check_steps(steps):
    """`steps` as a list; raises a ValueError for anything but steps."""
    found = list(steps) if isinstance(steps, (list, tuple)) else [steps]
    for step in found:
        if not isinstance(step, Step) or found[0] is steps:
            raise ValueError(
                f"A flow was given {reprlib.repr(step)} as "
                f"{'steps' if step is steps else 'a step'}, but expects instances of "
                "kgen.flows.Step, in a list."
            )
    return found


def connected(steps, shape):
    """Connects steps one after the other; returns the shape of the last z."""
    for step in steps:
        if step.built:
            raise ValueError(
                f"The step {step.name!r} is part of a flow already. Make another one: "
                "each step has weights of its own."
            )
        shape = tuple(step.connect(tuple(shape)))
    return shape


def warn_of_outside(steps):
    """Warns of steps that give probability to values outside all levels."""
    for step in steps:
        if isinstance(step, Logit) and step.alpha:
            warnings.warn(
                f"A flow over levels was given Logit({step.alpha:g}), which puts some "
                "of its probability outside of [0, 1]: all images together have a "
                "probability below 1. Use kgen.flows.Probit() or Logit(0.0) instead.",
                stacklevel=4,
            )


def forward(steps, x, conditions=None, training=False):
    """z after all steps, and the sum of their log determinants, `(batch,)`."""
    total = no_change(x)
    for step in steps:
        x, log_det = step.forward(x, conditions, training)
        total += log_det
    return x, total


def inverse(steps, z, conditions=None, training=False):
    """x before all steps, and the sum of the log determinants, `(batch,)`."""
    total = no_change(z)
    for step in reversed(steps):
        z, log_det = step.inverse(z, conditions, training)
        total += log_det
    return z, total


def check_conditions(steps, available):
    """Raises a ValueError unless networks take exactly the model's conditions.

    Args:
        steps: The steps.
        available: Number of classes and shape of the context, by `labels` and
            `context`; `None` for an absent condition.
    """
    taken = [pair for step in steps for pair in step.conditions().items()]
    for name, size in available.items():
        sizes = [found for key, found in taken if key == name]
        setting = {"labels": "num_classes", "context": "context_shape"}[name]
        if (size is None) != (not sizes) or {*sizes} - {None, size}:
            raise ValueError(
                f"The flow has {setting}={size}, but its networks take {name} of "
                f"{sorted({*sizes} - {None}) or ('any size' if sizes else 'no size')}."
                f" Build both with the same {setting}."
            )


def adapt(steps, x, conditions=None):
    """Gives each step its first values from the output of the steps before it."""
    for step in steps:
        step.adapt(x, conditions)
        x, _ = step.forward(x, conditions)
