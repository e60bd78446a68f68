"""Morphing: a film from digit to digit, and the straight line beside the great circle.

Both paths lead from the code of one held-out image to the code of another. The straight
line cuts through the middle of the latent space, where codes are shorter than those of
real images; spherical interpolation keeps the length of codes.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen import latent

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

vae = kgen.build("vae", shape, latent_dim=8, likelihood="gaussian", stddev=0.15, seed=0)
vae.fit(train, validation_data=test, epochs=args.epochs, verbose=2)

x, labels = shared.arrays(test)
digits = x[np.unique(labels, return_index=True)[1]]  # The first of each class.

# Each pair of rows leads from one digit to another: by the line, then by the circle.
start, end = digits[[0, 1, 2, 3]], digits[[6, 7, 8, 5]]
ways = [latent.interpolate(vae, start, end, 11, mode) for mode in ("linear", "slerp")]
strip = np.stack(ways, axis=1).reshape(-1, *ways[0].shape[1:])
print(f"Wrote {kgen.plots.save_samples(strip, args.output / 'morphing.png')}")

z = vae.encode(x).numpy()
half = len(z) // 2
for mode in ("linear", "slerp"):
    codes = latent.path(z[:half], z[half : 2 * half], num_steps=5, mode=mode)
    lengths = np.linalg.norm(codes, axis=-1).mean(axis=0)
    print(f"Held out, mean length of the codes on the way, {mode}:", lengths.round(2))

# From 0 to 9 and back to 0, again and again.
loop = np.concatenate([digits, digits[:1]])
films = [
    latent.morph(vae, loop, num_steps=12, mode=mode) for mode in ("linear", "slerp")
]
frames = [kgen.plots.image_grid(pair) for pair in zip(*films, strict=True)]
path = args.output / "morphing.gif"
print(f"Wrote {kgen.plots.save_gif(frames[:-1], path, there_and_back=False)}")
