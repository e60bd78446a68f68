"""Low-level statistics of images: spectrum, contrast, gradients and colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kgen.core.checks.containers import numbers
from kgen.metrics.figures import OTHERS, register

VALUES = 100_000  # That two distributions of numbers are compared by.


@register(
    "image_statistics",
    ("x", "samples"),
    unit={"spectrum_distance": "dB", OTHERS: ""},
    better="lower",
    enough=200,
)
def image_statistics(real: ArrayLike, fake: ArrayLike) -> dict[str, float]:
    """How far samples are from data in spectrum, contrast, gradients and colours.

    - `spectrum_distance`: mean over frequencies of the difference of the mean power
      spectra, in dB. Blur lowers high frequencies, upsampling leaves peaks in them.
    - `contrast_distance`: W1 of the standard deviations of images.
    - `gradient_distance`: W1 of the differences of neighbouring pixels.
    - `colour_distance`: W1 of the values of pixels, the mean over channels.

    W1 is the Wasserstein distance of two sets of numbers. All are 0 or larger, and 0
    for equal sets. They know nothing of what images show: noise with the spectrum of
    the data is good enough for them.

    Args:
        real: Images `(n, height, width, channels)` in [0, 1].
        fake: Samples `(m, height, width, channels)`.

    Returns:
        Dictionary of these four.

    Raises:
        ValueError: unless both are finite images of one shape, of two pixels a side or
            more.

    Example:

    >>> real = np.random.default_rng(0).random((50, 8, 8, 1))
    >>> found = image_statistics(real, real[::-1] * 0.5)
    >>> round(found["spectrum_distance"], 2)  # 20 log10(2)
    6.02

    References:
        [Torralba & Oliva, 2003](https://doi.org/10.1088/0954-898X/14/3/302),
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """
    real, fake = (
        _floats(numbers("image_statistics", key, images, axes=4, rows=1))
        for key, images in (("real", real), ("fake", fake))
    )
    if real.shape[1:] != fake.shape[1:] or min(real.shape[1:3]) < 2:
        raise ValueError(
            f"`image_statistics` was given images of shape {real.shape[1:]} and "
            f"{fake.shape[1:]}, but expects one shape (height, width, channels), of "
            "two pixels a side or more."
        )
    spectra = [power_spectrum(images) for images in (real, fake)]
    # A frequency that both lack is equal; float32 noise is 1e-14 of the power.
    floor = 1e-12 * max(spectrum.max() for spectrum in spectra) or 1.0
    decibels = [10 * np.log10(np.maximum(spectrum, floor)) for spectrum in spectra]
    contrasts = [images.std(axis=(1, 2, 3)) for images in (real, fake)]
    return {
        "spectrum_distance": float(np.mean(np.abs(decibels[0] - decibels[1]))),
        "contrast_distance": w1(*contrasts),
        "gradient_distance": w1(*(_differences(images) for images in (real, fake))),
        "colour_distance": float(
            np.mean([w1(real[..., c], fake[..., c]) for c in range(real.shape[-1])])
        ),
    }


def _floats(images):
    """Images as floats: differences of unsigned integers would wrap."""
    return images if images.dtype.kind == "f" else images.astype("float64")


def power_spectrum(images: ArrayLike) -> np.ndarray:
    """Mean power of images by frequency, averaged over directions.

    Args:
        images: `(n, height, width, channels)`.

    Returns:
        `(k,)`, the power at 1, 2, ... cycles per image, up to half the shorter side.
        The mean of each image is left out.

    Raises:
        ValueError: unless these are finite images.

    Example:

    >>> wave = np.cos(2 * np.pi * 2 * np.arange(8) / 8)  # Two cycles.
    >>> power_spectrum(np.tile(wave, (8, 1))[None, :, :, None]).argmax()
    np.int64(1)
    """
    images = numbers("power_spectrum", "images", images, axes=4, rows=1)
    height, width = images.shape[1:3]
    total = 0.0
    for part in np.array_split(images, -(-len(images) // 500)):  # In little memory.
        total = total + np.square(np.abs(np.fft.fft2(part, axes=(1, 2)))).sum((0, 3))
    power = total / (len(images) * images.shape[3] * (height * width) ** 2)
    cycles = np.hypot(
        np.fft.fftfreq(height)[:, None] * min(height, width),
        np.fft.fftfreq(width)[None, :] * min(height, width),
    )
    rings = np.rint(cycles).astype(int).ravel()
    means = np.bincount(rings, power.ravel()) / np.maximum(np.bincount(rings), 1)
    return means[1 : min(height, width) // 2 + 1]


def _differences(images):
    """Absolute differences of neighbours, down and across, of evenly chosen images."""
    images = images[:: max(1, images.size // 4_000_000)]
    return np.concatenate(
        [np.abs(np.diff(images, axis=axis)).ravel() for axis in (1, 2)]
    )


def w1(one, other):
    """The Wasserstein distance of two sets of numbers, of 100,000 values at most."""
    return float(stats.wasserstein_distance(*map(some, (one, other))))


def some(values):
    """The values, or a random choice of 100,000 of them."""
    values = np.ravel(values)
    if values.size <= VALUES:
        return values
    # Not every k-th: k may divide the width of images.
    return np.random.default_rng(0).choice(values, VALUES)
