"""The lecture's convolutional autoencoder, layer by layer.

28x28x1 -> 14x14x32 -> 7x7x64 -> 3136 -> 16 -> 10 -> 3136 -> 7x7x64 -> 14x14x64
-> 28x28x32 -> 28x28x1 for MNIST, and 8x8x1 -> 4x4x32 -> 2x2x64 -> 256 -> 16 -> ...
for the digits. Kernels of 4, twice the stride, keep the output free of checkerboards.
"""

import keras

import kgen
from examples import shared
from kgen.networks import conv_decoder, conv_encoder

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

autoencoder = kgen.Autoencoder(
    conv_encoder(shape, 10, filters=(32, 64), hidden=(16,)),
    conv_decoder(10, shape, filters=(64, 32), output_activation="sigmoid"),
)
autoencoder.encoder.summary()
autoencoder.decoder.summary()
autoencoder.compile(optimizer="adam")
autoencoder.fit(train, validation_data=test, epochs=args.epochs, verbose=2)
shared.report(autoencoder, test, args.output / "conv_autoencoder.png")
