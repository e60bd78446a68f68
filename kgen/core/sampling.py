"""Samples as arrays, for pictures and files."""

import numpy as np


def sample_array(model, num_samples, seed, labels=None, **options):
    """Samples as an array; a conditional model's classes take turns by default.

    Args:
        model: A `GenerativeModel` with the verb `sample`, or a `kgen.serving.Servable`.
        num_samples: Number of samples.
        seed: Integer.
        labels: One class per sample, for a conditional model.
        **options: Options of `sample`, such as a temperature.

    Returns:
        float32 array `(num_samples, *data_shape)`.
    """
    labels = default_labels(model.num_classes, num_samples, labels)
    return np.asarray(model.sample(num_samples, labels=labels, seed=seed, **options))


def default_labels(num_classes, num_samples, labels=None):
    """`labels`; by default the classes in turn, if the model has classes."""
    if labels is None and num_classes is not None:
        return np.arange(num_samples) % num_classes
    return labels
