"""PixelCNN's draws by hand: layers that see other places cache all of their input.

The caches are variables: a loop would copy a tensor to change one place of it.
"""

import keras
import numpy as np
import tensorflow as tf

from benchmarks.pixelcnn import SIZE
from kgen.networks.causal import mask


class Convolution:
    """A masked convolution at one place after another.

    Its cache is zero in the padding. Elsewhere it may have values of an earlier draw: a
    draw sees no place before it has written there itself.

    Args:
        layer: The `MaskedConv2D`.
        num_images: Number of images drawn at once.
    """

    def __init__(self, layer, num_images):
        self.layer = layer
        self.taps = np.argwhere(mask(layer.kernel_size, layer.mask_type))
        self.reach = layer.kernel_size[0] // 2
        self.width = SIZE + 2 * self.reach
        if self.reach:
            places, channels = (SIZE + self.reach) * self.width, layer.kernel.shape[2]
            self.cache = tf.Variable(tf.zeros([places, num_images, channels]))

    def kernel(self):
        """The matrix from the visible inputs to the output."""
        taps = tf.gather_nd(self.layer.kernel, self.taps)
        return tf.reshape(taps, [-1, self.layer.filters])

    def put(self, value, row, column):
        """Caches the input at a place."""
        place = (row + self.reach) * self.width + column + self.reach
        self.cache.scatter_nd_update([[place]], value[None])

    def seen(self, row, column):
        """The inputs visible from a place, `(batch, taps * channels)`."""
        places = row * self.width + column + self.taps @ [self.width, 1]
        seen = tf.transpose(tf.gather(self.cache, places), [1, 0, 2])
        return tf.reshape(seen, [-1, len(self.taps) * seen.shape[2]])

    def __call__(self, seen, kernel):
        """The output, from the visible inputs and `kernel()`."""
        return keras.activations.get(self.layer.activation)(
            tf.matmul(seen, kernel) + self.layer.bias
        )


def convolutions(network, num_images):
    """The masked convolutions of a network, in order.

    Args:
        network: The PixelCNN.
        num_images: Number of images drawn at once.
    """
    masked = [layer for layer in network.layers if hasattr(layer, "mask_type")]
    return [Convolution(layer, num_images) for layer in masked]


def sampler(layers):
    """A function from uniform numbers `(batch, height, width, 1)` to images.

    Args:
        layers: Result of `convolutions`.
    """
    first, *blocks, last_but_two, last_but_one, last = layers
    blocks = [blocks[start : start + 3] for start in range(0, len(blocks), 3)]

    @tf.function(autograph=False)
    def draw(u):
        kernels = {layer: layer.kernel() for layer in layers}

        def draw_place(index):
            row, column = index // SIZE, index % SIZE
            h = first(first.seen(row, column), kernels[first])
            for narrow, masked, widen in blocks:
                masked.put(narrow(h, kernels[narrow]), row, column)
                r = masked(masked.seen(row, column), kernels[masked])
                h += widen(r, kernels[widen])
            for layer in (last_but_two, last_but_one, last):
                h = layer(h, kernels[layer])
            x = tf.cast(u[:, row, column] >= tf.sigmoid(-h), tf.float32)
            first.put(x, row, column)
            return index + 1

        index = tf.while_loop(lambda index: index < SIZE**2, draw_place, [0])
        with tf.control_dependencies(index):
            image = tf.reshape(first.cache, [-1, first.width, *first.cache.shape[1:]])
        image = image[first.reach :, first.reach : -first.reach]
        return tf.transpose(image, [2, 0, 1, 3])

    return draw
