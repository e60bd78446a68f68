"""Mode collapse: which modes or classes the samples cover, and how evenly."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count
from kgen.data.densities import squared_distances
from kgen.metrics.divergences import kl_divergence
from kgen.metrics.figures import OTHERS, register

if TYPE_CHECKING:
    from kgen.data.gaussians import Gaussians


def mode_coverage(samples: ArrayLike, density: Gaussians) -> dict[str, float]:
    """How samples cover a mixture of Gaussians, by the protocol of PacGAN.

    Each sample belongs to the nearest mode. It is of high quality if it is within 3
    sigma of that mode. Draws of the mixture itself give all modes, `1 - exp(-9/2)` or
    98.9 % high quality, and a reverse KL of about `(num_modes - 1) / (2 n)`. PacGAN
    takes 2500 samples.

    Args:
        samples: Points `(n, 2)`.
        density: The mixture, a `kgen.data.gaussians.Gaussians` such as
            `kgen.data.density("8ring")` or `kgen.data.density("25gaussians")`.

    Returns:
        Dictionary: `modes`, the number of modes with a sample of high quality;
        `high_quality`, the share of such samples; `reverse_kl`, the KL divergence, in
        nats, of the modes' shares of all samples from equal shares.

    Raises:
        ValueError: unless the samples are one or more finite points, and the density
            has modes.

    Example:

    >>> ring = kgen.data.density("8ring")
    >>> half = ring.means[:4]
    >>> mode_coverage(half, ring)["modes"], mode_coverage(half + 0.05, ring)["modes"]
    (4, 0)

    References:
        [Lin et al., 2018](https://arxiv.org/abs/1712.04086)
    """
    samples = numbers("mode_coverage", "samples", samples, finite=False)
    samples = samples.astype("float64")
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
        raise ValueError(
            f"`mode_coverage` was given samples of shape {samples.shape}, but expects "
            "points (n, 2), one or more."
        )
    if not np.isfinite(samples).all():
        raise ValueError(
            f"{np.sum(~np.isfinite(samples).all(axis=1))} of {len(samples)} samples "
            "are not finite: the generator has diverged."
        )
    if not hasattr(density, "means"):
        raise ValueError(
            f"`mode_coverage` was given density={reprlib.repr(density)}, which has no "
            "modes: pass a mixture of Gaussians, such as kgen.data.density('8ring')."
        )
    distances = squared_distances(samples, density.means)
    nearest = np.argmin(distances, axis=1)
    high_quality = np.min(distances, axis=1) < (3 * density.sigma) ** 2
    return {
        "modes": len(np.unique(nearest[high_quality])),
        "high_quality": float(np.mean(high_quality)),
        "reverse_kl": class_coverage(nearest, len(density.means))["reverse_kl"],
    }


@register(
    "class_coverage",
    ("sample_classes", "num_classes"),
    unit={"reverse_kl": "nats", OTHERS: ""},
    better={"reverse_kl": "lower", "modes": "higher"},
    enough=200,
)
def class_coverage(labels: ArrayLike, num_classes: int) -> dict[str, float]:
    """How evenly samples cover the classes of a data set.

    For images, a classifier of real images gives the labels:
    `classifier.predict(images).argmax(axis=-1)`.

    Args:
        labels: The class of each sample, ints `(n,)` from 0 to `num_classes - 1`.
        num_classes: Number of classes.

    Returns:
        Dictionary: `modes`, the number of classes with a sample; `reverse_kl`, the KL
        divergence, in nats, of the classes' shares from equal shares: `log num_classes`
        minus their entropy.

    Raises:
        ValueError: if there are no samples, or for invalid labels or an invalid number
            of classes.

    Example:

    >>> class_coverage([0, 0, 2, 2], num_classes=4)
    {'modes': 2, 'reverse_kl': 0.6931471805599453}
    """
    num_classes = check_count("class_coverage", "num_classes", num_classes)
    labels = numbers("class_coverage", "labels", labels, axes=0)
    integers = labels.ndim == 1 and labels.dtype.kind in "iu" and len(labels)
    if not integers or labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"`class_coverage` was given labels of shape {labels.shape} and type "
            f"{labels.dtype}, but ints (n,) from 0 to {num_classes - 1} are expected, "
            "one or more. For probabilities pass the argmax."
        )
    counts = np.bincount(labels, minlength=num_classes)
    equal = np.full(num_classes, 1 / num_classes)
    return {
        "modes": int(np.count_nonzero(counts)),
        "reverse_kl": float(kl_divergence(counts / len(labels), equal)),
    }
