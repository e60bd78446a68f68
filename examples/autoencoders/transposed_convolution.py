"""Ways to enlarge an image, by hand: M^T, resizing and unpooling; and the checkerboard.

A convolution is a matrix M, and the transposed convolution is M^T: what the one reads
from a pixel, the other writes into it. The lecture's example, [[1, 3], [0, 2]] with
itself as kernel, is such a product. If the stride does not divide the kernel, some
pixels are written more often than others, which leaves a checkerboard. Resizing and a
convolution does not. Unpooling puts each value in one pixel of its window, and zeros
elsewhere: a decoder that gets a code alone takes the upper left one.

The picture has digits, then held-out reconstructions with each way of a decoder, and on
the left the way's output for a constant map and equal weights.
"""

import warnings

import keras
import numpy as np

import kgen
from examples import shared
from kgen.networks import conv_decoder, conv_encoder, conv_matrix

WAYS = {
    "transpose, kernel 4": {"upsample": "transpose"},
    "transpose, kernel 3": {"upsample": "transpose", "kernel_size": 3},
    "nearest": {"upsample": "nearest"},
    "bilinear": {"upsample": "bilinear"},
    "unpool, kernel 4": {"upsample": "unpool"},
}
args = shared.parse(__doc__, epochs=25)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

kernel = np.array([[1, 3], [0, 2]])
matrix = conv_matrix(kernel, (3, 3))
print(f"The matrix M of the kernel\n{kernel}\nfor images of 3x3:\n{matrix}")
product = (matrix.T @ kernel.ravel()).reshape(3, 3)
print(f"M^T times the kernel as an image, the transposed convolution:\n{product}")
layer = keras.layers.Conv2DTranspose(1, 2, use_bias=False)
layer.build((None, 2, 2, 1))
layer.set_weights([kernel[..., None, None]])
by_keras = layer(kernel[None, ..., None].astype("float32"))[0, ..., 0]
assert np.array_equal(product, by_keras)

x = np.array([[2, 0], [3, 4]], "float32")[None, ..., None]
nearest = keras.layers.UpSampling2D(2, interpolation="nearest")
ways = {"nearest": nearest, "unpooled": kgen.networks.Unpool2D()}
for name, way in ways.items():
    print(f"{x[0, ..., 0].astype(int).tolist()} {name}:\n{way(x).numpy()[0, ..., 0]}")

print("How often a transposed convolution writes each inner pixel:")
for size, stride in ((2, 2), (3, 2), (4, 2), (4, 3), (6, 3)):
    ones = np.ones((size, size))
    counts = conv_matrix(ones, (8 * stride,) * 2, stride, "same").sum(0)
    inner = np.unique(counts.reshape((8 * stride,) * 2)[6:-6, 6:-6]).astype(int)
    print(f"  kernel {size}, stride {stride}: {', '.join(map(str, inner))}")


def constant(way):
    """The first enlargement of a constant map, with equal weights, `(h, w)`."""
    decoder = conv_decoder(1, shape, (1,), activation=None, **way)
    for network_layer in decoder.layers:
        if network_layer.weights:
            ones, bias = network_layer.get_weights()
            network_layer.set_weights([np.ones_like(ones), np.zeros_like(bias)])
    inside = keras.Model(decoder.input, decoder.layers[-2].output)
    found = inside(np.ones((1, 1)))[0, ..., 0].numpy()
    return found / found.max()


images, _ = next(iter(test))
rows = [np.concatenate([np.zeros((1, *shape)), images[:12]])]
for name, way in WAYS.items():
    keras.utils.set_random_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of the checkerboard, which is the point.
        board = constant(way)
        decoder = conv_decoder(10, shape, output_activation="sigmoid", **way)
    autoencoder = kgen.Autoencoder(conv_encoder(shape, 10), decoder)
    autoencoder.compile(optimizer="adam")
    autoencoder.fit(train, epochs=args.epochs, verbose=0)
    error = autoencoder.evaluate(test, verbose=0, return_dict=True)["reconstruction"]
    inner = board[2:-2, 2:-2]
    print(
        f"{name:20}: held-out cross-entropy {error:.4f}, {decoder.count_params():,} "
        f"parameters, inner pixels of a constant map {inner.min():.2f} to "
        f"{inner.max():.2f}"
    )
    board = np.broadcast_to(board[None, ..., None], (1, *shape))
    rows.append(np.concatenate([board, autoencoder.reconstruct(images[:12])]))
path = args.output / "transposed_convolution.png"
print(f"Rows: digits, {', '.join(WAYS)}")
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=13)}")
