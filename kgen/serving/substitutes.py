"""Operations of TensorFlow that other runtimes lack, made of ones that they have.

Each substitute has the arguments of its operation and gives its result to the precision
of float32.
"""

import math

import tensorflow as tf


def erf(x):
    """The error function.

    References:
        The rational approximation of Eigen, which TensorFlow uses.
    """
    x = tf.clip_by_value(x, -4.0, 4.0)
    square = x * x
    above = (
        *(-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06),
        *(-5.69250639462346e-05, -7.34990630326855e-04, -2.95459980854025e-03),
        -1.60960333262415e-02,
    )
    below = (
        *(-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03),
        *(-7.37332916720468e-03, -1.42647390514189e-02),
    )
    return x * polynomial(above, square) / polynomial(below, square)


def erfc(x):
    """`1 - erf(x)`, precise for large x.

    References:
        The approximation of Cephes, `ndtrf.c`, which XLA uses.
    """
    size = tf.maximum(tf.abs(x), 1.0)
    near = (
        *(2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1),
        *(-5.824733027278666e-1, 6.210004621745983e-1, -4.944515323274145e-1),
        *(3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1),
    )
    far = (
        *(-1.047766399936249e1, 1.297719955372516e1, -7.495518717768503e0),
        *(2.921019019210786e0, -1.015265279202700e0, 4.218463358204948e-1),
        *(-2.820767439740514e-1, 5.641895067754075e-1),
    )
    inverse = 1.0 / size
    square = inverse * inverse
    factor = tf.where(size < 2.0, polynomial(near, square), polynomial(far, square))
    tail = tf.exp(-size * size) * inverse * factor
    tail = tf.where(x < 0.0, 2.0 - tail, tail)
    return tf.where(tf.abs(x) < 1.0, 1.0 - erf(x), tail)


def log1p(x):
    """`log(1 + x)`, precise for small x: Kahan's formula."""
    rounded = 1.0 + x
    exact = tf.equal(rounded, 1.0)
    quotient = x / tf.where(exact, tf.ones_like(x), rounded - 1.0)
    return tf.where(exact, x, tf.math.log(rounded) * quotient)


def ndtri(p):
    """The quantile function of the standard normal distribution.

    For p from 2^-24 to 1 - 2^-24, between which kgen keeps them.

    References:
        [Giles, 2010](https://people.maths.ox.ac.uk/gilesm/files/gems_erfinv.pdf) (the
        inverse error function, in single precision)
    """
    # 1 - (2p - 1)^2 would lose the digits of a p near 0.
    w = -tf.math.log(4.0 * p * (1.0 - p))
    near = (
        *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06),
        *(0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
    )
    far = (
        *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844),
        *(0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
    )
    root = tf.sqrt(tf.maximum(w, 5.0))
    factor = tf.where(w < 5.0, polynomial(near, w - 2.5), polynomial(far, root - 3.0))
    return math.sqrt(2.0) * factor * (2.0 * p - 1.0)


def mul_no_nan(x, y):
    """`x * y`, and 0 where y is 0, also for an x that is infinite or NaN."""
    zero = tf.equal(y, 0.0)
    return tf.where(zero, tf.zeros_like(x * y), x * y)


def broadcast_args(s0, s1):
    """The shape that two shapes broadcast to, int32 `(rank,)`."""
    ranks = tf.size(s0), tf.size(s1)
    rank = tf.maximum(*ranks)
    s0, s1 = (
        tf.concat([tf.ones([rank - own], s.dtype), s], 0)
        for own, s in zip(ranks, (s0, s1), strict=True)
    )
    return tf.where(tf.equal(s0, 1), s1, s0)


def ensure_shape(value):
    """The value itself: the shape of a traced graph fits."""
    return tf.identity(value)


def triangular_solve(matrix, rhs, lower, adjoint):
    """The x of `matrix x = rhs`: the inverse of the matrix, times `rhs`.

    The inverse comes from those of the blocks on the diagonal, of sizes 1, 2, 4, ...:
    of `[[A, 0], [C, B]]` it is `[[A^-1, 0], [-B^-1 C A^-1, B^-1]]`.

    Args:
        matrix: `(..., n, n)`, with a known n.
        rhs: `(..., n, m)`.
        lower: Whether the matrix is lower triangular, else upper.
        adjoint: Whether its transpose takes its place.
    """
    n = matrix.shape[-1]
    if not lower:
        matrix = tf.linalg.matrix_transpose(matrix)
    blocks = [1.0 / matrix[..., i : i + 1, i : i + 1] for i in range(n)]
    starts = list(range(n))
    while len(blocks) > 1:
        joined = []
        for i in range(0, len(blocks) - 1, 2):
            (a, b), (first, start) = blocks[i : i + 2], starts[i : i + 2]
            end = starts[i + 2] if i + 2 < len(starts) else n
            c = matrix[..., start:end, first:start]
            corner = -tf.matmul(b, tf.matmul(c, a))
            empty = tf.zeros_like(tf.linalg.matrix_transpose(c))
            upper = tf.concat([a, empty], -1)
            joined.append(tf.concat([upper, tf.concat([corner, b], -1)], -2))
        blocks = [*joined, *blocks[2 * len(joined) :]]
        starts = starts[::2]
    inverse = blocks[0]
    if lower == adjoint:
        inverse = tf.linalg.matrix_transpose(inverse)
    return tf.matmul(inverse, rhs)


def polynomial(coefficients, x):
    """Horner's scheme; the coefficient of the highest power comes first."""
    value = tf.fill(tf.shape(x), tf.cast(coefficients[0], x.dtype))
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


SUBSTITUTES = {
    "BroadcastArgs": broadcast_args,
    "EnsureShape": ensure_shape,
    "Erf": erf,
    "Erfc": erfc,
    "Log1p": log1p,
    "MatrixTriangularSolve": triangular_solve,
    "MulNoNan": mul_no_nan,
    "Ndtri": ndtri,
}
# Attributes that are arguments of the substitute, after the operation's inputs. These
# substitutes depend on the shapes of their inputs.
OPTIONS = {"MatrixTriangularSolve": ("lower", "adjoint")}
