"""Forward and reverse KL divergence between distributions, exact or from draws."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.inference.draws import check_distribution, draw_key, kind_of

if TYPE_CHECKING:
    from tensorflow_probability import distributions as tfd


@dataclasses.dataclass(frozen=True)
class Divergence:
    """A divergence in nats, with its standard error.

    Args:
        value: Values of the batch shape.
        standard_error: Their standard errors; 0 if `exact`.
        exact: Whether it is a closed form instead of a mean over draws.
    """

    value: Any
    standard_error: Any
    exact: bool


def forward_kl(
    p: tfd.Distribution,
    q: tfd.Distribution,
    method: str = "auto",
    num_samples: int = 10_000,
    seed: int | tf.Tensor | None = None,
) -> Divergence:
    """`KL(p || q) = E_p[log p(x) - log q(x)]`, nats, of a truth p and a model q.

    Maximum likelihood minimises it. A q that is too simple covers all modes of p, as
    mass of p where q has none is infinitely costly.

    Args:
        p: Distribution of TensorFlow Probability, the truth.
        q: Distribution over the same space, the model.
        method: `"exact"` for the closed form of TFP, `"samples"` for a mean over draws
            of p, `"auto"` for the closed form where there is one.
        num_samples: Number of draws.
        seed: An int, which gives the same draws in each call; a key, int tensor
            `(2,)`; or `None`.

    Returns:
        A `Divergence`: value, standard error, and whether it is exact.

    Raises:
        ValueError: if either is no distribution, if TFP has no closed form of a
            divergence that is to be exact, or for an unknown method.

    Example:

    >>> from tensorflow_probability import distributions as tfd
    >>> p, q = tfd.Normal(0.0, 1.0), tfd.Normal(0.0, 2.0)
    >>> found = kgen.inference.forward_kl(p, q)
    >>> round(float(found.value), 4), found.exact
    (0.3181, True)
    >>> found = kgen.inference.reverse_kl(p, q)
    >>> round(float(found.value), 4), found.exact
    (0.8069, True)
    """
    return _kl("forward_kl", p, q, method, num_samples, seed)


def reverse_kl(
    p: tfd.Distribution,
    q: tfd.Distribution,
    method: str = "auto",
    num_samples: int = 10_000,
    seed: int | tf.Tensor | None = None,
) -> Divergence:
    """`KL(q || p) = E_q[log q(x) - log p(x)]`, nats, of a truth p and a model q.

    Variational inference minimises it, as its mean is over draws of q, and as it needs
    log p only up to a constant. A q that is too simple keeps to one mode of p.

    Args:
        p: Distribution of TensorFlow Probability, the truth.
        q: Distribution over the same space, the model.
        method: As for `forward_kl`; draws are those of q.
        num_samples: Number of draws.
        seed: As for `forward_kl`.

    Returns:
        A `Divergence`: value, standard error, and whether it is exact.

    Raises:
        ValueError: as for `forward_kl`.
    """
    return _kl("reverse_kl", q, p, method, num_samples, seed)


def _kl(name, first, second, method, num_samples, seed):
    """`KL(first || second)`."""
    from tensorflow_probability import distributions as tfd

    names = ("p", "q") if name == "forward_kl" else ("q", "p")
    for key, value in zip(names, (first, second), strict=True):
        check_distribution(name, key, value)
    _check_spaces(name, first, second)
    method = lookup("method", method, {m: m for m in ("auto", "exact", "samples")})
    num_samples = check_count(name, "num_samples", num_samples, fewest=2)
    key = draw_key(name, seed)
    if method != "samples":
        try:
            value = tfd.kl_divergence(first, second)
            return Divergence(value, tf.zeros_like(value), True)
        except NotImplementedError:
            if method == "exact":
                raise ValueError(
                    f"`{name}` was asked for the exact divergence of {kind_of(first)} "
                    f"from {kind_of(second)}, of which TFP has no closed form. Pass "
                    "method='samples'."
                ) from None
    x = first.sample(num_samples, seed=key)
    ratios = first.log_prob(x) - second.log_prob(x)
    error = tf.math.reduce_std(ratios, axis=0) / (num_samples - 1) ** 0.5
    return Divergence(tf.reduce_mean(ratios, axis=0), error, False)


def _check_spaces(name, first, second):
    """Raises a ValueError unless draws of both are of one shape and type."""
    spaces = [(part.event_shape, part.dtype) for part in (first, second)]
    if str(spaces[0]) != str(spaces[1]):
        raise ValueError(
            f"`{name}` was given {kind_of(first)} over values of shape and type "
            f"{spaces[0]} and {kind_of(second)} over {spaces[1]}, but expects "
            "distributions over the same values. tfd.Independent makes batch axes a "
            "part of the values."
        )
