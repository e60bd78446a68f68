"""A tournament: each generator against each discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kgen.core.checks.values import check_count, check_seed
from kgen.core.hints import Data
from kgen.metrics.rivals import Rival, check_named

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def tournament(
    models: Mapping[str, GenerativeModel],
    test: Data,
    num_samples: int = 1000,
    seed: int | None = 0,
) -> dict[str, Any]:
    """How often each GAN's generator beats each GAN's discriminator.

    In a match the discriminator judges held-out data and samples. Each of its errors
    is a win of the generator, whose win rate is

    `(share of samples taken for real + share of data taken for fake) / 2`.

    It is in 0..1, without a unit. At 0.5 the discriminator does no better than by
    chance. A generator with the data's distribution has 0.5 in the mean against any
    discriminator. One above 0.5 has found a weakness of a discriminator, as training
    does. Equal generators have equal rates. For 1000 samples and as much data a rate
    has a standard deviation below 0.012.

    Rates count within their tournament only: they depend on who takes part. Weak
    discriminators tell nothing apart. A generator that makes one good example wins, too
    (mode collapse). Checkpoints of one run show its progress, and also whether it goes
    in circles. `skill_ratings` makes ratings of the rates.

    A discriminator takes for real what it scores above the boundary of its loss. For
    critics, which have none, see `generative_adversarial_metric`.

    Args:
        models: Dictionary of two or more models with `discriminate` and `sample`, by
            name: different GANs for the same data, or checkpoints of one.
        test: Held-out data: a data set of batches, or an array `(n, *data_shape)`; for
            conditional models `(x, labels)`. Samples get the same labels.
        num_samples: Number of samples of each generator.
        seed: Integer that fixes the samples.

    Returns:
        Dictionary: `win_rates` of each generator (row) against each discriminator
        (column), `(num_models, num_models)`; `fooled`, the shares of samples taken for
        real, of the same shape; `generators`, the mean win rate of each, by name;
        `discriminators`, the mean of 1 minus the rates against each, by name.

    Raises:
        ValueError: for models without these verbs, for other data, or for an invalid
            number or seed.

    Example:

    >>> points = kgen.data.density("moons").sample(500, seed=0)
    >>> gans = {f"seed {s}": kgen.build("gan", (2,), seed=s) for s in range(3)}
    >>> found = tournament(gans, points)
    >>> found["win_rates"].shape, list(found["generators"])
    ((3, 3), ['seed 0', 'seed 1', 'seed 2'])

    References:
        [Olsson et al., 2018](https://arxiv.org/abs/1808.04888)
    """
    name = "tournament"
    num_samples = check_count(name, "num_samples", num_samples)
    seed = check_seed(name, seed)
    check_named(name, "models", models, "{'gan': gan, 'wgan': wgan}")
    rivals = [
        Rival(name, key, model, test, num_samples, seed)
        for key, model in models.items()
    ]
    fooled = np.array([[d.taken_for_real(g.samples) for d in rivals] for g in rivals])
    missed = np.array([1.0 - d.taken_for_real(d.real) for d in rivals])
    win_rates = (fooled + missed) / 2
    of_generators, of_discriminators = win_rates.mean(axis=1), 1.0 - win_rates.mean(0)
    return {
        "win_rates": win_rates,
        "fooled": fooled,
        "generators": dict(zip(models, of_generators.tolist(), strict=True)),
        "discriminators": dict(zip(models, of_discriminators.tolist(), strict=True)),
    }
