"""Adversarial debiasing: a digit classifier whose code forgets a mark in the corner.

In training 97 % of the digits from 5 to 9 have a mark in the upper left corner, and 3 %
of the digits from 0 to 4. The mark is easy to see, and a classifier relies on it. In
held-out images it carries no information: half of all digits have it.

A second head on the code learns to find the mark, and through a reversed gradient the
encoder learns to hide it. The test is a fresh classifier, fitted on the codes of
held-out images, because a head that lost the race finds nothing even in a code with the
mark. More strength hides more of the mark, but finally costs accuracy on digits, since
marks and digits are correlated in training.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.downstream.debiasing import bias_accuracy, debiased_classifier

AGREEMENT = 0.97
STRENGTHS = (0.0, 0.5, 1.0)


def marked(images, groups):
    """The images, with a mark in the corner of those in group 1."""
    images = images.copy()
    images[groups == 1, :2, :2] = 1.0
    return images


def trained(x, targets, strength, epochs):
    """An encoder and the classifier on it."""
    encoder = kgen.networks.mlp_encoder(
        x.shape[1:], 8, hidden=(128,), output_activation="tanh"
    )
    average = keras.optimizers.Adam(1e-3, use_ema=True)
    classifier = debiased_classifier(encoder, 10, 2, strength, (1024,), average)
    classifier.fit(x, targets, epochs=epochs, batch_size=64, verbose=0)
    return encoder, classifier


def draw(x, groups, codes, path):
    """Images of both groups, and the plane of their codes for each strength."""
    figure = Figure(figsize=(16, 4), layout="constrained")
    axes = figure.subplots(1, 1 + len(codes))
    rows = [x[groups == group][:32].reshape(4, 8, *x.shape[1:]) for group in (0, 1)]
    axes[0].imshow(kgen.plots.image_grid(np.concatenate(rows)), cmap="gray")
    axes[0].set(title="held-out images", xticks=[], yticks=[])
    for axis, (strength, z) in zip(axes[1:], codes.items(), strict=True):
        plane = kgen.latent.embed(z)
        for group, name in enumerate(("no mark", "mark")):
            axis.scatter(*plane[groups == group].T, s=8, alpha=0.6, label=name)
        axis.set(title=f"codes, strength {strength:g}", xticks=[], yticks=[])
    axes[-1].legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    return path


args = shared.parse(__doc__, epochs=200)
parts = map(shared.arrays, kgen.data.load(args.data))
images, labels = map(np.concatenate, zip(*parts, strict=True))

num_seeds = min(3, args.epochs)  # Fewer in a short trial run.
figures = {strength: [] for strength in STRENGTHS}
for seed in range(num_seeds):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(images))
    train, test = np.split(order, [2 * len(order) // 3])
    agrees = rng.random(len(train)) < AGREEMENT
    groups = np.where(agrees, labels[train] >= 5, labels[train] < 5).astype("int32")
    test_groups = rng.integers(2, size=len(test))
    x, test_x = marked(images[train], groups), marked(images[test], test_groups)
    codes = {}
    for strength in STRENGTHS:
        keras.utils.set_random_seed(seed)
        targets = {"task": labels[train], "bias": groups}
        encoder, classifier = trained(x, targets, strength, args.epochs)
        codes[strength] = encoder.predict(test_x, verbose=0)
        named = classifier.predict(test_x, verbose=0)
        right = np.mean(np.argmax(named["task"], axis=1) == labels[test])
        head = np.mean(np.argmax(named["bias"], axis=1) == test_groups)
        probe, chance = bias_accuracy(codes[strength], test_groups)
        figures[strength].append((right, head, probe, chance))
    if seed == 0:
        print(
            f"Wrote {draw(test_x, test_groups, codes, args.output / 'debiasing.png')}"
        )

print(f"Held-out accuracy on {len(test)} images, {num_seeds} seeds, mean +- deviation:")
for strength, rows in figures.items():
    mean, deviation = np.mean(rows, axis=0), np.std(rows, axis=0)
    right, head, probe, chance = (
        f"{m:.1%} +- {d:.1%}" for m, d in zip(mean, deviation, strict=True)
    )
    print(f"strength {strength:g}: digit {right}")
    print(f"    mark found by the head {head}, by a fresh classifier {probe}")
print(f"    chance {chance}")
