"""The lecture's conditional VAE: a one-hot label beside both inputs, and nothing more.

The lecture has a figure and one sentence for it: "an extra input (as a one-hot
encoding) to both the encoder and the decoder". The sizes are those of its VAE,
784-512-2. The label chooses the digit, and the two numbers of z the handwriting.
"""

import math

import keras
import numpy as np
from keras import ops
from keras.layers import Concatenate, Dense, Input

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=40)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64, image_size=28)
(x_train, labels), (x_test, test_labels) = map(shared.arrays, (train, test))
x_train, x_test = x_train.reshape(-1, 784), x_test.reshape(-1, 784)

# encoder
inputs = Input(shape=(784,), name="x")
condition = Input(shape=(), dtype="int32", name="labels")
one_hot = ops.one_hot(condition, 10)
h_q = Dense(512, activation="relu")(Concatenate()([inputs, one_hot]))
mu = Dense(2, activation="linear")(h_q)
log_sigma = Dense(2, activation="linear")(h_q)
encoder = keras.Model([inputs, condition], Concatenate()([mu, log_sigma]))

# decoder
z = Input(shape=(2,), name="z")
h_p = Dense(512, activation="relu")(Concatenate()([z, one_hot]))
decoder = keras.Model([z, condition], Dense(784)(h_p))

likelihood = kgen.likelihoods.Gaussian(stddev=math.sqrt(0.5))  # Squared error.
cvae = kgen.VAE(encoder, decoder, likelihood=likelihood, num_classes=10, seed=0)
cvae.compile(optimizer="adam")
cvae.fit(x_train, labels, batch_size=64, epochs=args.epochs, verbose=0)

parts = cvae.elbo_parts(x_test, test_labels, seed=0)
print(f"Held-out KL, what z tells beside the label: {np.mean(parts['kl']):.2f} nats")
wrong = cvae.elbo_parts(x_test, (test_labels + 1) % 10, seed=0)
gain = np.mean(wrong["reconstruction"]) - np.mean(parts["reconstruction"])
print(f"Held-out reconstruction with a wrong label is {gain:.1f} nats worse")

classifier = kgen.metrics.fit_classifier(train)
wanted = np.arange(1000) % 10
images = np.clip(cvae.sample(labels=wanted, seed=0), 0, 1).reshape(-1, 28, 28, 1)
found = np.argmax(classifier.predict(images, verbose=0), axis=1)
print(f"{np.mean(found == wanted):.1%} of 1,000 samples are the digit asked for")

# Rows: the same z for all ten digits.
hands = np.random.default_rng(0).normal(size=(6, 2)).repeat(10, axis=0)
digits = cvae.decode(hands.astype("float32"), labels=np.tile(np.arange(10), 6))
digits = np.clip(digits, 0, 1).reshape(-1, 28, 28, 1)
path = args.output / "conditional_vae_by_hand.png"
print(f"Wrote {kgen.plots.save_samples(digits, path, columns=10)}")
