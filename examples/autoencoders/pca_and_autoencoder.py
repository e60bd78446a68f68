"""A linear autoencoder is PCA: the same error, the same subspace, and the same axes.

On `(x - mean) / sqrt(n)`, with linear networks and squared errors, training ends in the
subspace of the first principal components. A singular value decomposition of the
reconstructions gives the axes in it; shown as images they are eigen-digits.
"""

import keras
import numpy as np
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

import kgen
from examples import shared
from kgen.autoencoders.linear import pca_normalize, principal_axes

args = shared.parse(__doc__, epochs=2000)
CODE = 10


def vectors(dataset):
    """All images of a data set, as vectors."""
    images = shared.arrays(dataset)[0][:5000]
    return images.reshape(len(images), -1)


train, test = (vectors(part) for part in kgen.data.load(args.data))
side = kgen.data.load(args.data, "test").element_spec[0].shape[1:]
x = pca_normalize(train).astype("float32")
pca = PCA(CODE).fit(x)

keras.utils.set_random_seed(0)
linear = kgen.build("linear-autoencoder", x.shape[1:], latent_dim=CODE)
rate = keras.optimizers.schedules.CosineDecay(0.01, args.epochs)
# Gradients of such small errors are near Adam's default epsilon of 1e-7.
linear.compile(keras.optimizers.Adam(rate, epsilon=1e-12))
linear.fit(x, batch_size=len(x), epochs=args.epochs, verbose=0)

best = np.mean((x - pca.inverse_transform(pca.transform(x))) ** 2)
error = np.mean((x - linear.reconstruct(x)) ** 2)
print(f"Squared error, relative to PCA's: 1 + {error / best - 1:.1e}")
axes = principal_axes(linear, x).reshape(CODE, -1)
angle = np.degrees(subspace_angles(axes.T, pca.components_.T).max())
cosines = np.abs(np.sum(axes * pca.components_, axis=1))
print(f"Largest angle between the subspaces: {angle:.4f} degrees")
print(f"Cosine of each axis with its principal component: at least {cosines.min():.5f}")

# With the same size of code, activations and hidden layers reduce the error further.
keras.utils.set_random_seed(0)
deep = kgen.build("deep-autoencoder", side, latent_dim=CODE, code_activation=None)
deep.compile(keras.optimizers.Adam(2e-3))
deep.fit(train.reshape(-1, *side), batch_size=64, epochs=args.epochs // 20, verbose=0)
plain = PCA(CODE).fit(train)
held_out = {
    "PCA": plain.inverse_transform(plain.transform(test)),
    "deep autoencoder": deep.reconstruct(test.reshape(-1, *side)),
}
for name, found in held_out.items():
    error = np.mean((np.reshape(found, test.shape) - test) ** 2)
    print(f"Held-out squared error of {name} with {CODE} numbers: {error:.4f}")

signs = np.sign(np.sum(axes * pca.components_, axis=1, keepdims=True))
eigen = np.concatenate([pca.components_, signs * axes]).reshape(-1, *side)
eigen = 0.5 + 0.5 * eigen / np.abs(eigen).max()  # Grey is 0.
path = kgen.plots.save_samples(eigen, args.output / "eigen_images.png", columns=CODE)
print(f"Wrote {path}")
rows = np.concatenate(
    [test[:12], *(np.reshape(f, test.shape)[:12] for f in held_out.values())]
)
path = args.output / "pca_and_autoencoder.png"
print(f"Wrote {kgen.plots.save_samples(rows.reshape(-1, *side), path, columns=12)}")
