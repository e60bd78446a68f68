"""A GAN or a VAE? The lecture's comparison, measured on the same digits.

The VAE gives every image a probability and, in one pass, a code. It trains steadily and
fast. It draws means, which are smoother than digits. The GAN's samples are as sharp and
as varied as the data, but some do not look like digits. It has no likelihood, and its
codes need a search, which is slow but exact.
"""

import time

import keras

import kgen
from examples import shared

# Digits have 17 levels of gray, which a categorical likelihood gives probabilities.
RECIPES = {
    "vae": ("vae", {"likelihood": "categorical", "levels": 17}),
    "gan": ("wgan-gp", {"learning_rate": 1e-3}),
}
args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
images = shared.arrays(test)[0][:16]

models, samples = {}, {}
for name, (recipe, settings) in RECIPES.items():
    keras.utils.set_random_seed(0)
    models[name] = kgen.build(recipe, shape, latent_dim=16, seed=0, **settings)
    start = time.perf_counter()
    models[name].fit(train, epochs=args.epochs, verbose=0)
    print(f"{name}: trained for {time.perf_counter() - start:.0f} s")
    samples[name] = models[name].sample(1000, seed=0)

bits = kgen.metrics.evaluate_likelihood(models["vae"], test)["bits_per_dimension"]
print(f"vae: held-out images in {bits:.2f} bits per dimension; gan: no likelihood")
rebuilt = {
    "vae": models["vae"].reconstruct(images),
    "gan": models["gan"].decode(kgen.latent.invert(models["gan"], images)[0]),
}
for name, found in rebuilt.items():
    error = keras.ops.mean((images - found) ** 2)
    print(f"{name}: squared error of held-out images rebuilt {float(error):.4f}")
classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, **samples)
for name, drawn in samples.items():
    path = args.output / f"gan_or_vae_{name}.png"
    print(f"Wrote {kgen.plots.save_samples(drawn[:64], path)}")
