"""Between VAE and GAN: an adversarial autoencoder and a VAE-GAN beside both parents.

The VAE draws means, which are smooth. The adversarial autoencoder makes its codes
follow N(0, I) by a game instead of a KL term; it still compares pixels, and its samples
are a little sharper. The VAE-GAN compares features of a discriminator. Its samples are
almost as sharp as data, and its reconstructions, too, which are further from the data
pixel by pixel. The GAN is the only one without an encoder: codes need a search.
"""

import time

import keras
import numpy as np

import kgen
from examples import shared
from kgen.metrics import features, fit_classifier, frechet_distance, sharpness

args = shared.parse(__doc__, epochs=53)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
held_out = shared.arrays(test)[0][:1000]
keras.utils.set_random_seed(0)
see = features(fit_classifier(train))
real = see(held_out)
RECIPES = {
    "vae": {"levels": train.levels},
    "adversarial-autoencoder": {"levels": train.levels},
    "vae-gan": {},
    "gan": {},
}


def rebuilt(model):
    """Held-out images of their codes; a search finds those of a GAN."""
    if hasattr(model, "reconstruct"):
        return np.asarray(model.reconstruct(held_out))
    return np.asarray(model.decode(kgen.latent.invert(model, held_out)[0]))


print(f"{'held-out images':24}: sharpness {np.mean(sharpness(held_out)):.2f}")
for name, settings in RECIPES.items():
    keras.utils.set_random_seed(0)
    model = kgen.build(name, shape, seed=0, **settings)
    start = time.perf_counter()
    model.fit(train, epochs=args.epochs, verbose=0)
    seconds = time.perf_counter() - start
    samples, images = np.asarray(model.sample(1000, seed=0)), rebuilt(model)
    print(
        f"{name:24}: {seconds:3.0f} s; samples: sharpness "
        f"{np.mean(sharpness(samples)):.2f}, Frechet distance "
        f"{frechet_distance(real, see(samples)):5.2f}; held-out images rebuilt: "
        f"squared error {np.mean((images - held_out) ** 2):.4f}, sharpness "
        f"{np.mean(sharpness(images)):.2f}"
    )
    # Samples above held-out images, and those above their reconstructions.
    rows = np.concatenate([samples[:48], held_out[:16], images[:16]])
    path = args.output / f"between_vae_and_gan_{name.replace('-', '_')}.png"
    print(f"Wrote {kgen.plots.save_samples(rows, path, columns=16)}")
