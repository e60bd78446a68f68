"""A small classifier, whose features tell real images from generated ones."""

import math
import random
import reprlib

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count, check_seed
from kgen.networks.conv import conv_encoder


def fit_classifier(
    train: tf.data.Dataset,
    epochs: int = 20,
    seed: int | None = 0,
    num_classes: int | None = None,
) -> keras.Model:
    """Trains a small convolutional network to classify images.

    Convolutions halve the image down to two pixels; a dense layer of 64 and a softmax
    follow. `features` gives the output of that dense layer. AdamW trains the network,
    with a learning rate that falls to 0 along a cosine.

    Args:
        train: `tf.data.Dataset` of batches `(images, labels)`, images in [0, 1] of
            shape `(batch, height, width, channels)`, labels ints from 0.
        epochs: Passes over the data; 20 reach 98 % on held-out digits.
        seed: Integer that fixes the initial weights; the data set orders its batches
            itself.
        num_classes: Number of classes; by default that of the labels in `train`, which
            then have an example of each class.

    Returns:
        A compiled `keras.Model` `x -> (batch, num_classes)`, probabilities. Its
        `evaluate` gives cross-entropy and accuracy.

    Raises:
        ValueError: if the data set has no labels, no images or no examples, if classes
            have none, or for an invalid number of epochs or seed.

    Example:

    >>> import tensorflow as tf
    >>> data = np.random.rand(20, 8, 8, 1), np.arange(20) % 10
    >>> train = tf.data.Dataset.from_tensor_slices(data).batch(10)
    >>> classifier = kgen.metrics.fit_classifier(train, epochs=1)
    >>> classifier(data[0]).shape
    TensorShape([20, 10])
    >>> kgen.metrics.features(classifier).output_shape
    (None, 64)
    """
    epochs = check_count("fit_classifier", "epochs", epochs)
    seed = check_seed("fit_classifier", seed)
    shape = _image_shape(train)
    num_batches, seen = 0, set()
    for _, labels in train.as_numpy_iterator():
        num_batches += 1
        seen.update(np.unique(labels).tolist())
    if not num_batches:
        raise ValueError("The data set is empty: there is nothing to train on.")
    num_classes = _count_classes(seen, num_classes)
    classifier = _build(shape, num_classes, seed)
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, epochs * num_batches)
    classifier.compile(
        keras.optimizers.AdamW(schedule),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    # A dataset shuffles itself; `shuffle=True` would make Keras warn.
    classifier.fit(train, epochs=epochs, shuffle=False, verbose=0)
    return classifier


def features(classifier: keras.Model) -> keras.Model:
    """A classifier without its last layer: from images to features.

    Args:
        classifier: A Functional or Sequential `keras.Model` that ends with a dense
            layer, such as that of `fit_classifier`.

    Returns:
        `keras.Model` `x -> (batch, n)` that shares the classifier's weights.

    Raises:
        ValueError: for anything but such a model.
    """
    if not getattr(classifier, "layers", None) or not getattr(classifier, "inputs", 0):
        raise ValueError(
            f"`features` was given classifier={reprlib.repr(classifier)}, but expects "
            "a built Functional or Sequential keras.Model, as from `fit_classifier`."
        )
    return keras.Model(classifier.input, classifier.layers[-1].input, name="features")


def _count_classes(seen, num_classes):
    """The number of classes; raises a ValueError unless it fits the labels seen."""
    count = max(seen) + 1
    if num_classes is None:
        if missing := sorted(set(range(count)) - seen):
            raise ValueError(
                f"The data has labels from {min(seen)} to {max(seen)}, and no example "
                f"of {reprlib.repr(missing)}. Number the classes from 0 on without "
                "gaps, or pass num_classes to `fit_classifier`."
            )
        return count
    if check_count("fit_classifier", "num_classes", num_classes) < count:
        raise ValueError(
            f"`fit_classifier` was given num_classes={num_classes}, but the data has "
            f"labels up to {count - 1}."
        )
    return num_classes


def _image_shape(train):
    spec = getattr(train, "element_spec", None)
    if spec is None:
        raise ValueError(
            f"`fit_classifier` was given train={reprlib.repr(train)}, but expects a "
            "tf.data.Dataset of batches (images, labels)."
        )
    if not isinstance(spec, tuple) or len(spec) != 2 or len(spec[0].shape) != 4:
        raise ValueError(
            "A classifier trains on batches (images, labels), images of shape (batch, "
            f"height, width, channels), but the data set gives {spec}."
        )
    return tuple(spec[0].shape[1:])


def _build(shape, num_classes, seed):
    halvings = max(1, math.ceil(math.log2(max(shape[:2]) / 2)))
    # Keras takes the seeds of initial weights from `random`. A metric must not change
    # the random state of the caller's program.
    state = random.getstate()
    random.seed(seed)
    try:
        return conv_encoder(
            shape,
            num_classes,
            filters=(32,) + (halvings - 1) * (64,),
            hidden=(64,),
            output_activation="softmax",
            name="classifier",
        )
    finally:
        random.setstate(state)
