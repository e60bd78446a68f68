"""Drawings with captions of four words, and a judge that reads them back.

A caption names size, colour, shape and place. 60 of the 72 captions are for training.
The others are new combinations of the same words.
"""

import functools
import itertools

import numpy as np

RADII = {"small": 3.0, "large": 4.0}
COLOURS = {"red": (9, 2, 2), "green": (2, 8, 3), "blue": (3, 4, 9), "yellow": (9, 8, 2)}
# Distance of a point from a shape of radius 1, negative inside.
SHAPES = {
    "circle": lambda x, y: np.hypot(x, y) - 1.0,
    "square": lambda x, y: np.maximum(abs(x), abs(y)) - 0.9,
    "triangle": lambda x, y: np.maximum(y, 0.87 * abs(x) - 0.5 * y) - 0.65,
}
PLACES = {"left": 4.5, "middle": 8.0, "right": 11.5}
CAPTIONS = list(itertools.product(RADII, COLOURS, SHAPES, PLACES))
TEXT = [*RADII, *COLOURS, *SHAPES, *PLACES]


def draw(caption, right=0.0, down=0.0, tint=0.0):
    """A clean image of a caption, moved by some pixels and tinted."""
    size, colour, shape, place = caption
    radius, pixels = RADII[size], np.arange(16) + 0.5
    x = (pixels - PLACES[place] - right) / radius
    y = (pixels[:, None] - 8.0 - down) / radius
    cover = np.clip(0.5 - radius * SHAPES[shape](x, y), 0.0, 1.0)[..., None]
    return 0.1 + cover * (np.array(COLOURS[colour]) / 10 + tint - 0.1)


def photos(captions, rng):
    """Images with random shift, tint and noise."""
    right, down = rng.uniform(-0.7, 0.7, len(captions)), rng.normal(size=len(captions))
    tint = rng.normal(0.0, 0.08, (len(captions), 3))
    images = np.array([*map(draw, captions, right, down, tint)])
    images += rng.normal(0.0, 0.04, images.shape)
    return np.clip(images, 0.0, 1.0).astype("float32")


def split(rng):
    """The 60 captions of training and the 12 that are never seen in it."""
    order = rng.permutation(len(CAPTIONS))
    return [CAPTIONS[i] for i in order[12:]], [CAPTIONS[i] for i in order[:12]]


def tokens(captions):
    """The number of each word, `(n, 4)`."""
    return np.array([[TEXT.index(word) for word in caption] for caption in captions])


@functools.cache
def templates():
    """The clean images of all captions, moved as photos are, and their captions."""
    moves = itertools.product((-0.6, 0.0, 0.6), np.linspace(-3.0, 3.0, 13))
    pairs = [*itertools.product(CAPTIONS, moves)]
    images = np.array([draw(caption, *move).ravel() for caption, move in pairs])
    return images, [caption for caption, _ in pairs]


def judge(what, captions, images):
    """Prints the fractions of captions, and of their words, that the judge finds.

    The judge takes the nearest of the clean images of all captions.

    Args:
        what: Name of the images.
        captions: The caption of each image.
        images: `(n, 16, 16, 3)`.

    Returns:
        The fraction of images with all four words.
    """
    known, texts = templates()
    flat = np.reshape(images, (len(images), -1))
    distances = np.sum(known**2, axis=1) - 2.0 * flat @ known.T
    found = [texts[i] for i in np.argmin(distances, axis=1)]
    right = np.array(captions) == np.array(found)
    kinds = zip(("size", "colour", "shape", "place"), right.mean(axis=0), strict=True)
    words = ", ".join(f"{kind} {share:.1%}" for kind, share in kinds)
    whole = right.all(axis=1).mean()
    print(f"  {what}: whole caption {whole:.1%}, {words}")
    return whole
