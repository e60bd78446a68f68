"""Adversarial debiasing: codes that serve a task and do not show a bias."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import as_array
from kgen.core.checks.values import check_count, check_seed, check_sizes
from kgen.core.keras_habits import check_optimizer
from kgen.latent.embedding import LARGEST_SEED
from kgen.latent.encoding import flat
from kgen.networks.inputs import input_shape
from kgen.networks.layers.gradient_reversal import GradientReversal


def debiased_classifier(
    encoder: keras.Model,
    num_classes: int,
    num_groups: int,
    strength: float = 1.0,
    hidden: Sequence[int] = (512,),
    optimizer: str | keras.optimizers.Optimizer = "adam",
) -> keras.Model:
    """A classifier with a code that training makes independent of a group.

    Two heads read the code `z = encoder(x)`: a softmax predicts the class, and a
    perceptron predicts the group. Both minimise their cross-entropies, in nats. A
    `GradientReversal` lies between the code and the second head, so that the encoder
    minimises `task loss - strength * bias loss`.

    The bias head must learn fast, so make it wide. An encoder may beat a slow head
    while a fresh classifier still finds the group: measure with `bias_accuracy`. Both
    sides circle around their equilibrium, and averages of the weights come nearer to
    it: `keras.optimizers.Adam(use_ema=True)`. A narrow code can hide less of the group.
    If groups correlate with classes, a large strength also removes the information on
    classes.

    Args:
        encoder: Built network `x -> z` with one input. It is trained in place:
            afterwards `encoder(x)` is the debiased code. In a loaded classifier it is
            `classifier.get_layer(encoder.name)`.
        num_classes: Number of classes of the task.
        num_groups: Number of groups, the values of the bias.
        strength: Weight of the bias loss for the encoder; 0 debiases nothing. Try
            values from 0.1 to 1.
        hidden: Units of the bias head's hidden layers.
        optimizer: Name or instance of a Keras optimizer.

    Returns:
        A plain `keras.Model` `x -> {"task": (batch, num_classes), "bias": (batch,
        num_groups)}`, probabilities, compiled with the cross-entropies and accuracies.
        Train it by `fit(x, {"task": labels, "bias": groups})`, ints from 0.

    Raises:
        ValueError: if the encoder has several inputs, the strength is negative, there
            are fewer than two classes or groups, or units or optimizer are invalid.

    Example:

    >>> x, labels = np.random.rand(20, 8, 8, 1), np.arange(20) % 10
    >>> groups = np.arange(20) % 2
    >>> encoder = kgen.networks.mlp_encoder((8, 8, 1), 4)
    >>> classifier = debiased_classifier(encoder, num_classes=10, num_groups=2)
    >>> history = classifier.fit(x, {"task": labels, "bias": groups}, verbose=0)
    >>> classifier(x)["task"].shape
    TensorShape([20, 10])
    >>> accuracy, chance = bias_accuracy(encoder(x), groups)
    >>> chance
    0.5

    References:
        [Zhang et al., 2018](https://arxiv.org/abs/1801.07593),
        [Ganin et al., 2016](https://arxiv.org/abs/1505.07818)
    """
    for key, count in (("num_classes", num_classes), ("num_groups", num_groups)):
        check_count("debiased_classifier", key, count, fewest=2)
    hidden = check_sizes("debiased_classifier", "hidden", hidden)
    optimizer = check_optimizer("debiased_classifier", "optimizer", optimizer)
    shape = input_shape(encoder, "x")
    if len(encoder.inputs) > 1:
        raise ValueError(
            f"The encoder {encoder.name!r} takes {[i.name for i in encoder.inputs]}, "
            "but a debiased code is a function of x alone."
        )
    x = keras.Input(shape, name="x")
    code = keras.layers.Flatten(name="code")(encoder(x))
    h = GradientReversal(strength, name="reversal")(code)
    for index, units in enumerate(hidden):
        h = keras.layers.Dense(units, "relu", name=f"bias_hidden_{index}")(h)
    outputs = {
        # Probabilities in full precision under any dtype policy.
        name: keras.layers.Dense(count, "softmax", dtype="float32", name=name)(value)
        for name, count, value in (
            ("task", num_classes, code),
            ("bias", num_groups, h),
        )
    }
    classifier = keras.Model(x, outputs, name="debiased_classifier")
    classifier.compile(
        optimizer,
        loss="sparse_categorical_crossentropy",
        metrics={name: ["accuracy"] for name in outputs},
    )
    return classifier


def bias_accuracy(
    codes: ArrayLike, groups: ArrayLike, num_folds: int = 5, seed: int | None = 0
) -> tuple[float, float]:
    """The accuracy of a fresh classifier that predicts the group from the code.

    It is a support vector machine with a radial kernel, on standardised codes, and
    predicts the groups of each fold after training on the others. Use data with groups
    independent of classes: otherwise a code of the class alone shows the group.

    Args:
        codes: Codes `(n, *latent_shape)` of data that the encoder was not trained on.
        groups: ints or names `(n,)`, at least `num_folds` examples of each group.
        num_folds: Number of parts into which the examples are split.
        seed: Integer that fixes the split.

    Returns:
        Two floats: the held-out accuracy, and chance. Chance is the share of the
        largest group, the accuracy of always predicting that group.

    Raises:
        ValueError: if codes are integers, if there is not one group for each code or
            too few examples of a group, or if the seed is invalid.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(200, 2))
    >>> groups = codes[:, 0] > 0
    >>> accuracy, chance = bias_accuracy(codes, groups)
    >>> accuracy > 0.9
    True
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    codes = flat("bias_accuracy", codes, rows=1)
    groups = np.asarray(as_array("`bias_accuracy` was given groups", groups, text=True))
    if groups.shape != (len(codes),) or groups.dtype.kind not in "biuSU":
        raise ValueError(
            f"`bias_accuracy` was given groups of shape {groups.shape} and type "
            f"{groups.dtype} for {len(codes)} codes, but expects an int or a name for "
            f"each, ({len(codes)},)."
        )
    seed = check_seed("bias_accuracy", seed, most=LARGEST_SEED)
    num_folds = check_count("bias_accuracy", "num_folds", num_folds, fewest=2)
    _, counts = np.unique(groups, return_counts=True)
    if len(counts) < 2 or counts.min() < num_folds:
        raise ValueError(
            f"`bias_accuracy` was given groups of sizes {counts.tolist()}, but expects "
            f"two or more groups of at least num_folds={num_folds} examples. Pass more "
            "data, or fewer folds."
        )
    folds = StratifiedKFold(num_folds, shuffle=True, random_state=seed)
    machine = make_pipeline(StandardScaler(), SVC())
    scores = cross_val_score(machine, codes, groups, cv=folds)
    return float(scores.mean()), float(counts.max() / counts.sum())
