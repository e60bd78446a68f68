"""Parzen windows: a likelihood for models that have none."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_number
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register

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
            for the first half of `real`; the figure is then of the other half.

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
    from sklearn.neighbors import KernelDensity

    real, fake = as_features("parzen_log_likelihood", real, fake)

    def nats(rows, bandwidth):
        windows = KernelDensity(bandwidth=bandwidth).fit(fake)
        return float(np.mean(windows.score_samples(rows)))

    if bandwidth is None:
        half = len(real) // 2
        widths = BANDWIDTHS * (np.sqrt(np.mean(np.var(fake, axis=0))) or 1.0)
        bandwidth = max(widths, key=lambda width: nats(real[:half], width))
        real = real[half:]
    elif check_number("bandwidth", bandwidth) == 0:
        raise ValueError("bandwidth was given as 0, but expects a number above 0.")
    found = nats(real, bandwidth)
    return {"parzen_log_likelihood": found, "bandwidth": float(bandwidth)}
