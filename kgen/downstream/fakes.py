"""What gives a fake away: a detector of generated images, and its reasons."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike
from scipy import stats

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_seed
from kgen.core.pieces import in_pieces
from kgen.metrics.classifier import fit_classifier
from kgen.metrics.classifier_test import fair_accuracy
from kgen.metrics.low_level import power_spectrum

BATCH_SIZE = 64


@dataclasses.dataclass(frozen=True, eq=False)
class FakeReport:
    """How well a network tells fakes from real images, and by what.

    All figures are of images that it has not seen.

    Args:
        accuracy: Mean of the accuracies on real images and on fakes, in 0..1: 0.5 is
            the best for a generator. 0.5 may also mean that the network has learned
            nothing.
        p_value: Probability of such an accuracy, or a higher one, by chance.
        auroc: Probability that a fake looks more like a fake than a real image.
        pixels: Share of each pixel in the gradient of the network's log odds by the
            image, `(height, width)`, with the sum 1: where it looks.
        frequencies: Probability that a fake has more power than a real image at 1, 2,
            ... cycles per image, `(k,)`: 0.5 tells nothing, below it fakes are too
            smooth there, above it too rough.
        detector: The network, `x -> (batch, 2)`, probabilities of real and fake.
    """

    accuracy: float
    p_value: float
    auroc: float
    pixels: np.ndarray
    frequencies: np.ndarray
    detector: keras.Model


def detect_fakes(
    real: ArrayLike, fake: ArrayLike, epochs: int = 20, seed: int | None = 0
) -> FakeReport:
    """Trains a network to tell fakes from real images, and says how it does.

    A convolutional network, that of `kgen.metrics.fit_classifier`, learns from one half
    of both sets and judges the other half. `kgen.metrics.classifier_test` is the
    same test on features; this one sees pixels, so that it can say which of them
    betray a fake.

    Args:
        real: Images `(n, height, width, channels)` in [0, 1] that the generator has not
            been trained on.
        fake: Samples `(m, height, width, channels)`.
        epochs: Passes over the half of the images that it learns from.
        seed: Integer that fixes the halves and the network.

    Raises:
        ValueError: unless both are finite images of one shape, four or more of each, or
            for an invalid number of epochs or seed.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> real, fake = rng.random((2, 40, 8, 8, 1))
    >>> found = detect_fakes(real, fake * 0.3, epochs=5)
    >>> bool(found.frequencies.max() < 0.1), found.pixels.shape
    (True, (8, 8))

    References:
        [Lopez-Paz & Oquab, 2017](https://arxiv.org/abs/1610.06545),
        [Simonyan et al., 2014](https://arxiv.org/abs/1312.6034) (gradients of pixels),
        [Durall et al., 2020](https://arxiv.org/abs/2003.01826) (spectra of fakes)
    """
    name = "detect_fakes"
    epochs = check_count(name, "epochs", epochs)
    seed = check_seed(name, seed)
    rng = np.random.default_rng(seed)
    halves = [
        _halves(name, key, images, rng)
        for key, images in zip(("real", "fake"), (real, fake), strict=True)
    ]
    shapes = [half.shape[1:] for half, _ in halves]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"`{name}` was given real images of shape {shapes[0]} and fakes of shape "
            f"{shapes[1]}, but expects one shape."
        )
    seen, unseen = (
        (np.concatenate(parts), np.repeat([0, 1], [len(part) for part in parts]))
        for parts in zip(*halves, strict=True)
    )
    order = rng.permutation(len(seen[0]))
    train = tf.data.Dataset.from_tensor_slices((seen[0][order], seen[1][order]))
    shuffled = train.shuffle(len(order), seed=int(rng.integers(2**31)))
    detector = fit_classifier(shuffled.batch(BATCH_SIZE), epochs, seed, num_classes=2)
    log_odds, gradients = _judged(detector, unseen[0])
    is_fake = unseen[1]
    accuracy, p_value = fair_accuracy((log_odds > 0) == is_fake, is_fake)
    pixels = np.abs(gradients).sum(axis=(0, 3), dtype="float64")
    spectra = np.stack([power_spectrum(image[None]) for image in unseen[0]])
    return FakeReport(
        accuracy=accuracy,
        p_value=p_value,
        auroc=float(_larger(log_odds, is_fake)),
        pixels=pixels / max(pixels.sum(), np.finfo("float64").tiny),
        frequencies=_larger(spectra, is_fake),
        detector=detector,
    )


def _halves(name, key, images, rng):
    """Images in two halves, those to learn from and those to judge."""
    images = numbers(name, key, images, axes=4, rows=4).astype("float32")
    if images.ndim > 4 or images.min() < -1e-3 or images.max() > 1 + 1e-3:
        raise ValueError(
            f"`{name}` was given {key} of shape {images.shape} from {images.min():g} to"
            f" {images.max():g}, but expects images (n, height, width, channels) in "
            "[0, 1]."
        )
    rows = rng.permutation(len(images))
    return images[rows[::2]], images[rows[1::2]]


def _judged(detector, images):
    """The log odds of "fake" for each image, and their gradients by its pixels."""
    # Without the softmax: its gradient vanishes where the network is sure.
    *_, last = detector.layers
    features = keras.Model(detector.input, last.input)
    kernel, bias = (tf.convert_to_tensor(w) for w in last.get_weights())
    direction, offset = kernel[:, 1] - kernel[:, 0], bias[1] - bias[0]

    def judge(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            odds = tf.linalg.matvec(features(x), direction) + offset
        return {"odds": odds, "gradient": tape.gradient(odds, x)}

    found = in_pieces(judge, [tf.convert_to_tensor(images)], 256)
    return found["odds"].numpy(), found["gradient"].numpy()


def _larger(values, is_fake):
    """Probability that the value of a fake exceeds that of a real image; ties half."""
    ranks = stats.rankdata(values, axis=0)
    count = np.sum(is_fake)
    above = ranks[is_fake == 1].sum(axis=0) - count * (count + 1) / 2
    return above / (count * (len(is_fake) - count))
