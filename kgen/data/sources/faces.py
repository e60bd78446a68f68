"""Small crops of photographs, half of them faces, from scikit-image."""

import numpy as np

from kgen.data.sources import register

NUM_TRAIN = 80  # Of the 100 crops of each class.


@register("faces", num_classes=2)
def load_faces(split):
    """Crops float32 `(25, 25, 1)` in [0, 1]; label 1 is a face, 0 something else.

    The 200 crops of Labeled Faces in the Wild that scikit-image has. Of each class a
    fixed choice of 80 is for `train`, the other 20 for `test`, in a fixed order.

    Raises:
        ImportError: scikit-image is not installed.
    """
    try:
        from skimage.data import lfw_subset
    except ModuleNotFoundError as error:
        raise ImportError(
            "The data set 'faces' comes with scikit-image, which is not installed. Run "
            "pip install scikit-image."
        ) from error
    images = lfw_subset()[..., None]  # The first half are the faces.
    rng = np.random.RandomState(0)
    halves = [start + rng.permutation(100) for start in (0, 100)]
    part = slice(NUM_TRAIN) if split == "train" else slice(NUM_TRAIN, None)
    rows = rng.permutation(np.concatenate([half[part] for half in halves]))
    return images[rows], (rows < 100).astype("int32")
