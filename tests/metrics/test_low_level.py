"""Low-level statistics: Parseval, waves, and the failures that each figure sees."""

import numpy as np
import pytest
from scipy import ndimage, stats

from kgen.metrics import image_statistics, power_spectrum

RNG = np.random.default_rng(0)
REAL = ndimage.gaussian_filter(RNG.random((60, 16, 16, 2)), (0, 1, 1, 0), mode="wrap")


def test_a_wave_has_its_power_at_its_frequency():
    for cycles in (1, 3, 7):
        wave = np.cos(2 * np.pi * cycles * np.arange(16) / 16)
        power = power_spectrum(np.tile(wave, (16, 1))[None, :, :, None])
        assert power.argmax() + 1 == cycles
        # 1 / 4 in each of two of the ring's frequencies, by their mean.
        y, x = np.meshgrid(*[np.fft.fftfreq(16) * 16] * 2)
        ring = np.sum(np.rint(np.hypot(x, y)) == cycles)
        assert power[cycles - 1] == pytest.approx(0.5 / ring)


def test_white_noise_has_equal_power_everywhere():
    noise = RNG.normal(size=(400, 16, 16, 1))
    assert power_spectrum(noise) == pytest.approx(np.full(8, 1 / 256), rel=0.1)


def test_images_that_are_no_squares():
    tall = power_spectrum(RNG.normal(size=(400, 32, 8, 1)))
    assert tall == pytest.approx(np.full(4, 1 / 256), rel=0.15)


def test_distances_are_scipys():
    fake = REAL**1.5
    found = image_statistics(REAL, fake)
    for name, values in (
        ("contrast_distance", lambda images: images.std(axis=(1, 2, 3))),
        ("gradient_distance", neighbours),
    ):
        expected = stats.wasserstein_distance(values(REAL), values(fake))
        assert found[name] == pytest.approx(expected)
    colour = [
        stats.wasserstein_distance(REAL[..., c].ravel(), fake[..., c].ravel())
        for c in range(2)
    ]
    assert found["colour_distance"] == pytest.approx(np.mean(colour))


def neighbours(images):
    down = np.abs(images[:, 1:] - images[:, :-1]).ravel()
    return np.concatenate([down, np.abs(images[:, :, 1:] - images[:, :, :-1]).ravel()])


def test_each_failure_is_seen_by_its_figure():
    same = image_statistics(REAL[:30], REAL[30:])
    blurred = image_statistics(REAL, ndimage.gaussian_filter(REAL, (0, 1, 1, 0)))
    assert blurred["spectrum_distance"] > 5 * same["spectrum_distance"]
    assert blurred["gradient_distance"] > 5 * same["gradient_distance"]
    shifted = image_statistics(REAL, np.clip(REAL + [0.2, 0.0], 0, 1))
    assert shifted["colour_distance"] == pytest.approx(0.1, abs=0.01)
    assert shifted["contrast_distance"] > 5 * same["contrast_distance"]
    assert image_statistics(REAL, REAL) == dict.fromkeys(same, 0.0)


def test_many_values_are_chosen_by_chance_and_integers_do_not_wrap():
    # 3,200 images of 32 x 32: every 32nd value would be one column.
    noise = RNG.random((3200, 32, 32, 1)).astype("float32")
    noise[:, :, 0] = 0.0
    found = image_statistics(np.zeros((100, 32, 32, 1)), noise)
    assert found["colour_distance"] == pytest.approx(noise.mean(), abs=0.01)
    whole = (255 * REAL).astype("uint8")
    floats = whole.astype("float64")
    assert image_statistics(whole, whole[::-1] // 2) == pytest.approx(
        image_statistics(floats, np.floor(floats[::-1] / 2))
    )


def test_images_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(16, 16, 2\) and \(8, 16, 2\)"):
        image_statistics(REAL, REAL[:, :8])
