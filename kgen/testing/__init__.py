"""The contract that every model keeps, as checks to run on your own models.

Checks ask a model for its verbs (`hasattr(model, verb)`), so that they cover a new verb
or a new model without naming it.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from kgen.testing.data_checks import check_bad_input
from kgen.testing.numeric_checks import check_average, check_numbers, check_precision
from kgen.testing.overfitting import NotLearningWarning, Overfit, overfit_one_batch
from kgen.testing.replica_checks import check_replicas, two_devices
from kgen.testing.resume_checks import check_determinism, check_resume
from kgen.testing.servables import check_servables, write_servable
from kgen.testing.training_checks import check_inputs, check_saving, check_training
from kgen.testing.verb_checks import (
    check_bounds,
    check_inverse,
    check_labels,
    check_seeds,
    check_shapes,
)

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


__all__ = [
    "CHECKS",
    "NotLearningWarning",
    "Overfit",
    "check_model",
    "check_servables",
    "overfit_one_batch",
    "two_devices",
    "write_servable",
]

CHECKS = (
    check_training,
    check_inputs,
    check_shapes,
    check_seeds,
    check_labels,
    check_bounds,
    check_inverse,
    check_saving,
    check_replicas,
    check_resume,
    check_determinism,
    check_numbers,
    check_bad_input,
    check_precision,
    check_average,
)


def check_model(
    model: GenerativeModel, x: ArrayLike, labels: ArrayLike | None = None
) -> None:
    """Checks that a model keeps kgen's contract; trains it a little meanwhile.

    It checks training on arrays and datasets, with labels and weights, on ragged
    batches, on two replicas, resumed, in reduced precision and with averaged weights;
    bad input; saving and loading; seeds; labels; bounds; and the export, loaded in a
    fresh process that imports neither kgen nor Keras.

    Args:
        model: A compiled `GenerativeModel`.
        x: At least 8 examples, `(n, *data_shape)`.
        labels: For a conditional model the class of each example, int `(n,)`, or its
            context, float `(n, context_shape)`.

    Raises:
        AssertionError: for the first check that fails; the message says why.
        RuntimeError: unless `two_devices` was called before TensorFlow was used.
    """
    for check in CHECKS:
        check(model, x, labels)
    with tempfile.TemporaryDirectory() as folder:
        write_servable(model, x, labels, folder)
        check_servables([folder])
