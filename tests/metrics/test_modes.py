"""Mode coverage against known shares, and against a loop over samples and modes."""

import numpy as np
import pytest

import kgen
from kgen.metrics import class_coverage, mode_coverage

RING, GRID = kgen.data.density("8ring"), kgen.data.density("25gaussians")


@pytest.mark.parametrize("density", [RING, GRID], ids=["ring", "grid"])
def test_draws_of_the_mixture_itself_have_the_shares_of_its_closed_form(density):
    """|x - mean| / sigma is Rayleigh: 1 - exp(-9/2) of it is below 3."""
    num_modes = len(density.means)
    figures = mode_coverage(density.sample(100000), density)
    assert figures["modes"] == num_modes
    assert figures["high_quality"] == pytest.approx(1 - np.exp(-4.5), abs=0.001)
    draws = [density.sample(2500, seed=seed) for seed in range(50)]
    found = np.mean([mode_coverage(x, density)["reverse_kl"] for x in draws])
    assert found == pytest.approx((num_modes - 1) / 5000, rel=0.25)


@pytest.mark.parametrize("density", [RING, GRID], ids=["ring", "grid"])
def test_agrees_with_a_loop_over_samples_and_modes(density):
    rng = np.random.default_rng(0)
    spread = rng.choice([1.0, 2.0, 100.0], size=(500, 1)) * density.sigma
    centres = density.means[rng.integers(5, size=500)]
    samples = centres + spread * rng.normal(size=(500, 2))
    counts, good = np.zeros(len(density.means)), set()
    num_good = 0
    for sample in samples:
        distances = [np.hypot(*(sample - mean)) for mean in density.means]
        nearest = int(np.argmin(distances))
        counts[nearest] += 1
        if distances[nearest] < 3 * density.sigma:
            num_good += 1
            good.add(nearest)
    shares = counts[counts > 0] / 500
    figures = mode_coverage(samples, density)
    assert figures["modes"] == len(good) < len(density.means)
    assert 0.2 < figures["high_quality"] == num_good / 500 < 0.9
    expected = np.sum(shares * np.log(shares * len(density.means)))
    assert figures["reverse_kl"] == pytest.approx(expected, rel=1e-12)


def test_collapse_to_some_modes_and_samples_beside_every_mode():
    two = np.tile(RING.means[:2], (50, 1))
    figures = mode_coverage(two, RING)
    assert (figures["modes"], figures["high_quality"]) == (2, 1.0)
    assert figures["reverse_kl"] == pytest.approx(np.log(4))
    # Just within and just outside 3 sigma; modes that are missed share the samples.
    for distance, modes in ((2.99, 8), (3.01, 0)):
        beside = mode_coverage(RING.means + [distance * RING.sigma, 0], RING)
        assert (beside["modes"], beside["high_quality"]) == (modes, modes / 8)
        assert beside["reverse_kl"] == pytest.approx(0.0, abs=1e-12)


def test_what_is_no_samples_of_a_mixture_is_refused():
    for bad in (np.zeros((4, 3)), np.zeros(2), np.zeros((0, 2))):
        with pytest.raises(ValueError, match=r"points \(n, 2\), one or more"):
            mode_coverage(bad, RING)
    with pytest.raises(ValueError, match="1 of 2 samples .* diverged"):
        mode_coverage([[0.0, np.nan], [1.0, 0.0]], RING)
    with pytest.raises(ValueError, match="'moons'>, which has no modes"):
        mode_coverage(RING.means, kgen.data.density("moons"))


def test_classes_are_counted_and_weighed():
    labels = np.repeat([0, 3, 4], [10, 20, 10])
    figures = class_coverage(labels, num_classes=6)
    entropy = np.log(2) / 2 + np.log(4) / 2
    assert figures["modes"] == 3
    assert figures["reverse_kl"] == pytest.approx(np.log(6) - entropy)
    even = class_coverage(np.arange(60) % 6, num_classes=6)
    assert even == {"modes": 6, "reverse_kl": pytest.approx(0.0, abs=1e-12)}


@pytest.mark.parametrize("labels", [[], [-1, 0], [0, 6], [[0, 1]], [0.5, 0.5]])
def test_what_is_no_classes_is_refused(labels):
    with pytest.raises(ValueError, match="from 0 to 5 are expected"):
        class_coverage(labels, num_classes=6)
