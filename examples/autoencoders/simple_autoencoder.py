"""The simplest autoencoder: one dense layer down to 32 numbers, one back up.

The lecture's first network. Only the reconstruction error trains it. With its sigmoid
output that error is the binary cross-entropy.
"""

import math

import keras

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]  # (8, 8, 1) for digits, (28, 28, 1) for mnist.

x = keras.Input(shape, name="x")
encoded = keras.layers.Dense(32, activation="relu")(keras.layers.Flatten()(x))
encoder = keras.Model(x, encoded)

z = keras.Input((32,), name="z")
decoded = keras.layers.Dense(math.prod(shape), activation="sigmoid")(z)
decoder = keras.Model(z, keras.layers.Reshape(shape)(decoded))

autoencoder = kgen.Autoencoder(encoder, decoder)
autoencoder.compile(optimizer="adam")
autoencoder.fit(train, validation_data=test, epochs=args.epochs, verbose=2)
shared.report(autoencoder, test, args.output / "simple_autoencoder.png")
