"""Masked convolutions: how a PixelCNN is kept from seeing the pixel that it predicts.

A convolution sees all pixels around a pixel. The lecture multiplies its kernel by a
mask, so that only earlier pixels count, in raster order. Type A also leaves out the
present pixel, and is for the first layer. Type B keeps it: after the first layer the
present position no longer holds the value to predict.

Gradients of the output at the red pixel show the pixels that a network sees. Any number
of masked layers leaves the plain PixelCNN blind to a wedge on the right of the rows
above. The two stacks of the gated PixelCNN see all earlier pixels.
The masks also work in colour, where a pixel is three values: red sees neither green nor
blue of its own pixel, green sees red, and blue sees both.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.autoregressive import dependencies, receptive_field
from kgen.networks.causal import mask

NETWORKS = {
    "plain": kgen.networks.pixelcnn,
    "gated": kgen.networks.gated_pixelcnn,
}

args = shared.parse(__doc__, epochs=50)
args.output.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)
for mask_type in "AB":
    print(f"Mask of type {mask_type}:\n{mask((5, 5), mask_type).astype(int)}")

size, middle = 15, 7
before = np.arange(size**2).reshape(size, size) < size * middle + middle
figure = Figure(figsize=(10, 7), layout="constrained")
for row, (name, network) in zip(figure.subplots(2, 3), NETWORKS.items(), strict=True):
    for axis, num_blocks in zip(row, (1, 2, 4), strict=True):
        built = network((size, size, 1), num_blocks=num_blocks, first_kernel_size=5)
        seen = receptive_field(built, (size, size, 1))
        reach = 2 + num_blocks  # 2 by the first kernel, and 1 more by each block.
        near = slice(middle - reach, middle + reach + 1)
        blind = np.sum((seen == 0)[near, near] & before[near, near])
        print(
            f"{name}, num_blocks={num_blocks}: {blind} of {before[near, near].sum()} "
            f"earlier pixels at most {reach} away are not seen, and "
            f"{np.sum(seen[~before] > 0)} later ones are"
        )
        strength = np.log10(np.where(seen > 0, seen / seen.max(), np.nan))
        shown = axis.imshow(strength, vmin=-4, vmax=0)
        axis.plot(middle, middle, "s", color="tab:red", markersize=8)
        axis.set(title=f"{name}, num_blocks={num_blocks}: {blind} unseen", xticks=[])
        axis.set(yticks=[], facecolor="0.9")
    figure.colorbar(shown, ax=row, label="log10 of gradient / largest")
figure.savefig(args.output / "masked_convolution_view.png", dpi=100)
print(f"Wrote {args.output / 'masked_convolution_view.png'}")

images = np.random.default_rng(0).random((8, 2, 2, 3))
matrix = dependencies(NETWORKS["plain"]((2, 2, 3), width=48), images) > 0
values = [f"{channel}{pixel}" for pixel in range(1, 5) for channel in "RGB"]
print("An image of 2x2 colours, x where the row's value depends on the column's:")
print("   ", *values)
for value, line in zip(values, matrix, strict=True):
    print(value, "", *(" x" if depends else " ." for depends in line))
print("Strictly lower triangular:", not np.triu(matrix).any())
figure = Figure(figsize=(5, 5), layout="constrained")
axis = figure.subplots()
axis.imshow(matrix, cmap="Greys", vmax=1.5)
axis.set(xticks=range(12), yticks=range(12), xticklabels=values, yticklabels=values)
axis.set(xlabel="is seen", ylabel="is predicted")
for edge in (2.5, 5.5, 8.5):
    axis.axhline(edge, color="tab:blue", linewidth=1)
    axis.axvline(edge, color="tab:blue", linewidth=1)
figure.savefig(args.output / "masked_convolution_colours.png", dpi=100)
print(f"Wrote {args.output / 'masked_convolution_colours.png'}")

train, test = kgen.data.load(args.data, batch_size=64, binarize=True)
shape = train.element_spec[0].shape[1:]
model = kgen.build("pixelcnn", shape, width=16, num_blocks=2, dropout=0.3, seed=0)
untrained = kgen.metrics.evaluate_likelihood(model, test)["log_prob"]
model.fit(train, epochs=args.epochs, verbose=0)
matrix = dependencies(model.network, shared.arrays(test)[0][:8])
trained = kgen.metrics.evaluate_likelihood(model, test)["log_prob"]
print(
    f"Held-out digits: log p(x) {untrained:.2f} nats before training, "
    f"{trained:.2f} after; largest gradient on "
    f"or above the diagonal {np.triu(matrix).max():.0f}, below {matrix.max():.0f}"
)
