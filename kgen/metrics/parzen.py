"""Parzen windows: a likelihood for models that have none."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kgen.core.checks.values import check_number
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.ingredients import shuffled

BANDWIDTHS = np.logspace(-2, 1, 13)  # In typical deviations of a value of the samples.


@register(
    "parzen_log_likelihood",
    ("flat_x", "flat_samples"),
    unit={"parzen_log_likelihood": "nats", "bandwidth": ""},
    better={"parzen_log_likelihood": "higher"},
    enough=1000,
)
def parzen_log_likelihood(
    real: ArrayLike, fake: ArrayLike, bandwidth: float | None = None
) -> dict[str, float]:
    """Mean log density of real examples under Gaussians around samples, in nats.

    The density is `p(x) = 1/m sum_j N(x; fake_j, bandwidth^2 I)`. It is no likelihood
    of the model, and a poor guide: in many dimensions it needs more samples than there
    are, and samples that are copies of cluster centres of the data have a better one
    than the data itself. It is here to compare with old papers.

    Args:
        real: Held-out examples `(n, d)`.
        fake: Samples `(m, d)`.
        bandwidth: Standard deviation of a window, above 0. By default the best of 13
            for one half of `real`; the figure is then of the other half.

    Returns:
        Dictionary: `parzen_log_likelihood`, nats, and `bandwidth`.

    Raises:
        ValueError: unless both are finite matrices of equal width, with two rows or
            more, or for a bandwidth that is not above 0.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 1000, 1))
    >>> round(parzen_log_likelihood(real, fake)["parzen_log_likelihood"], 1)
    -1.4

    References:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661),
        [Theis et al., 2016](https://arxiv.org/abs/1511.01844) (its failures)
    """
    real, fake = as_features("parzen_log_likelihood", real, fake, least="float32")
    if bandwidth is not None:
        if check_number("bandwidth", bandwidth) == 0:
            raise ValueError("bandwidth was given as 0, but expects a number above 0.")
        return {
            "parzen_log_likelihood": float(
                np.mean(log_density(real, fake, [bandwidth]))
            ),
            "bandwidth": float(bandwidth),
        }
    real, half = real[shuffled(len(real))], len(real) // 2
    widths = BANDWIDTHS * (float(np.sqrt(np.mean(np.var(fake, axis=0)))) or 1.0)
    found = log_density(real, fake, widths)
    best = int(np.argmax(np.mean(found[:half], axis=0)))
    return {
        "parzen_log_likelihood": float(np.mean(found[half:, best])),
        "bandwidth": float(widths[best]),
    }


def log_density(x, centres, bandwidths):
    """Log densities of Gaussian windows of several widths, `(n, num_bandwidths)`.

    Args:
        x: Points `(n, d)`.
        centres: Centres of the windows, `(m, d)`.
        bandwidths: Standard deviations of a window.
    """
    from sklearn.metrics import pairwise_distances_chunked

    variances = np.square(bandwidths)
    constants = -0.5 * x.shape[1] * np.log(2 * np.pi * variances) - np.log(len(centres))

    def densities(distances, start):
        squares = np.square(distances, dtype="float64")
        return np.stack(
            [special.logsumexp(-0.5 * squares / v, axis=1) for v in variances], axis=1
        )

    chunks = pairwise_distances_chunked(
        x,
        centres,
        reduce_func=densities,
        working_memory=64,  # MiB: a density takes several times as much.
    )
    return np.concatenate(list(chunks)) + constants
