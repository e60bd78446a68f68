"""A variational autoencoder with two latent numbers, and a map of their meaning.

The lecture's encoder gives the mean and the log variance of q(z | x). The lecture calls
the latter `log_sigma`; it is the logarithm of sigma squared. kgen.VAE samples z and has
the KL term: `z = mean + exp(log_var / 2) * noise` and
`KL = 1/2 sum(exp(log_var) + mean^2 - 1 - log_var)`.
"""

import math

import keras

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64, binarize=True)
shape = train.element_spec[0].shape[1:]

x = keras.Input(shape, name="x")
h = keras.layers.Dense(512, activation="relu")(keras.layers.Flatten()(x))
mean = keras.layers.Dense(2, name="mean")(h)
log_var = keras.layers.Dense(2, name="log_var")(h)
encoder = keras.Model(x, keras.layers.Concatenate()([mean, log_var]))

z = keras.Input((2,), name="z")
h = keras.layers.Dense(512, activation="relu")(z)
logits = keras.layers.Dense(math.prod(shape))(h)
decoder = keras.Model(z, keras.layers.Reshape(shape)(logits))

vae = kgen.VAE(encoder, decoder, likelihood="bernoulli", seed=0)
vae.compile(optimizer="adam")
vae.fit(train, validation_data=test, epochs=args.epochs, verbose=2)

figures = kgen.metrics.evaluate_likelihood(vae, test)
print(
    f"Held out: ELBO {figures['elbo']:.2f} nats, log p(x) at least "
    f"{figures['iwae_bound']:.2f} nats"
)
manifold = kgen.latent.manifold(vae, num_steps=20)
print(f"Wrote {kgen.plots.save_samples(manifold, args.output / 'vae_manifold.png')}")
z, labels = kgen.latent.codes(vae, test)
print(f"Wrote {kgen.plots.save_latent(z, labels, args.output / 'vae_latent.png')}")
