"""A convolution as a matrix; its transpose is the transposed convolution."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import is_size


def conv_matrix(
    kernel: ArrayLike,
    input_shape: Sequence[int],
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
) -> np.ndarray:
    """The matrix M of a convolution: `conv(x) = M x`, with images as long vectors.

    `M.T @ y` is the transposed convolution of y with the same kernel and strides. What
    a convolution reads from a pixel, its transpose writes into it: this is also how
    gradients pass through a convolution.

    As in all deep learning, the kernel is not turned: M holds a cross-correlation. An
    image `(height, width, channels)` is a vector row by row, with the channels of a
    pixel side by side (`x.ravel()`). M is dense, with an entry for each pair of an
    output and an input: take small images.

    Args:
        kernel: `(height, width, channels, filters)`, like the weights of
            `keras.layers.Conv2D`, or `(height, width)` for one channel and one filter.
            `keras.layers.Conv2DTranspose` with this kernel maps filters to channels.
        input_shape: `(height, width, channels)` of the image, or `(height, width)` for
            one channel.
        strides: Step between two positions of the kernel, or one for rows and one for
            columns.
        padding: `"valid"`: the kernel stays inside the image; or `"same"`: zeros around
            the image, `ceil(size / strides)` positions each way, as in Keras.

    Returns:
        Array `(size of the output, size of the image)`, of the kernel's dtype.

    Raises:
        ValueError: for a kernel, shape, stride or padding that makes no convolution.

    Example:

    >>> kernel = np.array([[1, 3], [0, 2]])
    >>> m = kgen.networks.conv_matrix(kernel, (3, 3))
    >>> m.astype(int)
    array([[1, 3, 0, 0, 2, 0, 0, 0, 0],
           [0, 1, 3, 0, 0, 2, 0, 0, 0],
           [0, 0, 0, 1, 3, 0, 0, 2, 0],
           [0, 0, 0, 0, 1, 3, 0, 0, 2]])
    >>> (m.T @ kernel.ravel()).reshape(3, 3).astype(int)
    array([[ 1,  6,  9],
           [ 0,  4, 12],
           [ 0,  0,  4]])

    References:
        [Dumoulin & Visin, 2016](https://arxiv.org/abs/1603.07285)
    """
    kernel, (height, width, channels) = _fitting(kernel, input_shape)
    steps = strides if isinstance(strides, (list, tuple)) else (strides, strides)
    if len(steps) != 2 or not all(map(is_size, steps)):
        raise ValueError(
            f"`conv_matrix` was given strides={strides!r}, but expects an int, 1 or "
            "larger, or two of them, for rows and columns."
        )
    if padding not in ("valid", "same"):
        raise ValueError(
            f"`conv_matrix` was given padding={padding!r}, but expects 'valid' or "
            "'same'."
        )
    sizes = zip((height, width), kernel.shape[:2], steps, strict=True)
    starts, columns = (_starts(*side, padding) for side in sizes)
    filters = kernel.shape[-1]
    output_shape = (len(starts), len(columns), filters)
    matrix = np.zeros((*output_shape, height, width, channels), kernel.dtype)
    for down, right in np.ndindex(*kernel.shape[:2]):
        # Positions of the kernel where this entry of it lies inside the image.
        i = np.flatnonzero((starts + down >= 0) & (starts + down < height))[:, None]
        j = np.flatnonzero((columns + right >= 0) & (columns + right < width))
        entry = kernel[down, right].T
        matrix[i, j, :, starts[i] + down, columns[j] + right, :] = entry
    return matrix.reshape(np.prod(output_shape), -1)


def _fitting(kernel, input_shape):
    """The kernel with four axes and the shape with three, if they fit one another."""
    kernel = numbers("conv_matrix", "kernel", kernel, axes=2)
    if kernel.ndim == 2:
        kernel = kernel[..., None, None]
    shape = tuple(input_shape) if isinstance(input_shape, (list, tuple)) else ()
    if len(shape) == 2:
        shape = (*shape, 1)
    if kernel.ndim != 4 or not kernel.size:
        raise ValueError(
            f"`conv_matrix` was given a kernel of shape {kernel.shape}, but expects "
            "(height, width, channels, filters), or (height, width)."
        )
    if len(shape) != 3 or not all(map(is_size, shape)):
        raise ValueError(
            f"`conv_matrix` was given input_shape={input_shape!r}, but expects "
            "(height, width, channels), or (height, width): ints, 1 or larger."
        )
    if shape[-1] != kernel.shape[2]:
        raise ValueError(
            f"`conv_matrix` was given an image of {shape[-1]} channels and a kernel of "
            f"shape {kernel.shape}, for {kernel.shape[2]}. Make them equal."
        )
    return kernel, shape


def _starts(size, kernel_size, stride, padding):
    """Where each position of the kernel starts, with negative ints in the padding."""
    if padding == "same":
        count = -(-size // stride)
        before = max((count - 1) * stride + kernel_size - size, 0) // 2
    else:
        count, before = (size - kernel_size) // stride + 1, 0
        if count < 1:
            raise ValueError(
                f"`conv_matrix` was given a kernel of {kernel_size} pixels for an "
                f"image of {size}, which leaves no position with padding='valid'. "
                "Take padding='same', a smaller kernel or a larger image."
            )
    return stride * np.arange(count) - before
