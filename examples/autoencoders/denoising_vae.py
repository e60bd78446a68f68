"""A denoising VAE: it infers z from damaged digits and explains the clean ones.

It is trained on a bound with noise in the input. Both VAEs are judged by their bound on
held-out digits, with clean inputs, and by what they make of noisy ones. On these small
digits the plain VAE is slightly better at both: its posterior is wide already.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.autoencoders.corruptions import GaussianNoise

args = shared.parse(__doc__, epochs=30)
train, test = kgen.data.load(args.data, batch_size=64)
images = shared.arrays(test)[0][:500]
noise = GaussianNoise(0.3)
noisy = noise(images, seed=0).numpy()

rows = [images[:12], noisy[:12]]
for name, corruption in (("plain", None), ("denoising", noise)):
    keras.utils.set_random_seed(0)
    vae = kgen.build("vae", images.shape[1:], corruption=corruption, seed=0)
    vae.fit(train, epochs=args.epochs, verbose=0)
    bound = np.mean(vae.iwae_bound(images, num_samples=50, seed=0))
    error = np.mean((images - vae.reconstruct(noisy)) ** 2)
    print(
        f"{name:9} VAE: held-out bound {bound:.2f} nats, squared error of held-out "
        f"digits restored from noise {error:.4f}"
    )
    rows.append(vae.reconstruct(noisy[:12]).numpy())
path = args.output / "denoising_vae.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=12)}")
