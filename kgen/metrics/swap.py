"""The generative adversarial metric: two GANs swap their discriminators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kgen.core.checks.values import check_count, check_number, check_seed
from kgen.core.hints import Data
from kgen.metrics.rivals import Rival

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def generative_adversarial_metric(
    one: GenerativeModel,
    other: GenerativeModel,
    test: Data,
    num_samples: int = 1000,
    seed: int | None = 0,
    tolerance: float = 0.2,
) -> dict[str, float | str]:
    """Which of two GANs fools the other's discriminator more: a battle.

    With e the share of examples that a discriminator judges wrong:

    - `r_test = e(D1(test)) / e(D2(test))`
    - `r_samples = e(D1(samples of G2)) / e(D2(samples of G1))`

    Both are 0 or larger, without a unit. The first asks whether both discriminators
    know real data equally well. If it is about 1, the second decides: below 1 the model
    `one` wins, above 1 the `other`. Equal models get 1 in the mean. For 1000 samples
    and an error of 0.3 a ratio has a standard deviation of about 0.07.

    The winner is the better player, which may be due to its discriminator. A
    discriminator that takes everything for real makes no error on the data: `r_test`
    tells. One that never errs makes a ratio 0 or infinite. Wins need not be
    transitive: for three models or more see `tournament`.

    A discriminator takes for real what it scores above the boundary of its loss.
    Critics, such as those of a Wasserstein GAN, have none. Theirs is half way between
    the mean scores of `test` and of the own samples, as in the accuracies of `fit`.

    Args:
        one: A model with `discriminate` and `sample`, such as a `GAN`.
        other: Another one, for the same data.
        test: Held-out data: a data set of batches, or an array `(n, *data_shape)`; for
            conditional models `(x, labels)`. Samples get the same labels.
        num_samples: Number of samples of each generator.
        seed: Integer that fixes the samples.
        tolerance: `r_test` is about 1 from `1 / (1 + tolerance)` to `1 + tolerance`.

    Returns:
        Dictionary: `r_test`, `r_samples` and `winner`, a text: `"one"`, `"other"`, or
        `"tie"` if `r_test` is not about 1 or `r_samples` is 1.

    Raises:
        ValueError: for models without these verbs, for other data, or for an invalid
            number or seed.

    Example:

    >>> points = kgen.data.density("moons").sample(500, seed=0)
    >>> gan = kgen.build("gan", (2,), seed=0)
    >>> found = generative_adversarial_metric(gan, gan, points)
    >>> found["r_test"], found["r_samples"], found["winner"]
    (1.0, 1.0, 'tie')

    References:
        [Im et al., 2016](https://arxiv.org/abs/1602.05110),
        [Borji, 2019](https://arxiv.org/abs/1802.03446) (a survey)
    """
    name = "generative_adversarial_metric"
    num_samples = check_count(name, "num_samples", num_samples)
    seed = check_seed(name, seed)
    check_number("tolerance", tolerance)
    first, second = (
        Rival(name, key, model, test, num_samples, seed)
        for key, model in (("one", one), ("other", other))
    )
    r_test = ratio(*(1.0 - each.taken_for_real(each.real) for each in (first, second)))
    r_samples = ratio(
        first.taken_for_real(second.samples), second.taken_for_real(first.samples)
    )
    winner = "tie"
    if max(r_test, ratio(1.0, r_test)) <= 1.0 + tolerance and r_samples != 1.0:
        winner = "one" if r_samples < 1.0 else "other"
    return {"r_test": r_test, "r_samples": r_samples, "winner": winner}


def ratio(above, below):
    """`above / below`; 1 of equal numbers, two zeros as well."""
    if above == below:
        return 1.0
    return float(above / below) if below else np.inf
