"""The U-Net: parameters of the original, its numbers in NumPy, sizes, copies."""

import keras
import numpy as np
import pytest

from kgen.networks import BatchNorm, MaxPoolWithArgmax2D, MaxUnpool2D, unet
from kgen.testing.tools import reloaded

UPSAMPLE = ("transpose", "bilinear", "unpool")


def double(inputs, middle, outputs):
    """Parameters of two convolutions without bias, each with gamma and beta."""
    return 9 * inputs * middle + 2 * middle + 9 * middle * outputs + 2 * outputs


@pytest.mark.parametrize(
    ("upsample", "known"),
    [("transpose", 31_037_633), ("bilinear", 17_262_977), ("unpool", 17_262_977)],
)
def test_parameters_are_those_of_the_original(upsample, known):
    """Its constructor, line by line: Down(64, 128) ... Up(128, 64), OutConv(64, 1)."""
    down = [(3, 64), (64, 128), (128, 256), (256, 512)]
    if upsample != "transpose":  # Unpooling has as many.
        down.append((512, 512))
        up = [(1024, 256), (512, 128), (256, 64), (128, 64)]
        total = sum(double(n, n // 2, m) for n, m in up)
    else:
        down.append((512, 1024))
        up = [(1024, 512), (512, 256), (256, 128), (128, 64)]
        total = sum(4 * n * (n // 2) + n // 2 + double(n, m, m) for n, m in up)
    total += sum(double(n, m, m) for n, m in down) + 64 + 1
    assert total == known
    model = unet((32, 48, 3), 1, upsample=upsample)
    found = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert found == known


def convolved(x, kernel):
    """A convolution of 3x3 that keeps the size."""
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    height, width = x.shape[1:3]
    shifts = np.ndindex(3, 3)
    return sum(
        padded[:, i : i + height, j : j + width] @ kernel[i, j] for i, j in shifts
    )


def in_numpy(x, weights, levels):
    """The network with transposed convolutions, in inference."""
    weights = iter(weights)

    def double(h):
        for _ in range(2):
            kernel, gamma, beta, mean, variance = (next(weights) for _ in range(5))
            h = gamma * (convolved(h, kernel) - mean) / np.sqrt(variance + 1e-5) + beta
            h = np.maximum(h, 0.0)
        return h

    skips = [double(x)]
    for _ in range(levels - 1):
        h = skips[-1]
        height, width = (length // 2 for length in h.shape[1:3])
        corners = [h[:, i::2, j::2][:, :height, :width] for i, j in np.ndindex(2, 2)]
        skips.append(double(np.max(corners, axis=0)))
    h = skips.pop()
    while skips:
        kernel, bias = next(weights), next(weights)
        skip = skips.pop()
        large = np.zeros((len(h), 2 * h.shape[1], 2 * h.shape[2], len(bias)))
        for i, j in np.ndindex(2, 2):
            large[:, i::2, j::2] = h @ kernel[i, j].T + bias
        missing = [skip.shape[axis] - large.shape[axis] for axis in (1, 2)]
        margins = [(n // 2, n - n // 2) for n in missing]
        h = double(np.concatenate([skip, np.pad(large, [(0, 0), *margins, (0, 0)])], 3))
    return h @ next(weights)[0, 0] + next(weights)


@pytest.mark.parametrize("size", [(8, 12), (7, 11), (5, 4)], ids=str)
def test_the_numbers_are_those_of_numpy(size):
    rng = np.random.default_rng(0)
    model = unet((*size, 2), 3, (4, 6, 10))
    weights = [
        rng.uniform(0.2, 0.8, w.shape) - 0.4 * (w.ndim > 1) for w in model.weights
    ]
    model.set_weights(weights)
    x = rng.normal(size=(2, *size, 2))
    np.testing.assert_allclose(model(x), in_numpy(x, weights, 3), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("upsample", UPSAMPLE)
@pytest.mark.parametrize("shape", [(9, 7, 1), (4, 13, 3), (8, 8, 2)], ids=str)
def test_any_size_keeps_height_and_width(shape, upsample):
    model = unet(shape, 2, (2, 4, 6), upsample, output_activation="softmax")
    assert model.inputs[0].name == "x" and model.name == "unet"
    y = model(np.ones((2, *shape)))
    assert y.shape == (2, *shape[:2], 2)
    np.testing.assert_allclose(np.sum(y, -1), 1.0, rtol=1e-5)
    assert any(isinstance(layer, BatchNorm) for layer in model.layers)
    # One network for images of all sizes.
    other = unet((None, None, shape[-1]), 2, (2, 4, 6), upsample, "softmax")
    other.set_weights(model.get_weights())
    np.testing.assert_allclose(other(np.ones((2, *shape))), y, rtol=1e-5)


def test_a_single_level_is_a_double_convolution():
    for upsample in UPSAMPLE:
        model = unet((1, 1, 1), 1, (3,), upsample)
        assert model.count_params() == double(1, 3, 3) + 12 + 4


def test_unpooling_takes_the_places_of_the_way_down():
    """Values that come up appear where the fine map was largest, and nowhere else."""
    model = unet((4, 6, 1), 1, (3, 5), "unpool")
    pool, unpool = (
        next(layer for layer in model.layers if isinstance(layer, kind))
        for kind in (MaxPoolWithArgmax2D, MaxUnpool2D)
    )
    inside = keras.Model(model.input, [pool.input, unpool.input[0], unpool.output])
    fine, coarse, found = inside(np.random.default_rng(0).normal(size=(2, 4, 6, 1)))
    _, places = MaxPoolWithArgmax2D()(fine)
    np.testing.assert_array_equal(found, MaxUnpool2D()([coarse, places]))
    assert coarse.shape == (2, 2, 3, 3)


@pytest.mark.parametrize("upsample", UPSAMPLE)
def test_it_trains_and_is_saved(upsample):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).random((8, 7, 9, 1)).astype("float32")
    y = (x > 0.5).astype("float32")
    model = unet((7, 9, 1), 1, (4, 8), upsample, "sigmoid")
    before = [np.array(weight) for weight in model.trainable_weights]
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    losses = model.fit(x, y, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    for old, weight in zip(before, model.trainable_weights, strict=True):
        assert np.any(old != np.array(weight)), weight.path
    np.testing.assert_array_equal(reloaded(model)(x), model(x))


def test_what_cannot_be_halved_or_is_no_image_is_refused():
    with pytest.raises(ValueError, match="at least 16 pixels.*15x64.*fewer filters"):
        unet((15, 64, 3), 1)
    with pytest.raises(ValueError, match=r"\(64,\).*\(height, width, channels\)"):
        unet((64,), 1)
    with pytest.raises(ValueError, match="upsample='nearest'.*'bilinear'"):
        unet((16, 16, 3), 1, upsample="nearest")
