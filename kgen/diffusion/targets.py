"""What the network predicts: noise, data, or a mix of both."""

from kgen.core.config import lookup

# target = a x_0 + b noise, as functions of alpha and sigma; arrays in, arrays out.
TARGETS = {
    "noise": lambda alpha, sigma: (0.0 * alpha, 1.0 + 0.0 * alpha),
    "x0": lambda alpha, sigma: (1.0 + 0.0 * alpha, 0.0 * alpha),
    "v": lambda alpha, sigma: (-sigma, alpha),
    "velocity": lambda alpha, sigma: (-1.0 + 0.0 * alpha, 1.0 + 0.0 * alpha),
}


def coefficients(target, alpha, sigma):
    """a and b of `target = a x_0 + b noise` for t = 0..T.

    Args:
        target: `"noise"`; `"x0"`; `"v"`, `alpha noise - sigma x_0`
            ([Salimans & Ho, 2022](https://arxiv.org/abs/2202.00512)); or `"velocity"`,
            `noise - x_0`, the time derivative of x_t on a rectified path.
        alpha: float64 `(T + 1,)`.
        sigma: float64 `(T + 1,)`.

    Raises:
        ValueError: for another name, or where the target and x_t together do not tell
            x_0.
    """
    a, b = lookup("target", target, TARGETS)(alpha, sigma)
    # x_t = alpha x_0 + sigma noise and the target must be two equations, not one.
    if (abs(alpha * b - sigma * a)[1:] < 1e-12).any():
        raise ValueError(
            f"target={target!r} was given with a schedule that ends in noise alone, "
            "where it says nothing about x_0. Choose 'velocity', 'v' or 'x0'."
        )
    return a, b
