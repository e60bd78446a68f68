"""From data to codes without an encoder: a search for codes that decode to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def invert(
    model: GenerativeModel,
    x: ArrayLike,
    labels: ArrayLike | None = None,
    num_steps: int = 500,
    learning_rate: float = 0.1,
    num_starts: int = 8,
    seed: int | ArrayLike | None = 0,
    feature_weight: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Codes that decode to given data: `argmin_z |decode(z) - x|^2` for each example.

    With a `feature_weight` w it minimises
    `(1 - w) |decode(z) - x|^2 + w |f(decode(z)) - f(x)|^2`, with f the hidden features
    of a GAN's discriminator.

    It finds codes for a model without `encode`, such as a GAN, and better codes for a
    model with it. Adam descends from several draws of N(0, I), with a learning rate
    that falls to 0 along a cosine; the best end is kept. The minimum may be local, and
    the code may be far from draws of the prior: check the error. A row does not depend
    on the others.

    Args:
        model: A model with `decode` and a latent of real numbers.
        x: Examples `(n, *data_shape)`. The search runs for all at once, in
            `n * num_starts` rows.
        labels: For a conditional model the class of each example, `(n,)`, or its
            context, `(n, context_shape)`.
        num_steps: Number of steps of Adam.
        learning_rate: Rate of the first step, about the distance that a step moves
            each coordinate of a code.
        num_starts: Number of draws to start from, for each example.
        seed: Integer that fixes these draws, or one for each example.
        feature_weight: The w above, in 0..1.

    Returns:
        `z`, float32 array `(n, *latent_shape)`, and its error, the minimum that was
        found, float32 `(n,)`: without a `feature_weight` the sum of squared
        differences.

    Raises:
        ValueError: if the model has no `decode`, or its codes are integers; if it has
            no `features`, which a `feature_weight` needs; if there are no examples, or
            a number is invalid.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=2)
    >>> x = vae.sample(3, seed=0)
    >>> z, error = invert(vae, x, num_steps=10)
    >>> z.shape, error.shape
    ((3, 2), (3,))

    References:
        [Zhu et al., 2016](https://arxiv.org/abs/1609.03552),
        [Schlegl et al., 2017](https://arxiv.org/abs/1703.05921) (features)
    """
    # TensorFlow is slow to import, and most of `kgen.latent` does not need it.
    import keras
    import tensorflow as tf

    from kgen.core.checks.arguments import check_rows, check_seeds
    from kgen.core.checks.values import check_count, check_fraction, check_number
    from kgen.core.random import normal_rows, row_keys

    _check(model, check_fraction("feature_weight", feature_weight))
    num_steps = check_count("invert", "num_steps", num_steps)
    num_starts = check_count("invert", "num_starts", num_starts)
    check_number("learning_rate", learning_rate)
    x = check_rows("invert", "x", x, model.data_shape, model.data_range)
    if not len(x):
        raise ValueError("`invert` was given no examples, but expects one or more.")
    labels = _condition(model, labels, len(x))
    seeds = check_seeds(model, "invert", seed, len(x))

    starts = (num_starts, *model.latent_shape)
    z = normal_rows(row_keys(seeds), starts)
    z = tf.Variable(tf.reshape(z, (-1, *model.latent_shape)))
    x = tf.repeat(x, num_starts, axis=0)
    if labels is not None:
        labels = tf.repeat(labels, num_starts, axis=0)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build([z])

    def squared(difference):
        return tf.reduce_sum(difference**2, axis=list(range(1, len(difference.shape))))

    def error():
        found = model.decode(z, labels=labels)
        if not feature_weight:
            return squared(found - x)
        difference = model.features(found, labels) - model.features(x, labels)
        residual = (1.0 - feature_weight) * squared(found - x)
        return residual + feature_weight * squared(difference)

    def step(index):
        with tf.GradientTape() as tape:
            # A sum over rows, and Adam scales each number by itself: rows do not
            # affect one another.
            total = tf.reduce_sum(error())
        optimizer.apply([tape.gradient(total, z)], [z])
        return (index + 1,)

    @tf.function(autograph=False)
    def descend():
        tf.while_loop(lambda index: index < num_steps, step, (0,))
        return error()

    errors = descend().numpy().reshape(-1, num_starts)
    best = errors.argmin(axis=1)
    rows = np.arange(len(errors))
    return z.numpy().reshape(-1, *starts)[rows, best], errors[rows, best]


def _condition(model, labels, num_rows):
    """The labels or the context of all rows as a tensor, or `None`."""
    from kgen.core.checks.arguments import check_labels, check_rows

    if model.context_shape is None:
        return check_labels("invert", model.num_classes, labels, num_rows)
    if labels is None:
        raise ValueError(
            f"`invert` needs the context of each example, "
            f"{(num_rows, *model.context_shape)}, as the model has a context_shape. "
            "Pass it as labels."
        )
    labels = check_rows("invert", "context", labels, model.context_shape)
    if len(labels) != num_rows:
        raise ValueError(
            f"`invert` was given {num_rows} examples, but a context of {len(labels)} "
            "rows. Pass one row for each example."
        )
    return labels


def _check(model, feature_weight):
    from kgen.core.checks.models import check_model  # It imports Keras.

    check_model("invert", model)
    name = type(model).__name__
    if not hasattr(model, "decode"):
        raise ValueError(
            "`invert` searches for codes that decode to x, but a "
            f"{name} has no `decode`."
        )
    if model.num_latent_codes is not None:
        raise ValueError(
            f"The codes of this {name} are integers, and have no gradient. Use a model "
            "with a continuous latent, or its `encode`."
        )
    if feature_weight and not hasattr(model, "features"):
        raise ValueError(
            f"`invert` was given feature_weight={feature_weight}, but a {name} has no "
            "`features`: a GAN has them whose discriminator ends with a layer named "
            "'logits'. Leave it out."
        )
