"""What is wrong with the values of data: checked once, where they come in.

The happy path costs a minimum and a maximum. The sentence is written where these are
not as they should be, by the same code in a pipeline of tf.data and for a verb.
"""

import re

import keras
import numpy as np
import tensorflow as tf

TRAINING_SLACK = 1e-3  # Rounding of images that were resized.
VERB_SLACK = 0.5  # A model's own output, fed back, may overshoot.
FINITE = (float(tf.float32.min), float(tf.float32.max))
_MARKED = re.compile(r"kgen> (.*?) <kgen", re.DOTALL)


def checked(model, dataset, argument="x"):
    """The same data set, whose batches are refused if their values make no sense.

    What is refused: data that is not finite or outside `model.data_range`; labels of a
    conditional model that are no classes; weights that are not finite or negative.
    Whoever reads the data set gets an error of TensorFlow's: see `data_error`.

    Args:
        model: A `GenerativeModel`.
        dataset: `tf.data.Dataset` of batches that have passed `check_data`.
        argument: Name of the argument that it was passed as, for the error.
    """
    where = "" if argument == "x" else f" of {argument}"

    def check(*batch):
        data = batch if isinstance(dataset.element_spec, tuple) else batch[0]
        x, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        given = f"This {type(model).__name__} was given"
        if x.dtype.is_floating:
            bounds = data_bounds(model.data_range, TRAINING_SLACK)
            refuse_outside(
                bounds, x, lambda: data_sentence(f"{given} x{where}", x, model)
            )
        if model.num_classes is not None:
            bounds = (0, model.num_classes - 1)
            refuse_outside(
                bounds,
                labels,
                lambda: labels_sentence(f"{given} labels{where}", labels, model),
            )
        if weights is not None:
            refuse_outside(
                (0, FINITE[1]),
                weights,
                lambda: sentence(
                    f"{given} weights{where}",
                    weights,
                    "finite ones, 0 or larger",
                    "Leave an example out with the weight 0.",
                ),
            )
        return data

    return dataset.map(check)
