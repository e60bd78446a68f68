"""Types of arguments, for editors."""

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

# Examples: an array, or a data set of their batches.
Data = ArrayLike | tf.data.Dataset | keras.utils.PyDataset
