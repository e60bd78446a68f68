"""Coordinate ascent: factors of q, each at its optimum in turn."""

import numpy as np

from kgen.core.checks.values import check_count, check_number


def ascend(q, max_sweeps, tolerance):
    """Sweeps over the factors of q until the bound stands still.

    Args:
        q: Object whose `sweep()` updates each factor once, and whose `elbo()` gives the
            bound in nats.
        max_sweeps: Largest number of sweeps.
        tolerance: Smallest gain of a sweep, nats.

    Returns:
        The bound after each sweep, nats, float64.
    """
    max_sweeps = check_count("fit", "max_sweeps", max_sweeps)
    check_number("tolerance", tolerance)
    bounds = []
    for _ in range(max_sweeps):
        q.sweep()
        bounds.append(q.elbo())
        if len(bounds) > 1 and bounds[-1] - bounds[-2] < tolerance:
            break
    return np.array(bounds)
