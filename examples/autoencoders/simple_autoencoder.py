"""The simplest autoencoder: one dense layer down to 32 numbers, one back up.

The lecture's first network, with its names. It runs on Keras 3 as it stands, but the
lecture neither compiles nor trains it. With a sigmoid output the reconstruction error
is the binary cross-entropy. `kgen.Autoencoder` takes the same layers as an encoder and
a decoder, and has the same error.
"""

import keras
import numpy as np
from keras.layers import Dense, Input
from keras.models import Model

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=40)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, image_size=28)
x_train, x_test = (shared.arrays(part)[0].reshape(-1, 784) for part in (train, test))

# this is the size of our encoded representations
encoding_dim = 32  # 32 floats -> compression of factor 24.5,
# assuming the input is 784 floats

input_img = Input(shape=(784,))

# encoded representation of the input
encoding_layer = Dense(encoding_dim, activation="relu")
encoded = encoding_layer(input_img)

# lossy reconstruction of the input
decoding_layer = Dense(784, activation="sigmoid")
decoded = decoding_layer(encoded)

# this model maps an input to its reconstruction
autoencoder = Model(input_img, decoded)

# What the lecture leaves out: a loss, an optimizer and data.
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
autoencoder.fit(x_train, x_train, batch_size=64, epochs=args.epochs, verbose=2)

model = kgen.Autoencoder(Model(input_img, encoded), Model(encoded, decoded))
model.compile(optimizer="adam")
factor = kgen.metrics.compression_factor(model)
print(f"{autoencoder.count_params():,} parameters, compression of factor {factor}")
error = autoencoder.evaluate(x_test, x_test, verbose=0)
same = model.evaluate(x_test, verbose=0, return_dict=True)["reconstruction"]
print(f"Held-out cross-entropy: {error:.4f} by Keras, {same:.4f} by kgen")
rows = np.concatenate([x_test[:16], model.reconstruct(x_test[:16])])
path = args.output / "simple_autoencoder.png"
images = rows.reshape(-1, 28, 28, 1)
print(f"Wrote {kgen.plots.save_samples(images, path, columns=16)}")
