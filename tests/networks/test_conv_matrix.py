"""The matrix of a convolution against Keras' layers, and the lecture's numbers."""

import itertools

import keras
import numpy as np
import pytest

from kgen.networks import Unpool2D, conv_matrix

SIZES = [(6, 6), (5, 7), (8, 3)]
KERNELS = [(1, 1), (3, 3), (2, 4), (5, 2)]
STRIDES = [1, 2, 3]


def layer(kind, kernel, filters, **options):
    """A Keras layer without bias, with this kernel."""
    made = kind(filters, kernel.shape[:2], use_bias=False, **options)
    channels = kernel.shape[2 if kind is keras.layers.Conv2D else 3]
    made.build((None, None, None, channels))
    made.set_weights([kernel])
    return made


def output_padding(size, small, kernel, stride, padding):
    """What makes Keras' transposed convolution as large as the image was."""
    before = kernel // 2 if padding == "same" else 0
    return size - ((small - 1) * stride + kernel - 2 * before)


CASES = [
    (size, kernel, stride, padding)
    for size, kernel, stride, padding in itertools.product(
        SIZES, KERNELS, STRIDES, ("valid", "same")
    )
    if padding == "same" or all(k <= n for k, n in zip(kernel, size, strict=True))
]


@pytest.mark.parametrize(("channels", "filters"), [(1, 1), (2, 3)])
def test_it_is_the_convolution_of_keras_and_its_transpose_the_transposed_one(
    channels, filters
):
    rng = np.random.default_rng(0)
    turned_back = 0
    for size, kernel_size, stride, padding in CASES:
        options = {"strides": stride, "padding": padding}
        kernel = rng.normal(size=(*kernel_size, channels, filters)).astype("float32")
        x = rng.normal(size=(2, *size, channels)).astype("float32")
        matrix = conv_matrix(kernel, x.shape[1:], stride, padding)
        expected = layer(keras.layers.Conv2D, kernel, filters, **options)(x).numpy()
        assert matrix.shape == (expected[0].size, x[0].size)
        found = x.reshape(2, -1) @ matrix.T
        np.testing.assert_allclose(found, expected.reshape(2, -1), atol=1e-5)

        y = rng.normal(size=expected.shape).astype("float32")
        sides = (size, y.shape[1:3], kernel_size)
        missing = tuple(
            output_padding(*side, stride, padding) for side in zip(*sides, strict=True)
        )
        if all(n == stride for n in missing):
            missing = None  # The size that Keras takes by itself.
        elif not all(0 <= n < stride for n in missing):
            continue  # Keras' layer cannot be told to make this size.
        transposed = layer(
            keras.layers.Conv2DTranspose,
            kernel,
            channels,
            output_padding=missing,
            **options,
        )
        expected = transposed(y).numpy()
        assert expected.shape == x.shape
        found = (y.reshape(2, -1) @ matrix).reshape(x.shape)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        turned_back += 1
    assert turned_back > 0.6 * len(CASES)


def test_rows_and_columns_may_have_strides_of_their_own():
    rng = np.random.default_rng(0)
    kernel, x = rng.normal(size=(3, 2, 2, 2)), rng.normal(size=(1, 7, 6, 2))
    options = {"strides": (3, 2), "padding": "same", "dtype": "float64"}
    expected = layer(keras.layers.Conv2D, kernel, 2, **options)(x)
    matrix = conv_matrix(kernel, (7, 6, 2), (3, 2), "same")
    assert matrix.dtype == "float64"
    np.testing.assert_allclose(matrix @ x.ravel(), np.ravel(expected), atol=1e-12)


def test_the_lectures_transposed_convolution_is_a_sum_of_scaled_kernels():
    kernel = np.array([[1.0, 3.0], [0.0, 2.0]])
    wanted = [[1, 6, 9], [0, 4, 12], [0, 0, 4]]
    matrix = conv_matrix(kernel, (3, 3))
    found = (matrix.T @ kernel.ravel()).reshape(3, 3)
    assert found.tolist() == wanted
    # The four terms of the lecture, one for each pixel of the input.
    terms = np.zeros((2, 2, 3, 3))
    for i, j in np.ndindex(2, 2):
        terms[i, j, i : i + 2, j : j + 2] = kernel[i, j] * kernel
    assert terms[0, 1].tolist() == [[0, 3, 9], [0, 0, 6], [0, 0, 0]]
    assert terms.sum((0, 1)).tolist() == wanted
    transposed = layer(keras.layers.Conv2DTranspose, kernel[..., None, None], 1)
    assert transposed(kernel[None, ..., None]).numpy()[0, ..., 0].tolist() == wanted


def test_the_lectures_nearest_upsampling():
    x = np.array([[2.0, 0.0], [3.0, 4.0]])
    wanted = [[2, 2, 0, 0], [2, 2, 0, 0], [3, 3, 4, 4], [3, 3, 4, 4]]
    nearest = keras.layers.UpSampling2D(2, interpolation="nearest")
    assert nearest(x[None, ..., None]).numpy()[0, ..., 0].tolist() == wanted
    # It is a transposed convolution, too: a kernel of ones as large as its stride.
    matrix = conv_matrix(np.ones((2, 2)), (4, 4), strides=2)
    assert (matrix.T @ x.ravel()).reshape(4, 4).tolist() == wanted


@pytest.mark.parametrize("stride", [2, 3])
def test_unpooling_to_fixed_places_and_a_convolution_is_a_transposed_one(stride):
    rng = np.random.default_rng(0)
    kernel, y = rng.normal(size=(4, 4)), rng.normal(size=(2, 3))
    size = tuple(4 + stride * (n - 1) for n in y.shape)
    expected = conv_matrix(kernel, size, stride).T @ y.ravel()
    large = Unpool2D(stride, dtype="float64")(y[None, ..., None]).numpy()[0, ..., 0]
    padded = np.pad(large, 3)
    found = conv_matrix(kernel[::-1, ::-1], padded.shape) @ padded.ravel()
    found = found.reshape(np.add(large.shape, 3))[: size[0], : size[1]]
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-12)


def test_a_kernel_that_its_stride_does_not_divide_covers_pixels_unevenly():
    """The checkerboard rule: how often each inner pixel is written."""

    def counts(kernel_size, stride):
        size = (8 * stride, 8 * stride)
        kernel = np.ones((kernel_size, kernel_size))
        written = conv_matrix(kernel, size, stride, "same").sum(0).reshape(size)
        return set(written[6:-6, 6:-6].ravel())

    assert counts(4, 2) == {4.0} and counts(2, 2) == {1.0} and counts(6, 3) == {4.0}
    assert counts(3, 2) == {1.0, 2.0, 4.0} and len(counts(4, 3)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", (3, 3)), "given kernel of type str"),
        (([1.0, 2.0], (3, 3)), r"kernel of shape \(2,\)"),
        ((np.ones((2, 2, 1)), (3, 3)), r"kernel of shape \(2, 2, 1\)"),
        ((np.full((2, 2), np.nan), (3, 3)), "NaN or infinity in 4 of 4"),
        ((np.ones((2, 2)), 3), "input_shape=3"),
        ((np.ones((2, 2)), (3, 0)), r"input_shape=\(3, 0\)"),
        ((np.ones((2, 2)), (3, 3, 2)), "2 channels and a kernel of shape"),
        ((np.ones((2, 2)), (3, 3), 0), "strides=0"),
        ((np.ones((2, 2)), (3, 3), (1, 2, 3)), r"strides=\(1, 2, 3\)"),
        ((np.ones((2, 2)), (3, 3), 1, "full"), "padding='full'"),
        ((np.ones((4, 2)), (3, 3)), "kernel of 4 pixels for an image of 3"),
    ],
)
def test_what_makes_no_convolution_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        conv_matrix(*arguments)
