"""Does each number of a code hold one factor of an image, and which VAE sees to it?

Every sprite is made from six known factors: shape, colour, size, rotation, x and y. The
mutual information gap and the disentanglement of DCI say how the factors lie in the
mean codes. A larger weight of the whole KL term costs reconstruction; a weight of the
total correlation alone asks only for independent numbers: TC-VAE takes it from the
batch, FactorVAE has a discriminator measure it. Each row of the picture moves one
number of the last model's code.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen import latent
from kgen.metrics import dci, mutual_information_gap

SEEDS = 3

args = shared.parse(__doc__, epochs=60, data=None)
sprites = kgen.data.Sprites()
factors = np.random.default_rng(0).permutation(sprites.factors())
images = sprites.images(factors)
held_out = len(images) // 5
test, train = images[:held_out], images[held_out:]
MODELS = (
    ("vae", {}),
    ("beta-vae", {"beta": 4.0}),
    ("factor-vae", {"tc_weight": 20.0}),
    ("tc-vae", {}),
)

for recipe, settings in MODELS:
    gaps, shares, errors = [], [], []
    for seed in range(SEEDS):
        keras.utils.set_random_seed(seed)
        vae = kgen.build(recipe, images.shape[1:], latent_dim=10, seed=seed, **settings)
        vae.fit(train, epochs=args.epochs, batch_size=64, verbose=0)
        codes = vae.encode(images).numpy()
        gaps.append(mutual_information_gap(codes, factors))
        shares.append(dci(codes, factors))
        errors.append(float(np.mean((vae.reconstruct(test) - test) ** 2)))
    named = {name: [row[name] for row in shares] for name in shares[0]}
    print(
        f"{recipe:10} gap {np.mean(gaps):.3f} ({min(gaps):.3f} to {max(gaps):.3f}), "
        f"disentanglement {np.mean(named['disentanglement']):.2f}, informativeness "
        f"{np.mean(named['informativeness']):.2f}, squared error of held-out images "
        f"{np.mean(errors):.4f}",
        flush=True,
    )
centre = vae.encode(test[:1]).numpy()[0]
rows = latent.traverse_all(vae, centre, np.linspace(-2.5, 2.5, 11))
path = args.output / "disentanglement.png"
pictures = np.concatenate(list(rows))
print(f"Wrote {kgen.plots.save_samples(pictures, path, columns=11)}")
