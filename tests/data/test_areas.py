"""The ring and the checkerboard, against their closed forms."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest, norm

from kgen.data.areas import Checkerboard, Ring


@pytest.mark.parametrize("ring", [Ring(), Ring(radius=3.0, sigma=0.2)])
def test_ring_log_prob_and_entropy(ring):
    radius = norm(ring.radius, ring.sigma)
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, size=9)
    distance = ring.radius + ring.sigma * np.linspace(-4, 4, 9)
    x = distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    expected = radius.logpdf(distance) - np.log(2 * np.pi * distance)
    np.testing.assert_allclose(ring.log_prob(x), expected, rtol=1e-12)

    # H(x) = H(angle) + H(radius) + E log radius
    low, high = ring.radius - 8 * ring.sigma, ring.radius + 8 * ring.sigma
    mean_log, _ = quad(lambda r: radius.pdf(r) * np.log(r), low, high)
    entropy = np.log(2 * np.pi) + radius.entropy() + mean_log
    assert ring.entropy == pytest.approx(entropy, abs=1e-7)


def test_ring_samples():
    ring = Ring()
    x, labels = ring.sample(5000, return_labels=True)
    assert np.all(labels == 0)
    angle = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi) + 0.5
    assert kstest(angle, "uniform").pvalue > 0.01
    distance = (np.linalg.norm(x, axis=1) - ring.radius) / ring.sigma
    assert kstest(distance, "norm").pvalue > 0.01


def test_ring_has_no_mass_at_its_centre():
    assert np.exp(Ring().log_prob([[0.0, 0.0]])[0]) < 1e-12


@pytest.mark.parametrize("sigma", [0.2, 0.0, -0.1])
def test_ring_refuses_other_widths(sigma):
    with pytest.raises(
        ValueError, match=f"0 < sigma <= radius / 10, got sigma={sigma}"
    ):
        Ring(sigma=sigma)


def test_checkerboard_log_prob():
    board = Checkerboard()
    centres = np.arange(-3.0, 4.0, 2.0)
    x = np.stack(np.meshgrid(centres, centres), axis=-1)
    log_prob = board.log_prob(x.reshape(-1, 2)).reshape(4, 4)
    dark, light = -np.log(32), -np.inf
    # From the lowest row up; FFJORD's has the lower left square dark.
    rows = [[dark, light] * 2, [light, dark] * 2] * 2
    np.testing.assert_allclose(log_prob, rows)
    outside = [[-5, -5], [5, 5], [-3, 5], [5, -3], [4, 4], [-4.001, -3]]
    assert np.all(board.log_prob(outside) == -np.inf)


def test_checkerboard_samples_fill_the_dark_squares():
    board = Checkerboard()
    x, labels = board.sample(20_000, return_labels=True)
    assert np.all(board.log_prob(x) == -np.log(32))
    for label in range(8):
        row, place = divmod(label, 2)
        corner = np.array([4 * place + 2 * (row % 2), 2 * row]) - 4
        offset = (x[labels == label] - corner) / 2
        for axis in range(2):
            assert kstest(offset[:, axis], "uniform").pvalue > 0.001
