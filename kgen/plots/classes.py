"""Images of several classes in one picture, each class under its name."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kgen.core.checks.containers import numbers
from kgen.plots.grids import grid_of
from kgen.plots.pictures import picture_of

SIZE = 1024  # The longer side in pixels, about.
HEADING = 22  # Height of a heading in pixels.
GAP = 8  # Between two classes.
EMPTY = 3.0  # How much places without an image count, beside the shape.
LINE = 0.25  # Height of a heading in images, about.


def class_picture(name, images, labels, columns=None):
    """A picture of images, about square: a block for each class, with its number.

    Args:
        name: Name of the function that draws, for errors.
        images: `(n, height, width, channels)` in [0, 1].
        labels: `(n,)` ints.
        columns: Number of columns of a block; by default one that suits.
    """
    classes = np.unique(labels)
    counts = [np.count_nonzero(labels == label) for label in classes]
    _, height, width, _ = images.shape
    columns, across = layout(len(classes), max(counts), width / height, columns)
    rows = math.ceil(max(counts) / columns)
    down = math.ceil(len(classes) / across)
    # All blocks are enlarged alike, though some may have fewer rows.
    wide, high = columns * (width + 1) + 1, rows * (height + 1) + 1
    size = max(wide, high) * max(1, SIZE // max(across * wide, down * high))
    blocks = []
    for label in classes:
        block = np.full((columns * rows, *images.shape[1:]), 0.5, "float32")
        chosen = images[labels == label]
        block[: len(chosen)] = chosen
        block = grid_of(name, "x", block, columns)
        blocks.append(picture_of(name, "x", block, size))
    step_x = blocks[0].width + GAP
    step_y = blocks[0].height + HEADING + GAP
    mode = "RGB" if blocks[0].mode == "L" else blocks[0].mode
    canvas = Image.new(mode, (across * step_x, down * step_y), "white")
    for index, (label, block) in enumerate(zip(classes, blocks, strict=True)):
        corner = index % across * step_x + GAP // 2, index // across * step_y
        canvas.paste(block, (corner[0], corner[1] + HEADING))
        write(canvas, corner, int(label), block.width)
    return canvas


def layout(num_classes, count, ratio, columns=None):
    """Columns of images in a block, and blocks side by side, for a square picture.

    Args:
        num_classes: Number of blocks.
        count: Number of images in the largest of them.
        ratio: Width of an image divided by its height.
        columns: The columns, if they are fixed.

    Returns:
        `(columns, across)`.
    """

    def cost(choice):
        columns, across = choice
        rows, down = math.ceil(count / columns), math.ceil(num_classes / across)
        shape = ratio * columns * across / ((rows + LINE) * down)
        empty = 1 - count * num_classes / (columns * across * rows * down)
        return abs(math.log(shape)) + EMPTY * empty

    choices = [
        (each, across)
        for each in ([columns] if columns else range(1, count + 1))
        for across in range(1, num_classes + 1)
    ]
    return min(choices, key=cost)


def write(canvas, corner, label, width):
    """Writes `class 3`, or `3` where that is too wide, above a block."""
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(HEADING * 2 // 3)
    text = f"class {label}"
    if draw.textlength(text, font) > width:
        text = str(label)
    middle = corner[0] + width / 2, corner[1] + HEADING / 2
    draw.text(middle, text, "black", font, anchor="mm")


def as_labels(name, labels, num_rows):
    """Labels as ints `(num_rows,)`.

    Args:
        name: Name of the function that takes them, for the error.
        labels: The user's argument.
        num_rows: Number of examples.

    Raises:
        ValueError: if they are no ints, one for each example.
    """
    labels = numbers(name, "labels", labels)
    if labels.shape != (num_rows,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` was given labels of shape {labels.shape} and type "
            f"{labels.dtype} for {num_rows} examples, but expects an int for each, "
            f"({num_rows},)."
        )
    return labels
