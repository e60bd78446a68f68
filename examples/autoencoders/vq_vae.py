"""A VQ-VAE: images as a few words of a codebook, and new images from a prior of words.

Its loss has three terms, `-log p(x | e) + |sg[z] - e|^2 + beta |z - sg[e]|^2`; the
lecture omits the minus of the first one. Codes have no distribution of their own, so a
second stage learns one, here a mixture of independent words. It gives samples and a
bound on log p(x). For comparison, codes of a plain autoencoder are drawn from the box
around them and from a mixture of Gaussians.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.metrics import evaluate_likelihood, features, fit_classifier, frechet_distance

args = shared.parse(__doc__, epochs=30)
train, test = kgen.data.load(args.data, batch_size=64, binarize=True)
shape = train.element_spec[0].shape[1:]
real, held = (shared.arrays(part)[0][:5000] for part in (train, test))

keras.utils.set_random_seed(0)
vqvae = kgen.build("vq-vae", shape, num_codes=16, seed=0)
vqvae.fit(train, validation_data=test, epochs=args.epochs, verbose=2)
logs = vqvae.evaluate(test, verbose=0, return_dict=True)
print(
    f"Held-out images use {100 * logs['usage']:.0f} % of {vqvae.num_latent_codes} "
    f"words, perplexity {logs['perplexity']:.1f}"
)
print("The codes of the first image:\n", vqvae.encode(held[:1]).numpy()[0])
path = args.output / "vq_vae_reconstructions.png"
print(f"Wrote {kgen.plots.save_reconstructions(vqvae, held[:16], path)}")

prior = kgen.CategoricalMixture(vqvae.latent_shape, vqvae.num_latent_codes, 20, seed=0)
model = kgen.TwoStage(vqvae, prior, seed=0)
model.fit(train)
figures = evaluate_likelihood(model, test)
print(
    f"Held out: log p(x) at least {figures['elbo']:.2f} nats, "
    f"{figures['bits_per_dimension']:.3f} bits per dimension"
)

keras.utils.set_random_seed(0)
autoencoder = kgen.build("autoencoder", shape, network="conv", latent_dim=16, seed=0)
autoencoder.fit(train, epochs=args.epochs, verbose=0)
z = autoencoder.encode(real).numpy()
box = np.random.default_rng(0).uniform(z.min(axis=0), z.max(axis=0), (1000, 16))
gaussians = kgen.GaussianMixture((16,), num_components=20, seed=0)
fitted = kgen.TwoStage(autoencoder, gaussians, seed=0)
fitted.fit(train)

samples = {
    "VQ-VAE, mixture of words": model.sample(1000, seed=0),
    "autoencoder, box": autoencoder.decode(box.astype("float32")),
    "autoencoder, Gaussian mixture": fitted.sample(1000, seed=0),
    "held-out digits": held,
}
see = features(fit_classifier(train))
for name, images in samples.items():
    distance = frechet_distance(see(real), see(np.clip(images, 0.0, 1.0)))
    print(f"Frechet distance of the classifier's features, {name}: {distance:.2f}")
rows = np.concatenate([np.asarray(images)[:20] for images in samples.values()])
path = args.output / "vq_vae_samples.png"
print(f"Wrote {kgen.plots.save_samples(rows, path, columns=20)}")
