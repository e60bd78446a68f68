"""Latent diffusion: a diffusion model of codes, decoded by the model that made them.

A VAE's codes are vectors, and its prior N(0, I) fits them only roughly; diffusion
learns their distribution. A VQ-VAE's codes are words of a codebook, on a grid:
diffusion draws vectors on the grid, and each is replaced by the nearest word. Each
model is trained in two stages. Both stages form one model, which samples, bounds
log p(x) (for the VAE) and can be exported.

Diffusion of words has by far the best samples: 2.3 by the classifier's Frechet distance
to held-out images, where training images have 1.7. Diffusion of the VAE's codes
improves little on their own prior, 7.0 against 7.8, and does not improve the bound:
these codes are nearly N(0, I).
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100)
train, test = kgen.data.load(args.data, batch_size=64, binarize=True)
held_out, _ = shared.arrays(test)
shape = held_out.shape[1:]


def diffusion(latent_shape, **settings):
    """A model of codes, trained at a rate that falls to 0."""
    steps = 3 * args.epochs * len(train)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    settings = {"schedule": "cosine", "ema": 0.999, **settings}
    return kgen.build("ddpm", latent_shape, learning_rate=rate, seed=0, **settings)


keras.utils.set_random_seed(0)
vae = kgen.build("vae", shape, latent_dim=8, seed=0)
vae.fit(train, epochs=args.epochs, verbose=0)
of_vae = kgen.TwoStage(vae, diffusion((8,), hidden=(256, 256, 256)), seed=0)
of_vae.fit(train, epochs=3 * args.epochs, verbose=0)

vqvae = kgen.build("vq-vae", shape, num_codes=16, latent_dim=4, seed=0)
vqvae.fit(train, epochs=args.epochs, verbose=0)
words = (*vqvae.latent_shape, vqvae.quantizer.code_dim)
prior = diffusion(words, network="mlp", hidden=(256,) * 3, unit_interval=False)
of_vqvae = kgen.TwoStage(vqvae, prior, seed=0)
of_vqvae.fit(train, epochs=3 * args.epochs, verbose=0)

for name, model in {"VAE": vae, "VAE and diffusion": of_vae}.items():
    bound = np.mean([model.elbo(held_out, seed=seed) for seed in range(3)])
    print(f"{name:18} bound on log p(x) of held-out images {bound:.2f} nats")

samples = {
    "VAE": vae.sample(1000, seed=0).numpy(),
    "diffusion of its codes": of_vae.sample(1000, seed=0).numpy(),
    "diffusion of words": of_vqvae.sample(1000, seed=0).numpy(),
}
classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, **samples)
# Four rows of each, in the order of the table.
gap = np.full((16, *shape), 0.5)
blocks = [part for x in samples.values() for part in (x[:64], gap)]
path = args.output / "latent_diffusion.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(blocks[:-1]), path, columns=16)}")
