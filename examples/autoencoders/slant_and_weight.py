"""A VAE under continuous conditions: a digit of a given slant and weight of stroke.

Neither is a class. Both are measured in the pictures, and the model gets them as a
vector, its context. Measured in samples, they agree with the requested values.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=30)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64, binarize=True)


def measured(x):
    """Slant (columns to the right for each row up) and fraction of ink, `(n, 2)`."""
    ink = np.asarray(x)[..., 0]
    height, width = ink.shape[1:]
    rows, columns = np.mgrid[0:height, 0:width]
    total = np.maximum(ink.sum((1, 2)), 1e-3)

    def mean(values):
        return (ink * values).sum((1, 2)) / total

    row, column = mean(rows)[:, None, None], mean(columns)[:, None, None]
    spread = np.maximum(mean((rows - row) ** 2), 1e-3)
    slant = -mean((rows - row) * (columns - column)) / spread
    return np.stack([slant, ink.mean((1, 2))], axis=1)


x = np.concatenate([np.asarray(images) for images, _ in train])
x_test = np.concatenate([np.asarray(images) for images, _ in test])
center, scale = measured(x).mean(0), measured(x).std(0)


def context_of(images):
    """Slant and weight, with mean 0 and variance 1 on training images."""
    return ((measured(images) - center) / scale).astype("float32")


vae = kgen.build("vae", x.shape[1:], context_shape=2, seed=0)
vae.fit(x, context_of(x), batch_size=64, epochs=args.epochs, verbose=2)

bound = vae.elbo(x_test, context=context_of(x_test), seed=0, batch_size=500)
print(f"Held out: ELBO {np.mean(bound):.2f} nats")

# Contexts of held-out digits; z is drawn independently of them.
asked = context_of(x_test)
found = context_of(vae.sample(context=asked, seed=0, batch_size=500))
for index, name in enumerate(("Slant", "Weight of stroke")):
    correlation = np.corrcoef(asked[:, index], found[:, index])[0, 1]
    print(f"{name}: correlation of requested and measured values {correlation:.2f}")

# All have one z: slant grows from left to right, weight from top to bottom.
steps = np.linspace(-2, 2, 7)
grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
z = np.repeat(np.asarray(vae.encode(x_test[:1], context=asked[:1])), len(grid), axis=0)
digits = vae.decode(z, context=grid)
path = args.output / "slant_and_weight.png"
print(f"Wrote {kgen.plots.save_samples(digits, path, columns=7)}")
