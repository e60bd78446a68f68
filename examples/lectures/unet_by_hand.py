"""The lecture's U-Net, class by class, from PyTorch to Keras, with the rest of it.

The slide breaks off in `forward`, after `up2`, and shows neither DoubleConv nor Down
nor OutConv. They are here, and:

- images are height, width, channels instead of channels first;
- Keras knows the number of input channels by itself, so only the first needs it;
- `Upsample(align_corners=True)` keeps the centres of the corner pixels in place. Keras'
  `UpSampling2D` keeps the edges, so the bilinear network's numbers differ a little.

With n_channels=3 and n_classes=1 it has the 31,037,633 parameters of the original.
`kgen.networks.unet` is the same network: with equal weights it has equal outputs. A
narrow one finds the strokes of digits in noise, on 28x28 pixels, whose halves are odd.
"""

import keras
import numpy as np
from keras import layers, ops

import kgen
from examples import shared


class DoubleConv(layers.Layer):
    """(convolution => [BN] => ReLU) * 2"""

    def __init__(self, out_channels, mid_channels=None):
        super().__init__()
        self.double_conv = [
            part
            for channels in (mid_channels or out_channels, out_channels)
            for part in (
                layers.Conv2D(channels, 3, padding="same", use_bias=False),
                layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
                layers.ReLU(),
            )
        ]

    def call(self, x, training=False):
        for layer in self.double_conv:
            x = layer(x, training=training) if "batch" in layer.name else layer(x)
        return x


class Down(layers.Layer):
    """Downscaling with maxpool then double conv"""

    def __init__(self, out_channels):
        super().__init__()
        self.pool, self.conv = layers.MaxPooling2D(2), DoubleConv(out_channels)

    def call(self, x, training=False):
        return self.conv(self.pool(x), training=training)


class Up(layers.Layer):
    """Upscaling then double conv"""

    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        # if bilinear, use the normal convolutions to reduce the number of channels
        if bilinear:
            self.up = layers.UpSampling2D(2, interpolation="bilinear")
            self.conv = DoubleConv(out_channels, in_channels // 2)
        else:
            self.up = layers.Conv2DTranspose(in_channels // 2, 2, strides=2)
            self.conv = DoubleConv(out_channels)

    def call(self, x1, x2, training=False):
        x1 = self.up(x1)
        diffY, diffX = (x2.shape[axis] - x1.shape[axis] for axis in (1, 2))  # noqa: N806
        margins = [[diff // 2, diff - diff // 2] for diff in (diffY, diffX)]
        x1 = ops.pad(x1, [[0, 0], *margins, [0, 0]])
        x = ops.concatenate([x2, x1], axis=-1)
        return self.conv(x, training=training)


class UNet(keras.Model):
    """The lecture's class; `width` is 64 there."""

    def __init__(self, n_channels, n_classes, bilinear=False, width=64):
        super().__init__()
        self.n_channels = n_channels
        self.n_classes = n_classes
        self.bilinear = bilinear

        self.inc = DoubleConv(width)
        self.down1 = Down(2 * width)
        self.down2 = Down(4 * width)
        self.down3 = Down(8 * width)
        factor = 2 if bilinear else 1
        self.down4 = Down(16 * width // factor)
        self.up1 = Up(16 * width, 8 * width // factor, bilinear)
        self.up2 = Up(8 * width, 4 * width // factor, bilinear)
        self.up3 = Up(4 * width, 2 * width // factor, bilinear)
        self.up4 = Up(2 * width, width, bilinear)
        self.outc = layers.Conv2D(n_classes, 1)

    def call(self, x, training=False):
        x1 = self.inc(x, training=training)
        x2 = self.down1(x1, training=training)
        x3 = self.down2(x2, training=training)
        x4 = self.down3(x3, training=training)
        x5 = self.down4(x4, training=training)
        x = self.up1(x5, x4, training=training)
        x = self.up2(x, x3, training=training)
        x = self.up3(x, x2, training=training)  # From here on the slide is cut off.
        x = self.up4(x, x1, training=training)
        return self.outc(x)


def size(network):
    """Number of trainable parameters."""
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


args = shared.parse(__doc__, epochs=6)
for bilinear in (False, True):
    full = UNet(n_channels=3, n_classes=1, bilinear=bilinear)
    full(keras.KerasTensor((None, 32, 32, 3)))
    print(f"The lecture's U-Net, bilinear={bilinear}: {size(full):,} parameters")
    del full

rng = np.random.default_rng(0)
train, test = kgen.data.load(args.data, image_size=28)
clean, clean_test = (shared.arrays(part)[0] for part in (train, test))
x, x_test = (
    (part + rng.normal(0, 0.5, part.shape)).astype("float32")
    for part in (clean, clean_test)
)
y, y_test = (clean > 0.5).astype("float32"), clean_test > 0.5

keras.utils.set_random_seed(0)
network = UNet(n_channels=1, n_classes=1, width=8)
loss = keras.losses.BinaryCrossentropy(from_logits=True)
network.compile(keras.optimizers.Adam(2e-3), loss)
network.fit(x, y, batch_size=64, epochs=args.epochs, verbose=0)
logits = network.predict(x_test, verbose=0)
found = logits > 0
overlap = np.sum(found & y_test) / np.sum(found | y_test)
print(f"{size(network):,} parameters, held-out intersection over union {overlap:.3f}")

# The same network in one line, with the same weights.
same = kgen.networks.unet((28, 28, 1), 1, filters=[8 * 2**level for level in range(5)])
same.set_weights(network.get_weights())
gap = np.max(np.abs(same.predict(x_test, verbose=0) - logits))
print(f"Largest difference from the logits of kgen.networks.unet: {gap:.1e}")

rows = np.concatenate([x_test[:16], y_test[:16], found[:16]])
path = args.output / "unet_by_hand.png"
print("Digits in noise, their strokes, and the strokes found")
print(f"Wrote {kgen.plots.save_samples(np.clip(rows, 0, 1), path, columns=16)}")
