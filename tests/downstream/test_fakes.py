"""The detector of fakes, on fakes whose fault is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from kgen.downstream import detect_fakes

RNG = np.random.default_rng(0)
REAL = RNG.random((120, 8, 8, 1)).astype("float32")
OTHERS = RNG.random((120, 8, 8, 1)).astype("float32")


def test_a_mark_is_found_where_it_is():
    fake = OTHERS.copy()
    fake[:, 5:7, 1:3] = 1.0
    found = detect_fakes(REAL, fake, epochs=15)
    assert found.accuracy > 0.95 and found.p_value < 1e-6 and found.auroc > 0.98
    assert found.pixels.shape == (8, 8) and found.pixels.sum() == pytest.approx(1.0)
    assert found.pixels[5:7, 1:3].mean() > 2.5 * found.pixels.mean()
    # The detector is the network that was judged.
    fakes = found.detector(fake).numpy()[:, 1]
    assert np.mean(fakes > 0.5) > 0.95


def test_blur_is_found_in_high_frequencies():
    fake = gaussian_filter(OTHERS, (0, 0.8, 0.8, 0), mode="wrap")
    found = detect_fakes(REAL, fake, epochs=10)
    assert found.accuracy > 0.9
    assert found.frequencies.shape == (4,)
    assert found.frequencies[-1] < 0.02 < found.frequencies[0]


def test_draws_of_one_distribution_are_not_told_apart():
    found = detect_fakes(REAL, OTHERS[:80], epochs=3)
    assert 0.3 < found.accuracy < 0.7 and found.p_value > 0.001
    assert np.all(np.abs(found.frequencies - 0.5) < 0.2)


def test_the_same_seed_gives_the_same_figures():
    one, other = (detect_fakes(REAL[:20], OTHERS[:20], epochs=1) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    assert one.accuracy == other.accuracy


def test_refused():
    with pytest.raises(ValueError, match="one shape"):
        detect_fakes(REAL, OTHERS[:, :4])
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        detect_fakes(REAL, 255 * OTHERS)
    with pytest.raises(ValueError, match="4 or more rows"):
        detect_fakes(REAL, OTHERS[:3])
    with pytest.raises(ValueError, match="at least 4 axes"):
        detect_fakes(REAL[:, :, 0, 0], OTHERS)
