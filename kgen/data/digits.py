"""scikit-learn's handwritten digits as a TFDS builder; importing this registers it."""

import numpy as np
import tensorflow_datasets as tfds

NUM_TRAIN = 1437
LEVELS = 17


class Digits(tfds.core.GeneratorBasedBuilder):
    """1,797 real handwritten digits of 8x8 pixels and 17 grey levels.

    They come with scikit-learn, so nothing is downloaded. `image` is float32
    `(8, 8, 1)`, exactly `k / 16` for the scanned level `k` in 0..16 (`16 * image` gives
    it back), and `label` is 0..9. The split is fixed: a permutation by
    `numpy.random.RandomState(0)`, the first 1,437 for `train` and the other 360 for
    `test`. On those 360, with Laplace smoothing, independent categorical pixels have
    107.41 nats, and independent Bernoulli pixels on `image >= 0.5` have 25.06.

    Example:

    >>> import kgen.data.digits
    >>> import tensorflow_datasets as tfds
    >>> tfds.builder("digits").info.features["image"].shape
    (8, 8, 1)

    References:
        [UCI, Optical Recognition of Handwritten Digits](https://doi.org/10.24432/C50P49)
    """

    VERSION = tfds.core.Version("1.0.0")
    LEVELS = LEVELS

    def _info(self):
        return self.dataset_info_from_configs(
            description="scikit-learn's 8x8 handwritten digits, as k / 16.",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(8, 8, 1), dtype=np.float32),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://scikit-learn.org/stable/datasets/toy_dataset.html",
            # The order of the permutation is part of the data set.
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        order = np.random.RandomState(0).permutation(1797)
        return {
            "train": self._generate_examples(order[:NUM_TRAIN]),
            "test": self._generate_examples(order[NUM_TRAIN:]),
        }

    def _generate_examples(self, rows):
        from sklearn.datasets import load_digits

        digits = load_digits()
        for key, row in enumerate(rows):
            image = np.float32(digits.images[row, :, :, None] / (LEVELS - 1))
            yield key, {"image": image, "label": int(digits.target[row])}
