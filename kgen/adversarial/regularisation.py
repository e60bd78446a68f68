"""Regularisation losses of a network that is called several times."""


def called(network, call, *values):
    """The outputs for several values, and the mean of the regularisation losses.

    Each call of a layer drops the losses of its last call, so they are read after each.

    Args:
        network: The `keras.Model` whose losses count.
        call: Function of one value that calls the network once.
        *values: The values.

    Returns:
        `(outputs, regularisation)`: a list, and a scalar.
    """
    outputs, losses = [], []
    for value in values:
        outputs.append(call(value))
        losses.append(sum(network.losses))
    return outputs, sum(losses) / len(losses)
