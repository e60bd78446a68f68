"""The lecture's VAE written out: the layer that samples, and the line of the KL term.

The encoder is the lecture's, 784-512-2, with the lecture's names; `log_sigma` is in
truth the logarithm of sigma squared. The rest does not run on Keras 3 as it stands:

- `K.random_normal(std=1.)`: the argument is `stddev`, and `keras.backend` has no random
  numbers any more. `m` and `n_z`, which fix the size of the batch, come from the input.
- `Lambda(sample_z)` cannot be loaded from a `.keras` file: here it is a layer.
- `tf.reduce_sum` of the encoder's symbolic output fails: the loss is computed in
  `train_step`. Its comment says `P(z|x)`, but means P(z).
- `recon_loss` is nowhere defined. The text says squared error; here it is the sum over
  pixels, `-log p(x | z)` of a Gaussian with variance 1/2, up to a constant.

`kgen.VAE` computes the same. From the same weights, with the same noise and order of
data, both ways of training give the same losses and weights up to rounding: after three
epochs they agree to 2e-6. Differences by rounding grow in training, as they do between
two processors; after 40 epochs losses agree to 0.3 %.
"""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from keras.layers import Dense, Input

import kgen
from examples import shared
from kgen.core.random import NoiseSource

CONSTANT = 784 / 2 * math.log(math.pi)  # Of the Gaussian with variance 1/2, nats.


class Sampling(keras.layers.Layer):
    """`sample_z` of the lecture, as a layer: `mu + exp(log_sigma / 2) * eps`."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def draw(self, m, n_z):
        """Standard normal numbers `(m, n_z)`."""
        return keras.random.normal((m, n_z), seed=self.seed_generator)

    def call(self, args):
        mu, log_sigma = args
        m, n_z = ops.shape(mu)
        eps = self.draw(m, n_z)
        return mu + ops.exp(log_sigma / 2) * eps


class SamplingLikeKgen(Sampling):
    """Draws the numbers that `kgen.VAE` draws in training, for a comparison."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.source = NoiseSource(seed)

    def draw(self, m, n_z):
        return tf.random.stateless_normal((m, n_z), self.source.next(training=True))


class VariationalAutoencoder(keras.Model):
    """Encoder, sampling, decoder, and the lecture's loss in a step of training."""

    def __init__(self, encoder, decoder, sampling):
        super().__init__()
        self.encoder, self.decoder, self.sampling = encoder, decoder, sampling
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def losses_of(self, x):
        """The two parts of the loss, one number for each example."""
        z_mu, z_logvar = self.encoder(x)
        z = self.sampling([z_mu, z_logvar])
        recon_loss = tf.reduce_sum((x - self.decoder(z)) ** 2, 1)
        # D_KL(Q(z|x) || P(z)); calculate in closed form as both dist. are Gaussian
        kl_loss = 0.5 * tf.reduce_sum(tf.exp(z_logvar) + z_mu**2 - 1.0 - z_logvar, 1)
        return recon_loss, kl_loss

    def train_step(self, x):
        with tf.GradientTape() as tape:
            recon_loss, kl_loss = self.losses_of(x)
            # VAE loss
            vae_loss = tf.reduce_mean(recon_loss + kl_loss)
        gradients = tape.gradient(vae_loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_variables, strict=True)
        )
        self.loss_tracker.update_state(vae_loss)
        return {"loss": self.loss_tracker.result()}

    @property
    def metrics(self):
        return [self.loss_tracker]


def networks():
    """The lecture's encoder, its outputs side by side for `kgen.VAE`, and a decoder."""
    # encoder
    inputs = Input(shape=(784,))
    h_q = Dense(512, activation="relu")(inputs)
    mu = Dense(2, activation="linear")(h_q)
    log_sigma = Dense(2, activation="linear")(h_q)
    encoder = keras.Model(inputs, [mu, log_sigma])
    joined = keras.Model(inputs, keras.layers.Concatenate()([mu, log_sigma]))

    z = Input(shape=(2,))
    h_p = Dense(512, activation="relu")(z)
    return encoder, joined, keras.Model(z, Dense(784)(h_p))


args = shared.parse(__doc__, epochs=40)
train, test = kgen.data.load(args.data, image_size=28)
x_train, x_test = (shared.arrays(part)[0].reshape(-1, 784) for part in (train, test))
# Whole batches, so that the mean of an epoch is the mean over its batches.
x_train = x_train[: len(x_train) // 64 * 64]
order = {"epochs": args.epochs, "shuffle": False, "verbose": 0}

keras.utils.set_random_seed(0)
encoder, _, decoder = networks()
start = encoder.get_weights(), decoder.get_weights()
by_hand = VariationalAutoencoder(encoder, decoder, SamplingLikeKgen(seed=0))
by_hand.compile(optimizer="adam", jit_compile=False)
batches = tf.data.Dataset.from_tensor_slices(x_train).batch(64)
logs = by_hand.fit(batches, **order).history

_, joined, other_decoder = networks()
joined.set_weights(start[0])
other_decoder.set_weights(start[1])
likelihood = kgen.likelihoods.Gaussian(stddev=math.sqrt(0.5))
vae = kgen.VAE(joined, other_decoder, likelihood=likelihood, seed=0)
vae.compile("adam")
kgen_logs = vae.fit(x_train, batch_size=64, **order).history

losses = np.array(logs["loss"])
kgen_losses = np.array(kgen_logs["loss"]) - CONSTANT
for epoch in sorted({0, args.epochs // 2, args.epochs - 1}):
    print(
        f"Epoch {epoch + 1:3}: loss by hand {losses[epoch]:.4f}, by kgen "
        f"{kgen_losses[epoch]:.4f}"
    )
loss_gap = np.max(np.abs(losses - kgen_losses) / losses)
weight_gap = max(
    np.max(np.abs(ours - theirs))
    for ours, theirs in zip(
        [*encoder.get_weights(), *decoder.get_weights()],
        [*joined.get_weights(), *other_decoder.get_weights()],
        strict=True,
    )
)
print(
    f"Largest difference of losses {loss_gap:.1e} (relative), weights {weight_gap:.1e}"
)

mu, log_sigma = encoder(x_test)
z = Sampling(seed=0)([mu, log_sigma])
nats = vae.elbo_parts(x_test, seed=0)
_, kl_loss = by_hand.losses_of(x_test)
kl_gap = float(np.max(np.abs(kl_loss - nats["kl"])))
print(
    f"Held out: KL by the lecture's line {np.mean(kl_loss):.3f} nats, by kgen "
    f"{np.mean(nats['kl']):.3f}; squared error of a draw "
    f"{np.mean((x_test - decoder(z)) ** 2):.4f}"
)
rows = np.concatenate([x_test[:16], decoder(z[:16]), vae.decode(z[:16])])
rows = np.clip(rows, 0.0, 1.0).reshape(-1, 28, 28, 1)
path = args.output / "vae_by_hand.png"
print("Digits, then reconstructions by hand and by kgen, of the same z")
print(f"Wrote {kgen.plots.save_samples(rows, path, columns=16)}")
