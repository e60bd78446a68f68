"""From data to codes."""

import numpy as np


def codes(model, dataset):
    """Codes of a whole data set.

    Args:
        model: A model with `encode`.
        dataset: `tf.data.Dataset` or `keras.utils.PyDataset` of batches `x` or
            `(x, labels)`, not shuffled.

    Returns:
        Arrays `z`, `(n, *latent_shape)`, and `labels`, `(n,)`; `None` for labels that
        the data set does not have.

    Raises:
        ValueError: if the data set has no batch or no end, or the model no `encode`.
    """
    import keras

    from kgen.core.pieces import batches

    z, labels = [], []
    for batch in batches(dataset, "`codes` was given a data set"):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        z.append(encoded(model, x, None if model.num_classes is None else y))
        labels.append(y)
    return np.concatenate(z), None if labels[0] is None else np.concatenate(labels)


def encoded(model, x, labels=None):
    """The codes of examples, `(n, *latent_shape)`.

    Args:
        model: A model with `encode`.
        x: Examples `(n, *data_shape)`.
        labels: For a conditional model the class of each example, `(n,)`.

    Raises:
        ValueError: if the model has no `encode`.
    """
    if not hasattr(model, "encode"):
        raise ValueError(
            f"A {type(model).__name__} was given, which has no `encode`. Search for "
            "the codes of examples by kgen.latent.invert(model, x), and go on from "
            "them with kgen.latent.path, shift and decode_grid."
        )
    return model.encode(x, labels=labels)


def continuous(name, z):
    """Codes as an array, if they are points of a space and not indices.

    Args:
        name: Of the function that was given them, for the error.
        z: Codes of any shape.

    Raises:
        ValueError: if they are integers, as those of a vector-quantised model are.
    """
    from kgen.core.containers import numbers  # It imports TensorFlow.

    z = numbers(name, "codes", z)
    if z.dtype.kind in "iub":
        raise ValueError(
            f"`{name}` was given codes of type {z.dtype}, but expects floats: integers "
            "name entries of a codebook, and have no distances and nothing in between. "
            "Use a model with a continuous latent; if these are numbers that happen to "
            "be whole, cast them to float32."
        )
    return z


def flat(name, z):
    """Continuous codes of any shape as vectors, `(n, size)`.

    Args:
        name: Of the function that was given them, for the error.
        z: `(n, *latent_shape)`.
    """
    z = continuous(name, z)
    return z.reshape(len(z), -1)
