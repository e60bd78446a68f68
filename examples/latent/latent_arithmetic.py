"""Arithmetic on codes: slanted handwriting, a 0 that becomes a 6, the meaning of z.

An attribute is a direction in the latent space: the difference between the mean codes
of examples with and without it. In a conditional VAE the class is given, so that the
direction of slanted handwriting does not change the digit; in a VAE the class is in the
code, and a direction leads from one digit to another.
"""

import keras
import numpy as np
from sklearn.svm import SVC

import kgen
from examples import shared
from kgen import latent

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
x, labels = shared.arrays(train)
held_out, classes = shared.arrays(test)
judge = SVC(C=10.0).fit(x.reshape(len(x), -1), labels)


def build(name, num_classes=None):
    """A trained model of grey pixels with a latent of 8."""
    settings = {"latent_dim": 8, "likelihood": "gaussian", "stddev": 0.15, "seed": 0}
    model = kgen.build(name, x.shape[1:], num_classes, **settings)
    model.fit(train, validation_data=test, epochs=args.epochs, verbose=2)
    return model


def slant(images):
    """Columns to the right for each row upwards: the regression line of the ink."""
    rows, columns = np.indices(images.shape[-3:-1])
    ink = np.clip(images[..., 0], 0.0, 1.0)
    ink /= ink.sum(axis=(-2, -1), keepdims=True)
    rows = rows - np.sum(rows * ink, axis=(-2, -1), keepdims=True)
    columns = columns - np.sum(columns * ink, axis=(-2, -1), keepdims=True)
    covariance = np.sum(rows * columns * ink, axis=(-2, -1))
    return -covariance / np.sum(rows**2 * ink, axis=(-2, -1))


def share(images, expected):
    """Fraction of pictures `(n, k, ...)` that the judge takes for `expected`."""
    found = judge.predict(images.reshape(-1, x[0].size)).reshape(images.shape[:2])
    return np.mean(found == np.reshape(expected, (-1, 1)), axis=0)


cvae = build("cvae", num_classes=10)
slants = slant(x)
slants -= (np.bincount(labels, slants) / np.bincount(labels))[labels]  # By digit.
low, high = np.quantile(slants, [0.2, 0.8])
z = cvae.encode(x, labels).numpy()
to_the_right = latent.attribute_vector(z[slants > high], z[slants < low])

strengths = np.linspace(-1.5, 1.5, 9)
slanted = latent.apply_attribute(cvae, held_out, to_the_right, strengths, classes)
print("Held out, strength of the slant:", strengths.round(2))
print("slant of the pictures:          ", slant(slanted).mean(axis=0).round(2))
print("still the same digit:           ", share(slanted, classes).round(2))
one_of_each = np.unique(classes, return_index=True)[1]
path = args.output / "arithmetic_slant.png"
print(f"Wrote {kgen.plots.save_samples(slanted[one_of_each], path)}")

# One row for each coordinate of z, of a 2 at the centre of the prior.
centre = np.zeros(cvae.latent_shape, "float32")
meanings = latent.traverse_all(cvae, centre, np.linspace(-2.5, 2.5, 11), label=2)
path = args.output / "arithmetic_traversal.png"
print(f"Wrote {kgen.plots.save_samples(meanings, path)}")

vae = build("vae")
z = vae.encode(x).numpy()
zero_to_six = latent.attribute_vector(z[labels == 6], z[labels == 0])
strengths = np.linspace(0.0, 1.5, 7)
zeros = held_out[classes == 0]
changed = latent.apply_attribute(vae, zeros, zero_to_six, strengths)
print("Held-out zeros plus the vector times:", strengths)
print("taken for a 0:                       ", share(changed, 0).round(2))
print("taken for a 6:                       ", share(changed, 6).round(2))
path = args.output / "arithmetic_0_to_6.png"
print(f"Wrote {kgen.plots.save_samples(changed[:8], path)}")
