"""Segmentation with the lecture's U-Net: which pixel belongs to which kind of shape.

Discs, rectangles and triangles of random brightness overlap under uneven light and
noise, on images of 45x61. A pixel's own value does not determine its shape, so three
networks are compared by their field of view. The first sees the 7x7 pixels around each
pixel. The second goes down to a coarse map and up again by unpooling, which only knows
the places of the maxima in the fine map. The U-Net gets the fine maps themselves.

Their weights do not depend on the size of an image: finally the U-Net gets larger
images, with other odd sizes, than in training.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.networks.unet import double_convolution

CLASSES = ("background", "disc", "rectangle", "triangle")
COLOURS = np.array([[40, 40, 48], [230, 110, 60], [70, 150, 220], [240, 210, 90]])
ANY_SIZE = (None, None, 1)
FILTERS = (16, 32, 64)


def drawn(count, height, width, rng):
    """Images `(count, height, width, 1)` and the class of each pixel."""
    images = np.zeros((count, height, width), "float32")
    labels = np.zeros((count, height, width), "int32")
    rows, columns = np.mgrid[:height, :width]
    for image, label in zip(images, labels, strict=True):
        for _ in range(height * width // 600):
            angle, size = rng.uniform(0, 2 * np.pi), rng.uniform(7, 11)
            down, right = rows - rng.uniform(0, height), columns - rng.uniform(0, width)
            u = (np.cos(angle) * down + np.sin(angle) * right) / size
            v = (np.cos(angle) * right - np.sin(angle) * down) / size
            kind = rng.integers(1, len(CLASSES))
            inside = {
                1: u**2 + v**2 < 1,
                2: (np.abs(u) < 1) & (np.abs(v) < rng.uniform(0.5, 1)),
                3: (u > -0.6) & (u + np.sqrt(3) * np.abs(v) < 1.2),
            }[kind]
            image[inside], label[inside] = rng.uniform(0.35, 1), kind
        slope = rng.normal(0, 0.2, 2)
        image += slope[0] * (2 * rows / height - 1) + slope[1] * (
            2 * columns / width - 1
        )
    images += rng.normal(0, 0.1, images.shape)
    return images[..., None], labels


def neighbourhood():
    """A classifier of each pixel by the 7x7 pixels around it."""
    x = keras.Input(ANY_SIZE)
    h = keras.layers.Conv2D(64, 7, padding="same", activation="relu")(x)
    h = keras.layers.Conv2D(64, 1, activation="relu")(h)
    return keras.Model(x, keras.layers.Conv2D(len(CLASSES), 1)(h))


def unpooling():
    """Like the U-Net, with places of maxima instead of skip connections."""
    x = h = keras.Input(ANY_SIZE)
    places = []
    for width in FILTERS[:-1]:
        h = double_convolution(h, width, width)
        h, mask = kgen.networks.MaxPoolWithArgmax2D()(h)
        places.append(mask)
    h = double_convolution(h, FILTERS[-1], FILTERS[-2])
    for mask, width in zip(places[::-1], (*FILTERS[-3::-1], FILTERS[0]), strict=True):
        h = kgen.networks.MaxUnpool2D()([h, mask])
        h = double_convolution(h, h.shape[-1], width)
    return keras.Model(x, keras.layers.Conv2D(len(CLASSES), 1)(h))


def intersection_over_union(labels, found):
    """Intersection over union of each class."""
    pairs = [(labels == k, found == k) for k in range(len(CLASSES))]
    return [np.sum(one & other) / np.sum(one | other) for one, other in pairs]


def draw(columns, path):
    """Images above the classes of their pixels, one row for each name.

    Args:
        columns: For each image a dict of name and image, or ints for classes.
        path: PNG file to write.
    """
    names = list(columns[0])
    ratios = [image["image"].shape[1] / image["image"].shape[0] for image in columns]
    figure = Figure(figsize=(2 * sum(ratios), 2.1 * len(names)), layout="constrained")
    axes = figure.subplots(len(names), len(columns), width_ratios=ratios)
    for row, name in zip(axes, names, strict=True):
        row[0].set_ylabel(name, fontsize=13)
        for axis, column in zip(row, columns, strict=True):
            picture = column[name]
            if picture.dtype.kind == "i":
                axis.imshow(COLOURS[picture], interpolation="nearest")
            else:
                axis.imshow(picture, cmap="gray", vmin=-0.2, vmax=1.2)
            axis.set(xticks=[], yticks=[])
    for column, axis in zip(columns, axes[0], strict=True):
        axis.set_title("{}x{}".format(*column["image"].shape))
    patches = [
        axes[0, 0].scatter([], [], color=colour / 255, marker="s", s=80, label=name)
        for name, colour in zip(CLASSES, COLOURS, strict=True)
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=4, fontsize=13)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=70)
    return path


args = shared.parse(__doc__, epochs=10, data=None)
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x, labels = drawn(480, 45, 61, rng)
test_x, test_labels = drawn(100, 45, 61, rng)
large_x, large_labels = drawn(20, 71, 99, rng)

networks = {
    "7x7 pixels": neighbourhood(),
    "unpooling": unpooling(),
    "U-Net": kgen.networks.unet(ANY_SIZE, len(CLASSES), FILTERS),
}
print(f"IoU of held-out images: {', '.join(CLASSES)}; mean; parameters")
found, found_large = {}, {}
for name, network in networks.items():
    steps = args.epochs * len(x) // 8
    rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(rate), loss)
    network.fit(x, labels, batch_size=8, epochs=args.epochs, verbose=0)
    found[name] = np.argmax(network.predict(test_x, verbose=0), -1)
    found_large[name] = np.argmax(network.predict(large_x, verbose=0), -1)
    scores = intersection_over_union(test_labels, found[name])
    each = ", ".join(f"{score:.2f}" for score in scores)
    size = network.count_params()
    print(f"    {name:10}: {each}; {np.mean(scores):.3f}; {size:,}")

scores = intersection_over_union(large_labels, found_large["U-Net"])
print(f"    U-Net on images of 71x99: mean {np.mean(scores):.3f}")
columns = []
for images, truth, answers, count in (
    (test_x, test_labels, found, 4),
    (large_x, large_labels, found_large, 1),
):
    for n in range(count):
        column = {"image": images[n, ..., 0], "true classes": truth[n]}
        columns.append(column | {name: answer[n] for name, answer in answers.items()})
print(f"Wrote {draw(columns, args.output / 'unet_segmentation.png')}")
