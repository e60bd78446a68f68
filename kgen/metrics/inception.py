"""Features of an Inception network: those of the published distances."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kgen.core.checks.values import check_data_shape

SIZE = 299  # Pixels a side that the network was trained for.


def inception_features(
    data_shape: Sequence[int], weights: str | None = "imagenet"
) -> keras.Model:
    """`keras.applications.InceptionV3` from images in [0, 1] to 2048 features.

    Images are resized to 299x299, gray ones become colours. Publications take other
    weights of this network: compare only distances by one network. It knows
    photographs. For digits or drawings a classifier of the data sees more, which is
    what `kgen.evaluate` takes by default.

    Args:
        data_shape: `(height, width, channels)` of the images, with 1 or 3 channels.
        weights: `"imagenet"`, which Keras downloads once; a file of weights; or `None`
            for random ones, whose features are of little use.

    Returns:
        `keras.Model` `x -> (batch, 2048)`.

    Raises:
        ValueError: for other shapes.
        OSError: if the weights cannot be had.

    Example:

    ```python
    network = kgen.metrics.inception_features((32, 32, 3))
    kgen.evaluate(gan, test, "frechet_distance", features=network)
    ```

    References:
        [Szegedy et al., 2016](https://arxiv.org/abs/1512.00567)
    """
    data_shape = check_data_shape(data_shape)
    if len(data_shape) != 3 or data_shape[-1] not in (1, 3):
        raise ValueError(
            f"`inception_features` was given data_shape={data_shape}, but expects "
            "images of 1 or 3 channels, (height, width, channels)."
        )
    x = h = keras.Input(data_shape, name="x")
    if data_shape[-1] == 1:
        h = keras.layers.Concatenate()([h, h, h])
    h = keras.layers.Resizing(SIZE, SIZE, antialias=True)(h)
    h = keras.layers.Rescaling(2.0, -1.0)(h)
    try:
        network = keras.applications.InceptionV3(
            include_top=False, weights=weights, pooling="avg"
        )
    except Exception as error:  # Keras raises a bare Exception without a network.
        raise OSError(
            f"The weights {weights!r} of InceptionV3 cannot be had: {error}. Pass "
            "weights= the path of a file, or other features."
        ) from error
    return keras.Model(x, network(h), name="inception_v3")
