"""Whether a network sees ahead, found by changed inputs."""

import numpy as np
import tensorflow as tf

from kgen.networks.inputs import CONDITIONS, apply, input_shape

# Rounding stays below LEAK times the largest output, or below TINY if that is 0.
LEAK, TINY = 1e-4, 1e-6
LOOKS = 16  # Number of positions at which a network is checked.


def check_causal(network, together=1, levels=None):
    """Raises a ValueError if a later value changes the output for an earlier one.

    Checks some positions of random data, with the network's present weights;
    `kgen.autoregressive.dependencies` checks all positions.

    Args:
        network: Network `x[, labels] -> (batch, ..., outputs)`.
        together: Number of values predicted at once, such as the channels of a pixel.
        levels: Number of values that x may take, if x is of ints.
    """
    rng, shape = np.random.default_rng(0), input_shape(network, "x")
    size = int(np.prod(shape)) // together
    starts = np.unique(np.linspace(0, size - 1, LOOKS).astype(int))
    one, others = (
        rng.random((rows, *shape), "float32")
        if levels is None
        else rng.integers(levels, size=(rows, *shape), dtype="int32")
        for rows in (1, len(starts))
    )
    before = np.arange(size) < starts[:, None]
    before = np.repeat(before, together, axis=1).reshape(others.shape)
    x = np.concatenate([one, np.where(before, one, others)])
    conditions = {
        tensor.name: np.zeros((len(x), *tensor.shape[1:]), tensor.dtype)
        for tensor in network.inputs
        if tensor.name in CONDITIONS
    }
    try:
        output = apply(network, x, **conditions).numpy().reshape(len(x), size, -1)
    except tf.errors.InvalidArgumentError as error:
        raise ValueError(
            f"The network {network.name!r} cannot take ints up to {levels - 1}, but "
            f"the likelihood gives it these. Build it with num_codes={levels}."
        ) from error
    slack = max(LEAK * np.abs(output).max(), TINY)
    for start, changed in zip(starts, output[1:], strict=True):
        if np.any(np.abs(changed - output[0])[: start + 1] > slack):
            raise ValueError(
                f"The network {network.name!r} sees ahead: its output for value "
                f"{start} or an earlier one, in raster order, depends on value {start} "
                "or a later one. Mask its layers, the first one with type A, channels "
                "by groups; shift tokens by one."
            )
