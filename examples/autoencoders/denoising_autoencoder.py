"""Denoising: from damaged images to clean ones, for five kinds of damage.

The damage is drawn anew in each step, and the loss compares with the clean image. An
autoencoder restores other kinds of damage less well, as the table shows.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.autoencoders.corruptions import (
    Blur,
    Erasure,
    GaussianNoise,
    PatchMask,
    SaltAndPepper,
)

args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
images = shared.arrays(test)[0][:1000]
DAMAGE = (
    GaussianNoise(0.3),
    Erasure(0.5),
    SaltAndPepper(0.2),
    PatchMask(shape[0] // 2),
    Blur(shape[0] / 5),
)


def decibels(restored):
    """Median peak signal-to-noise ratio of held-out images, in dB."""
    return np.median(kgen.metrics.psnr(images, restored))


rows = [images[:12]]
for damage in DAMAGE:
    keras.utils.set_random_seed(0)
    model = kgen.build("denoising-autoencoder", shape, corruption=damage, seed=0)
    model.fit(train, epochs=args.epochs, verbose=0)
    damaged = damage(images, seed=0).numpy()
    restored = model.reconstruct(damaged).numpy()
    rows += [damaged[:12], restored[:12]]
    print(
        f"{type(damage).__name__:14}: held-out images {decibels(damaged):5.2f} dB, "
        f"restored {decibels(restored):5.2f} dB"
    )
path = args.output / "denoising.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=12)}")
