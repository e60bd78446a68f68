"""The contractive autoencoder: small changes of the image hardly change its code.

Its penalty is the squared norm of the code's derivative. One layer of sigmoids has the
formula `sum_j (h_j (1 - h_j))^2 sum_i W_ij^2`; for other encoders kgen computes the
Jacobian. A stronger penalty gives more robustness and more reconstruction error.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.autoencoders.corruptions import GaussianNoise
from kgen.autoencoders.penalties import Contractive

args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
images = shared.arrays(test)[0][:500]
noise = GaussianNoise(0.1)

rows = [images[:12]]
for weight in (0.0, 1e-3, 1e-2):
    keras.utils.set_random_seed(0)
    model = kgen.build(
        "contractive-autoencoder", shape, code_penalty=Contractive(weight)
    )
    model.fit(train, epochs=args.epochs, verbose=0)
    z = model.encode(images).numpy()
    moved = kgen.metrics.code_robustness(model, images, noise)
    spread = np.mean(np.linalg.norm(z - z.mean(axis=0), axis=1))
    error = np.mean((images - model.reconstruct(images)) ** 2)
    print(
        f"weight {weight:5}: noise moves codes by {moved / spread:.3f} of their "
        "spread, "
        f"held-out squared error {error:.4f}"
    )
    rows.append(model.reconstruct(images[:12]).numpy())
path = args.output / "contractive.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=12)}")
