"""Forward and reverse KL: the lecture's numbers, closed forms, draws, errors."""

import math

import numpy as np
import pytest
from tensorflow_probability import distributions as tfd

from kgen.inference import forward_kl, reverse_kl

BINOMIAL = [9 / 25, 12 / 25, 4 / 25]
UNIFORM = [1 / 3] * 3
FORWARD = (32 * math.log(2) + 55 * math.log(3) - 50 * math.log(5)) / 25
REVERSE = (-4 * math.log(2) - 6 * math.log(3) + 6 * math.log(5)) / 3


def test_the_numbers_of_the_lecture():
    p, q = tfd.Categorical(probs=BINOMIAL), tfd.Categorical(probs=UNIFORM)
    np.testing.assert_allclose(
        tfd.Binomial(2.0, probs=0.4).prob([0.0, 1.0, 2.0]), BINOMIAL, rtol=1e-5
    )
    for function, expected in ((forward_kl, FORWARD), (reverse_kl, REVERSE)):
        found = function(p, q)
        assert found.exact and found.standard_error == 0
        assert float(found.value) == pytest.approx(expected, abs=1e-6)
        drawn = function(p, q, method="samples", seed=0)
        assert not drawn.exact
        assert abs(drawn.value - expected) < 4 * drawn.standard_error < 0.02
    assert pytest.approx((0.0852996, 0.0974551), abs=1e-7) == (FORWARD, REVERSE)


def test_gaussians_have_a_closed_form_and_draws_agree():
    p, q = tfd.Normal(0.0, 1.0), tfd.Normal(1.0, 2.0)
    for function, (mean, s, t) in ((forward_kl, (1, 1, 2)), (reverse_kl, (1, 2, 1))):
        expected = math.log(t / s) + (s**2 + mean**2) / (2 * t**2) - 0.5
        assert float(function(p, q).value) == pytest.approx(expected, abs=1e-5)
        drawn = function(p, q, method="samples", seed=0)
        assert abs(drawn.value - expected) < 4 * drawn.standard_error


def test_a_mixture_has_none_and_is_drawn():
    p = tfd.MixtureSameFamily(
        tfd.Categorical(probs=[0.5, 0.5]), tfd.Normal([-2.0, 2.0], 0.5)
    )
    q = tfd.Normal(0.0, 2.0)
    grid = np.linspace(-12, 12, 4001, dtype="float32")
    log_p, log_q = p.log_prob(grid).numpy(), q.log_prob(grid).numpy()
    for function, first, second in (
        (forward_kl, log_p, log_q),
        (reverse_kl, log_q, log_p),
    ):
        expected = np.trapezoid(np.exp(first) * (first - second), grid)
        found = function(p, q, seed=0)
        assert not found.exact
        assert abs(found.value - expected) < 4 * found.standard_error
        with pytest.raises(ValueError, match="no closed form"):
            function(p, q, method="exact")


def test_batches_and_errors():
    p, q = tfd.Normal([0.0, 1.0], 1.0), tfd.Normal(0.0, 1.0)
    found = forward_kl(p, q, method="samples", seed=0)
    assert found.value.shape == found.standard_error.shape == (2,)
    with pytest.raises(ValueError, match="auto, exact, samples"):
        forward_kl(p, q, method="sample")
    with pytest.raises(ValueError, match="`reverse_kl` was given q of type list"):
        reverse_kl(p, [0.5, 0.5])
    with pytest.raises(ValueError, match="num_samples"):
        forward_kl(p, q, num_samples=1)


def test_distributions_over_other_values_are_refused():
    pairs = (
        (tfd.Normal([0.0, 0.0], 1.0), tfd.MultivariateNormalDiag([0.0, 0.0])),
        (tfd.Bernoulli(0.5), tfd.Normal(0.0, 1.0)),
    )
    for p, q in pairs:
        with pytest.raises(ValueError, match="over the same values"):
            forward_kl(p, q)
