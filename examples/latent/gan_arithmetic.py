"""Arithmetic on the latents of a GAN: bold 7 - thin 7 + thin 1 = bold 1.

A GAN has no encoder, so a concept is the mean latent of several samples that show it:
a classifier of real digits gives the digit, and the amount of ink says whether it is
bold. The difference between bold and thin, learned on one digit, is added to others.
About half of the effect arrives, because the ink of a bold digit depends on the digit.

Two paths lead from sample to sample. Draws from N(0, I) lie near a sphere. The great
circle stays on it; the straight line cuts through the middle, where the generator had
few draws in training.
"""

import itertools

import keras
import numpy as np

import kgen
from examples import shared
from kgen import latent

args = shared.parse(__doc__, epochs=40)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
classifier = kgen.metrics.fit_classifier(train)

gan = kgen.build("wgan-gp", shape, latent_dim=16, learning_rate=1e-3, seed=0)
gan.fit(train, epochs=args.epochs, verbose=2)


def ink(images):
    """The mean grey value of each image."""
    return np.mean(images, axis=(-3, -2, -1))


z = np.random.default_rng(0).normal(size=(5000, *gan.latent_shape)).astype("float32")
images = gan.decode(z).numpy()
bold, thin = [], []
for probability in classifier.predict(images, verbose=0).T:
    surest = np.argsort(probability)[-300:]
    ranked = surest[np.argsort(ink(images[surest]))]
    thin.append(z[ranked[:60]])
    bold.append(z[ranked[-60:]])

# The direction "bold" of one digit is added to another, for all pairs of digits.
pairs = list(itertools.permutations(range(len(bold)), 2))
rows = []
for one, other in pairs:
    means = [np.mean(group, axis=0) for group in (bold[one], thin[one], thin[other])]
    bolder = latent.attribute_vector(bold[one], thin[one])
    rows.append([*means, means[2] + bolder])
pictures = latent.decode_grid(gan, rows)
found = classifier.predict(pictures.reshape(-1, *shape), verbose=0).argmax(axis=1)
before, after = found.reshape(len(pairs), 4)[:, 2:].T
wanted = np.array(pairs)[:, 1]
for name, column, answers in (("thin", 2, before), ("thin + bold - thin", 3, after)):
    print(
        f"{name:18}: {np.mean(answers == wanted):.0%} of {len(pairs)} draw the digit, "
        f"ink {ink(pictures[:, column]).mean():.2f}"
    )
print(f"{'bold':18}: ink {ink(pictures[:, 0]).mean():.2f}")
shown = [pairs.index((one, (one + 4) % len(bold))) for one in range(len(bold))]
path = args.output / "gan_arithmetic.png"
print(f"Wrote {kgen.plots.save_samples(pictures[shown], path)}")

ends = z[:1000], z[1000:2000]
ways = {
    mode: latent.path(*ends, num_steps=9, mode=mode) for mode in ("linear", "slerp")
}
halves = {mode: gan.decode(way[:, 4]) for mode, way in ways.items()}
print("Half way between two samples:")
shared.report_samples(classifier, train, test, ends=images[:1000], **halves)
strips = np.stack([latent.decode_grid(gan, way[:5]) for way in ways.values()], axis=1)
path = args.output / "gan_interpolation.png"
print(f"Wrote {kgen.plots.save_samples(strips.reshape(-1, 9, *shape), path)}")
