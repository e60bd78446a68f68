"""A CycleGAN: translation between two designs, learned without a single pair.

By default the digits, white on black, and the same digits with a red shadow. The model
never learns which belongs to which. Here that is known, so the translations of held-out
examples are compared with the truth, beside two simple guesses: the original as it is,
and the original with the mean and the contrast of each colour of the other design.

`--data` takes an .npz file with two arrays of pairs, such as one emoji in two designs,
8-bit or in [0, 1], and perhaps an array `category` of classes. `--cycle-weight 0
--identity-weight 0 --no-residual` shows what the cycle is good for: nothing else ties a
translation to its original, unless the generator only adds a change to it.
"""

import argparse
import pathlib

import keras
import numpy as np
import tensorflow as tf

import kgen
from examples import shared

TRAINED = 0.785  # The share of all pairs that is trained on, without being paired.
SHADOW = np.array([0.9, 0.2, 0.2], "float32")

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", type=pathlib.Path, help="an .npz file with two arrays")
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--output", type=pathlib.Path, default="runs/examples")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--batch-size", type=int, default=8)
parser.add_argument("--cycle-weight", type=float, default=10.0)
parser.add_argument("--identity-weight", type=float, default=5.0)
parser.add_argument("--residual", action=argparse.BooleanOptionalAction, default=True)
args = parser.parse_args()


def pairs():
    """Two arrays of images in [0, 1], row by row the same in two designs; classes."""
    if args.data is None:
        images, classes = map(
            np.concatenate,
            zip(*map(shared.arrays, kgen.data.load("digits")), strict=True),
        )
        lower_right = np.pad(images, ((0, 0), (1, 0), (1, 0), (0, 0)))[:, :-1, :-1]
        shadowed = np.maximum(images, lower_right * SHADOW)
        return images.repeat(3, -1), shadowed, classes
    file = np.load(args.data)
    both = [file[name] for name in file if file[name].ndim == 4][:2]
    scale = 255 if both[0].dtype == np.uint8 else 1
    one, other = ((images / scale).astype("float32") for images in both)
    return one, other, file["category"] if "category" in file else None


def with_colours_of(x, y, images):
    """Images with the mean and deviation of each channel moved from those of x to y."""
    axes = (0, 1, 2)
    standard = (images - x.mean(axes)) / x.std(axes)
    return np.clip(standard * y.std(axes) + y.mean(axes), 0, 1)


one, other, classes = pairs()
order = np.random.default_rng(0).permutation(len(one))  # The same for all seeds.
first = round(TRAINED * len(one))
x, y = one[order[:first]], other[order[:first]]
held_x, held_y = one[order[first:]], other[order[first:]]

keras.utils.set_random_seed(args.seed)
steps = args.epochs * -(-len(x) // args.batch_size)
model = kgen.build(
    "cyclegan",
    x.shape[1:],
    cycle_weight=args.cycle_weight,
    identity_weight=args.identity_weight,
    residual=args.residual,
    learning_rate=keras.optimizers.schedules.PolynomialDecay(4e-4, steps, 0.0),
    seed=args.seed,
)
# `fit` shuffles each side on its own; in the other order not even the batches match.
model.fit(x, y[::-1], batch_size=args.batch_size, epochs=args.epochs, verbose=2)

guesses = {
    "original": held_x,
    "colours matched": with_colours_of(x, y, held_x),
    "translation": np.asarray(model.translate(held_x)),
}
see = None
if classes is not None:
    labelled = y, classes[order[:first]].astype("int32")
    labelled = tf.data.Dataset.from_tensor_slices(labelled).shuffle(len(y), seed=0)
    see = kgen.metrics.features(kgen.metrics.fit_classifier(labelled.batch(64)))
print(f"{len(held_x)} held-out pairs, distance to the true partner:")
for name, images in guesses.items():
    line = f"{name:16} squared error {np.mean((images - held_y) ** 2):.4f}"
    if see is not None:
        # In the features of a classifier of the other design; 1 is the distance of
        # two of its pictures that do not belong together.
        truth, found = (np.asarray(see(batch)) for batch in (held_y, images))
        unit = np.mean((truth - np.roll(truth, 1, axis=0)) ** 2)
        line += f", perceptual {np.mean((found - truth) ** 2) / unit:.3f}"
    print(line)
back = np.asarray(model.translate_back(held_y))
print(f"and of the way back: squared error {np.mean((back - held_x) ** 2):.4f}")

rows = [images[:16] for images in (held_x, guesses["translation"], held_y, back)]
path = args.output / "cyclegan.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, 16)}")
