"""Figures of codes: how Gaussian, sparse, robust and small they are."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_number, check_seed
from kgen.latent.encoding import flat
from kgen.metrics.figures import register

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def latent_gaussianity(z: ArrayLike) -> float:
    """How far codes are from the prior N(0, I), by their first two moments, in nats.

    `KL(N(m, S) || N(0, I)) = (tr S + m^T m - d - log det S) / 2`, with the mean `m` and
    the covariance `S` of the codes. It is 0 only if both equal those of the prior. If
    it is small, decoded draws from N(0, I) are samples of the model. For `n` draws from
    N(0, I) it is about `d (d + 3) / (4 n)`.

    Args:
        z: Codes `(n, *latent_shape)`. For a VAE pass draws, `posterior(x).sample()`:
            `encode` gives means, which are constant in an unused coordinate.

    Returns:
        A float; infinite if the codes lie in a subspace, as fewer than `d + 1` codes
        always do.

    Raises:
        ValueError: if there are no codes, or they are integers or not finite.

    Example:

    >>> z = np.random.default_rng(0).normal(size=(10000, 2))
    >>> latent_gaussianity(z) < 0.001 < latent_gaussianity(z + 1.0)
    True
    """
    z = flat("latent_gaussianity", z, "z", rows=1).astype("float64")
    mean, stddev = z.mean(axis=0), z.std(axis=0)
    if len(z) <= z.shape[1] or not np.ptp(z, axis=0).all():
        return math.inf
    # Standardised coordinates, and singular values of the codes instead of eigenvalues
    # of the covariance: their squares would leave the range of float64 sooner.
    singular = np.linalg.svd((z - mean) / stddev, compute_uv=False) / math.sqrt(len(z))
    if singular[-1] <= singular[0] * max(z.shape) * np.finfo("float64").eps:
        return math.inf
    log_determinant = 2 * np.sum(np.log(stddev) + np.log(singular))
    trace = np.sum(stddev**2)
    return float(trace + mean @ mean - z.shape[1] - log_determinant) / 2


def mean_activation(z: ArrayLike) -> float:
    """Mean magnitude of the entries of codes, `mean |z_ij|`.

    Args:
        z: Codes `(n, *latent_shape)`, one or more.

    Raises:
        ValueError: if there are no codes, or values that are not finite.

    Example:

    >>> mean_activation([[0.0, 1.0], [0.0, -3.0]])
    1.0
    """
    z = numbers("mean_activation", "z", z, rows=1)
    return float(np.mean(np.abs(z), dtype="float64"))


def fraction_active(z: ArrayLike, threshold: float = 1e-3) -> float:
    """Fraction of the entries of codes that are not (nearly) zero.

    Args:
        z: Codes `(n, *latent_shape)`, one or more.
        threshold: Magnitude that an active entry exceeds, 0 or larger.

    Raises:
        ValueError: if there are no codes, if a value is not finite, or for an invalid
            threshold.

    Example:

    >>> fraction_active([[0.0, 1.0], [0.0, -3.0]])
    0.5
    """
    z = numbers("fraction_active", "z", z, rows=1)
    return float(np.mean(np.abs(z) > check_number("threshold", threshold)))


def code_robustness(
    model: GenerativeModel,
    x: ArrayLike,
    corruption: Callable,
    seed: int | None = 0,
    labels: ArrayLike | None = None,
) -> float:
    """How far a corruption of the data moves the codes: mean `|e(x) - e(x')|`.

    A small value means robust, but only relative to the distances between the codes of
    different examples: these are smaller, too, in a smaller latent space.

    Args:
        model: A model with `encode`.
        x: Examples `(n, *data_shape)`.
        corruption: Callable `(x, seed) -> x'` of the same shape.
        seed: Integer that fixes the corruption.
        labels: For a conditional model the class of each example, `(n,)`.

    Returns:
        Mean Euclidean distance, a float.

    Raises:
        ValueError: if the model has no `encode` or refuses the examples, if its codes
            are integers, or if `corruption` is not a function.

    Example:

    >>> def darker(x, seed):
    ...     return 0.9 * x
    >>> model = kgen.build("autoencoder", (8, 8, 1), latent_dim=2)
    >>> code_robustness(model, np.ones((3, 8, 8, 1)), darker) > 0
    True
    """
    check_model("code_robustness", model, "encode")
    seed = check_seed("code_robustness", seed)
    if not callable(corruption):
        raise ValueError(
            f"`code_robustness` was given corruption={reprlib.repr(corruption)}, but "
            "expects a function of x and seed that gives data of the same shape."
        )
    x = numbers("code_robustness", "x", x, rows=1)
    clean, moved = (
        flat("code_robustness", model.encode(data, labels=labels))
        for data in (x, corruption(x, seed))
    )
    return float(np.mean(np.linalg.norm(clean - moved, axis=1)))


@register("compression_factor", ("model",))
def compression_factor(model: GenerativeModel) -> float:
    """Number of values of an example for each value of its code.

    Args:
        model: A model with `data_shape` and `latent_shape`.

    Raises:
        ValueError: if the model has no codes.

    Example:

    >>> model = kgen.build("autoencoder", (28, 28, 1), latent_dim=32)
    >>> compression_factor(model)
    24.5
    """
    _check_codes("compression_factor", model)
    return math.prod(model.data_shape) / math.prod(model.latent_shape)


@register("code_bits", ("model",), unit="bits", better="lower")
def code_bits(model: GenerativeModel) -> float:
    """Bits of a code of ints: there are `2 ** code_bits` different codes.

    32x32 words out of 512 are 9,216 bits, `512 ** (32 * 32)` codes.

    Args:
        model: A model whose `encode` gives ints, such as a `VQVAE`.

    Raises:
        ValueError: if the model has no codes, or if its codes are real numbers, which
            need infinitely many bits.

    Example:

    >>> code_bits(kgen.build("vq-vae", (28, 28, 1), num_codes=64))
    294.0
    """
    _check_codes("code_bits", model)
    if model.num_latent_codes is None:
        raise ValueError(
            f"The codes of a {type(model).__name__} are real numbers: "
            "compression_factor compares their number."
        )
    return math.prod(model.latent_shape) * math.log2(model.num_latent_codes)


def _check_codes(name, model):
    """Raises a ValueError unless a model has codes."""
    check_model(name, model)
    if getattr(model, "latent_shape", None) is None:
        raise ValueError(
            f"`{name}` was given a {type(model).__name__} as model, which has no codes:"
            " it has no `latent_shape`."
        )
