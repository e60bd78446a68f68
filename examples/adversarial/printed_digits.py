"""Printed digits turn into handwriting; a classifier sees whether each stays itself.

One domain is the digits 0 to 9 in the fonts that come with matplotlib, slightly turned.
The other is scikit-learn's handwriting. There are no pairs: nothing tells the CycleGAN
that a printed 3 is a written 3. A classifier that was trained on handwriting alone then
names the translations of held-out printed digits.

`--data mnist` translates scikit-learn's handwriting into that of another data set.
"""

import pathlib

import keras
import matplotlib
import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

import kgen
from examples import shared

SIDE = 16
FONTS = pathlib.Path(matplotlib.get_data_path(), "fonts", "ttf")
NAMES = [
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif"),
    *("DejaVuSerif-Bold", "DejaVuSans-Oblique", "STIXGeneral", "cmr10", "cmss10"),
]

args = shared.parse(__doc__, epochs=20)


def printed(count, seed):
    """Images of printed digits `(count, 16, 16, 1)` in [0, 1], and their classes."""
    rng = np.random.default_rng(seed)
    digits = rng.integers(0, 10, count)
    images = []
    for digit in digits:
        font = ImageFont.truetype(FONTS / f"{rng.choice(NAMES)}.ttf", 80)
        canvas = Image.new("L", (128, 128))
        ImageDraw.Draw(canvas).text((64, 64), str(digit), 255, font, anchor="mm")
        canvas = canvas.rotate(rng.normal() * 8, Image.Resampling.BILINEAR)
        # From top to bottom, as the handwriting is.
        left, top, right, bottom = canvas.getbbox()
        half, middle = (bottom - top) / 2, (left + right) / 2
        box = (middle - half, top, middle + half, bottom)
        images.append(canvas.resize((SIDE, SIDE), Image.Resampling.BOX, box))
    pixels = [np.asarray(image, "float32") / 255 for image in images]
    return np.stack(pixels)[..., None], digits


def enlarged(images, margin=0):
    """8x8 images as images of 16x16 with a black margin of some pixels."""
    side = SIDE - 2 * margin
    large = np.asarray(keras.ops.image.resize(images, (side, side)))
    return np.pad(large, ((0, 0), (margin, margin), (margin, margin), (0, 0)))


written = [shared.arrays(split) for split in kgen.data.load("digits")]
if args.data == "digits":
    (x, _), (held_x, classes) = printed(1500, seed=0), printed(500, seed=1)
    (y, labels), (held_y, held_labels) = written
    y, held_y = enlarged(y), enlarged(held_y)
    weights = {"identity_weight": 0.0}  # Strokes shall change.
else:
    (x, _), (held_x, classes) = written
    x, held_x = enlarged(x, margin=2), enlarged(held_x, margin=2)
    load = kgen.data.load(args.data, image_size=SIDE)
    (y, labels), (held_y, held_labels) = (shared.arrays(split) for split in load)
    weights = {"cycle_weight": 40.0}  # Both are handwriting: little shall change.

keras.utils.set_random_seed(0)
real = tf.data.Dataset.from_tensor_slices((y, labels)).shuffle(len(y), seed=0)
passes = 20 if len(y) < 10_000 else 6
classifier = kgen.metrics.fit_classifier(real.batch(128), epochs=passes)
y = y[:6000]
steps = args.epochs * -(-len(y) // 32)
model = kgen.build(
    "cyclegan",
    x.shape[1:],
    learning_rate=keras.optimizers.schedules.PolynomialDecay(4e-4, steps, 0.0),
    seed=0,
    **weights,
)
model.fit(x, y, batch_size=32, epochs=args.epochs, verbose=2)


def kept(images, classes):
    """The share of images that the classifier gives their class."""
    return np.mean(np.argmax(classifier(images), axis=-1) == classes)


translated = np.asarray(model.translate(held_x))
print("Share of held-out digits that a classifier of the other domain recognises:")
print(f"its own domain     {kept(held_y, held_labels):.1%}")
print(f"not translated     {kept(held_x, classes):.1%}")
print(f"translated         {kept(translated, classes):.1%}")

back = np.asarray(model.translate_back(held_y))
rows = [images[:16] for images in (held_x, translated, held_y, back)]
path = args.output / "printed_digits.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, 16)}")
