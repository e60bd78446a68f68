"""The lecture's table of a convolutional autoencoder, layer by layer, both ways.

28x28x1 -> 14x14x32 -> 7x7x64 -> 3136 -> 16 -> 10 -> 3136 -> 7x7x64 -> 14x14x64
-> 28x28x32 -> 28x28x1. The table names no kernel; those of the lectures are 3x3, stride
2. A transposed convolution like that writes some pixels once and others four times. The
other lecture's rule, a kernel that is a multiple of its stride, is kept by 4x4: the
second network has it, and equal sizes everywhere.

The unevenness shows before any training: the picture has the output of both networks
for a constant map, with all weights of the transposed convolutions equal.
"""

import keras
import numpy as np
from keras.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Input, Reshape

import kgen
from examples import shared

TABLE = [
    *((28, 28, 1), (14, 14, 32), (7, 7, 64), (3136,), (16,), (10,)),
    *((3136,), (7, 7, 64), (14, 14, 64), (28, 28, 32), (28, 28, 1)),
]
args = shared.parse(__doc__, epochs=20)
train, test = kgen.data.load(args.data, batch_size=64, image_size=28)


def table(kernel_size):
    """Encoder and decoder of the table."""
    options = {"padding": "same", "activation": "relu"}
    x = Input((28, 28, 1))
    h = Conv2D(32, kernel_size, strides=2, **options)(x)
    h = Conv2D(64, kernel_size, strides=2, **options)(h)
    h = Dense(16, activation="relu")(Flatten()(h))
    encoder = keras.Model(x, Dense(10)(h))

    z = Input((10,))
    h = Reshape((7, 7, 64))(Dense(3136, activation="relu")(z))
    h = Conv2DTranspose(64, kernel_size, strides=2, **options)(h)
    h = Conv2DTranspose(32, kernel_size, strides=2, **options)(h)
    options["activation"] = "sigmoid"
    decoder = keras.Model(z, Conv2DTranspose(1, 3, strides=1, **options)(h))
    return encoder, decoder


def evenness(kernel_size):
    """A constant map after the two transposed convolutions, with equal weights."""
    once = kgen.networks.conv_matrix(
        np.ones((kernel_size, kernel_size)), (14, 14), 2, "same"
    )
    twice = kgen.networks.conv_matrix(
        np.ones((kernel_size, kernel_size)), (28, 28), 2, "same"
    )
    written = (np.ones(49) @ once @ twice).reshape(28, 28)
    return written / written.max()


reconstructed, boards = [], []
images, _ = next(iter(test))
for kernel_size in (3, 4):
    keras.utils.set_random_seed(0)
    encoder, decoder = table(kernel_size)
    shapes = [layer.output.shape[1:] for layer in encoder.layers + decoder.layers]
    del shapes[len(encoder.layers)]  # The decoder's input is the code once more.
    assert shapes == TABLE
    autoencoder = kgen.Autoencoder(encoder, decoder)  # Sigmoid: cross-entropy.
    autoencoder.compile(optimizer="adam")
    autoencoder.fit(train, epochs=args.epochs, verbose=0)
    error = autoencoder.evaluate(test, verbose=0, return_dict=True)["reconstruction"]
    board = evenness(kernel_size)
    size = encoder.count_params() + decoder.count_params()
    print(
        f"Kernels of {kernel_size}: {size:,} parameters, held-out cross-entropy "
        f"{error:.4f}; inner pixels are written to {board[6:-6, 6:-6].min():.0%} to "
        f"{board[6:-6, 6:-6].max():.0%} of the most"
    )
    reconstructed.append(autoencoder.reconstruct(images[:12]))
    boards.append(np.repeat(board[None, ..., None], 2, axis=0))

rows = [
    np.concatenate([np.zeros((2, 28, 28, 1)), images[:12]]),
    *(np.concatenate(pair) for pair in zip(boards, reconstructed, strict=True)),
]
path = args.output / "table_of_layers.png"
print("Digits; then kernels of 3, and of 4: a constant map, and reconstructions")
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=14)}")
