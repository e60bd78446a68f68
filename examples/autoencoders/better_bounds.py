"""Richer posteriors and priors: how close a VAE's bound comes to log p(x) with each.

A plain VAE has a normal posterior and a normal prior. Here a flow makes the posterior
bend, a mixture or a flow makes the prior fit the codes, and a ladder has two groups of
latents. The ELBO and the bound of 200 draws are those of held-out digits: what lies
between them is what the posterior misses.
"""

import time

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=150)
train, test = kgen.data.load(args.data, batch_size=128, binarize=True)
images = shared.arrays(test)[0]

FORMS = {
    "normal, normal prior": ("vae", {}),
    "IAF, normal prior": ("vae", {"posterior_flow": "iaf"}),
    "normal, VampPrior": ("vamp-vae", {}),
    "normal, MAF as prior": ("vae", {"prior": "maf"}),
    "IAF, MAF as prior": ("flow-vae", {}),
    "ladder of 4 and 12": ("ladder-vae", {}),
}
rows = []
for form, (recipe, settings) in FORMS.items():
    keras.utils.set_random_seed(0)
    vae = kgen.build(recipe, images.shape[1:], seed=0, **settings)
    start = time.perf_counter()
    vae.fit(train, epochs=args.epochs, verbose=0)
    seconds = time.perf_counter() - start
    elbo = np.mean([np.mean(vae.elbo(images, seed=seed)) for seed in range(10)])
    bound = np.mean(vae.iwae_bound(images, num_samples=200, seed=0))
    print(
        f"{form:21} held-out ELBO {elbo:.2f} nats, bound of 200 draws {bound:.2f}, "
        f"{seconds:.0f} s of training",
        flush=True,
    )
    rows.append(vae.sample(12, seed=0).numpy())
path = args.output / "better_bounds.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=12)}")
