"""A code as large as the image: the autoencoder copies, and five ways to stop it.

An autoencoder with as many numbers in its code as in the image can compute the
identity. It then reconstructs held-out digits well, and nonsense as well: pixels of
random digits that do not fit together. A model of digits should not be able to do that.
A smaller code, a sparse one, damaged inputs and a flat code each stop it, at a price in
held-out error.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.autoencoders.corruptions import Erasure, GaussianNoise
from kgen.autoencoders.penalties import L1, Contractive

args = shared.parse(__doc__, epochs=40)
train, test = kgen.data.load(args.data, batch_size=64)
images, _ = (rows[:500] for rows in shared.arrays(test))
shape = images.shape[1:]
SIZE = int(np.prod(shape))

# One hidden layer each way, so that all can compute the identity.
SETTINGS = {
    "overcomplete": {},
    "small code": {"latent_dim": 8},
    "sparse": {"code_penalty": L1(0.003)},
    "denoising, noise": {"corruption": GaussianNoise(0.5)},
    "denoising, erasure": {"corruption": Erasure(0.5)},
    "contractive": {"code_penalty": Contractive(0.03)},
}
rng = np.random.default_rng(0)
nonsense = rng.permuted(images.reshape(len(images), -1), axis=0).reshape(images.shape)
rows = [images[:8], nonsense[:8]]
for name, settings in SETTINGS.items():
    keras.utils.set_random_seed(0)
    settings = {"latent_dim": SIZE, "code_activation": "relu", **settings}
    model = kgen.build("autoencoder", shape, hidden=(128,), seed=0, **settings)
    model.fit(train, epochs=args.epochs, verbose=0)
    found = kgen.metrics.identity_score(model, images)
    error = np.mean((images - model.reconstruct(images)) ** 2)
    print(
        f"{name:18}: held-out squared error {error:.4f}, explains "
        f"{found['explained']:6.1%} of held-out digits and {found['copied']:6.1%} of "
        "nonsense"
    )
    rows += [model.reconstruct(part).numpy() for part in (images[:8], nonsense[:8])]
# Digits on the left, nonsense on the right, one row for each model.
pairs = np.stack(rows).reshape(-1, 16, *shape).reshape(-1, *shape)
path = args.output / "identity_cheating.png"
print(f"Wrote {kgen.plots.save_samples(pairs, path, columns=16)}")
