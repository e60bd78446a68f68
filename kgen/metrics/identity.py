"""Does an autoencoder know its data, or does it copy whatever it is given?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_seed
from kgen.core.parts import as_condition

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def identity_score(
    model: GenerativeModel,
    x: ArrayLike,
    seed: int | None = 0,
    labels: ArrayLike | None = None,
) -> dict[str, float]:
    """How well a model reconstructs data, and how well it reconstructs nonsense.

    Nonsense has in each place a value that the same place has in another, random
    example: each value is as likely as in the data, but nothing fits together. A model
    that knows the data cannot reconstruct it. One that computes the identity can.

    Both shares are `1 - |x - x'|^2 / |x - mean|^2`: 1 is a perfect copy, 0 is as good
    as the mean of the data, below 0 is worse.

    Args:
        model: A model with `reconstruct`.
        x: Examples `(n, *data_shape)` that training has not seen, two or more.
        seed: Integer that fixes the nonsense.
        labels: For a conditional model the class of each example, `(n,)`, or its
            context.

    Returns:
        Dictionary: `explained`, the share of held-out data, and `copied`, that of
        nonsense.

    Raises:
        ValueError: if the model has no `reconstruct` or refuses the examples, if all
            examples are equal, or for an invalid seed.

    Example:

    >>> x = np.random.default_rng(0).random((50, 4, 4, 1))
    >>> model = kgen.build("autoencoder", (4, 4, 1), latent_dim=2)
    >>> sorted(identity_score(model, x))
    ['copied', 'explained']
    """
    name = "identity_score"
    check_model(name, model, "reconstruct")
    rng = np.random.default_rng(check_seed(name, seed))
    x = numbers(name, "x", x, axes=2, rows=2).astype("float32")
    spread = np.sum((x - x.mean(axis=0)) ** 2, dtype="float64")
    if not spread:
        raise ValueError(
            f"`{name}` was given x of {len(x)} equal examples, but expects different "
            "ones: there is nothing to explain."
        )
    nonsense = rng.permuted(x.reshape(len(x), -1), axis=0).reshape(x.shape)
    # The values in each place are the same, and so is their spread.
    given = as_condition(model, labels)
    errors = {
        key: np.sum((data - np.asarray(model.reconstruct(data, **given))) ** 2)
        for key, data in (("explained", x), ("copied", nonsense))
    }
    return {key: float(1 - error / spread) for key, error in errors.items()}
