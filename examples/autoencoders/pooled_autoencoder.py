"""The lecture's convolutional autoencoder with pooling, its code a grid of 4x4x8.

28x28x1 -> 14x14x16 -> 7x7x8 -> 4x4x8, and back over 8x8x8, 16x16x8 and 14x14x16 (the
one convolution without padding) to 28x28x1. The layers use today's Keras: one number
for a 3x3 kernel, because a second number is the stride, and `padding` instead of
`border_mode`. The lecture's `optimizer="adadelta"` has a rate of 0.001 today, at which
the network learns next to nothing; it was 1.0 when the code was written.
"""

import keras
from keras.layers import Conv2D, MaxPooling2D, UpSampling2D

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=40)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64, image_size=28)
same = {"activation": "relu", "padding": "same"}

x = keras.Input((28, 28, 1), name="x")
h = MaxPooling2D(2, padding="same")(Conv2D(16, 3, **same)(x))
h = MaxPooling2D(2, padding="same")(Conv2D(8, 3, **same)(h))
encoder = keras.Model(x, MaxPooling2D(2, padding="same")(Conv2D(8, 3, **same)(h)))

z = keras.Input((4, 4, 8), name="z")
h = UpSampling2D(2)(Conv2D(8, 3, **same)(z))
h = UpSampling2D(2)(Conv2D(8, 3, **same)(h))
h = UpSampling2D(2)(Conv2D(16, 3, activation="relu")(h))
decoder = keras.Model(z, Conv2D(1, 3, activation="sigmoid", padding="same")(h))

# The same networks, each in one line, for images of any size.
assert (
    encoder.count_params() == kgen.networks.pooled_encoder((28, 28, 1)).count_params()
)
assert (
    decoder.count_params() == kgen.networks.pooled_decoder((28, 28, 1)).count_params()
)

autoencoder = kgen.Autoencoder(encoder, decoder)
autoencoder.compile(optimizer=keras.optimizers.Adadelta(1.0))
autoencoder.fit(train, validation_data=test, epochs=args.epochs, verbose=2)
shared.report(autoencoder, test, args.output / "pooled_autoencoder.png")
