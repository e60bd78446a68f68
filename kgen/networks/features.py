"""Hidden features of a network beside its output."""

import keras

LAST = "logits"  # The last layer of kgen's discriminators.


def has_features(network: keras.Model, layer: str | None = None) -> bool:
    """Whether a network has a layer of this name; by default, one called `logits`."""
    names = [found.name for found in getattr(network, "layers", ())]
    return (LAST if layer is None else layer) in names


def with_features(network: keras.Model, layer: str | None = None) -> keras.Model:
    """A network of the same layers that gives hidden features and its output.

    Args:
        network: Functional or Sequential `keras.Model` that is built.
        layer: Name of the layer whose output is the features. By default they are the
            input of the layer called `logits`, the last one of kgen's discriminators.

    Returns:
        `keras.Model` with the inputs of `network` and the outputs `[features, output]`.
        It shares the weights.

    Raises:
        ValueError: if there is no such layer; the message lists the layers.

    Example:

    >>> network = kgen.networks.mlp_discriminator((2,), hidden=(5, 4))
    >>> features, logits = with_features(network)(np.zeros((3, 2)))
    >>> features.shape, logits.shape
    (TensorShape([3, 4]), TensorShape([3, 1]))
    """
    if not has_features(network, layer):
        names = ", ".join(found.name for found in network.layers)
        raise ValueError(
            f"The network {network.name!r} has no layer {layer or LAST!r} that gives "
            f"features. Pass feature_layer, the name of one of its layers: {names}."
        )
    if layer is None:
        features = network.get_layer(LAST).input
    else:
        features = network.get_layer(layer).output
    return keras.Model(network.input, [features, network.output])
