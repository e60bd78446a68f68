"""Images of one shape each, made from factors that are known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

SHAPES = ("square", "triangle", "bar")
# Corners of each shape, in units of its size, one after the other counterclockwise.
_TURN = 2.0 * np.pi * np.arange(3) / 3 + np.pi / 2
CORNERS = {
    "square": 0.8 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]),
    "triangle": 1.2 * np.stack([np.cos(_TURN), np.sin(_TURN)], axis=-1),
    "bar": np.array([[-1.25, -0.45], [1.25, -0.45], [1.25, 0.45], [-1.25, 0.45]]),
}
COLOURS = np.array([[1, 0.2, 0.2], [0.2, 1, 0.2], [0.3, 0.4, 1], [1, 1, 0.3]])
# A pixel is the mean of as many points on each side.
POINTS = 4


@dataclasses.dataclass(frozen=True)
class Sprites:
    """Every combination of the values of six factors, as an image each.

    The factors, in the order of `names`: shape, colour, size, rotation, x and y. A
    rotation is below a quarter turn, so that no two images of the default sizes are the
    same. Small images with many rotations share pixels.

    Args:
        image_size: Height and width, 8 or larger.
        colours: Number of colours, 1 to 4.
        sizes: Number of sizes.
        rotations: Number of rotations.
        positions: Number of places along each axis.

    References:
        [Matthey et al., 2017](https://github.com/google-deepmind/dsprites-dataset)
        (the idea: data whose factors are known)
    """

    image_size: int = 16
    colours: int = 3
    sizes: int = 3
    rotations: int = 3
    positions: int = 6

    names = ("shape", "colour", "size", "rotation", "x", "y")

    def __post_init__(self):
        limits = {
            "image_size": (8, 256),
            "colours": (1, len(COLOURS)),
            "sizes": (1, 64),
            "rotations": (1, 64),
            "positions": (1, 64),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ValueError(
                    f"Sprites was given {name}={value!r}, but expects an int from "
                    f"{low} to {high}."
                )

    @property
    def num_values(self) -> tuple[int, ...]:
        """Number of values of each factor."""
        places = (self.positions, self.positions)
        return (len(SHAPES), self.colours, self.sizes, self.rotations, *places)

    def __len__(self):
        return math.prod(self.num_values)

    def factors(self) -> np.ndarray:
        """The value of each factor in each image, int32 `(len(self), 6)`."""
        grids = np.indices(self.num_values, dtype="int32")
        return grids.reshape(len(self.num_values), -1).T

    def images(self, factors: np.ndarray | None = None) -> np.ndarray:
        """The image of each row of factors, float32 in [0, 1], RGB.

        Args:
            factors: Ints `(n, 6)`; by default all of `factors()`.

        Returns:
            `(n, image_size, image_size, 3)`.

        Raises:
            ValueError: for factors of another shape, or that are not there.
        """
        factors = self.factors() if factors is None else np.asarray(factors)
        if factors.ndim != 2 or factors.shape[1:] != (len(self.names),):
            raise ValueError(
                f"`images` was given factors of shape {factors.shape}, but expects "
                f"(n, {len(self.names)}): {', '.join(self.names)}."
            )
        if not np.issubdtype(factors.dtype, np.integer):
            raise ValueError(
                f"`images` was given factors of type {factors.dtype}, but expects ints."
            )
        if np.any(factors < 0) or np.any(factors >= self.num_values):
            raise ValueError(
                "`images` was given factors out of range: the numbers of values are "
                f"{self.num_values}, counted from 0."
            )
        return np.stack([self._image(row) for row in factors])

    def sample(
        self, num_samples: int, seed: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Images of factors drawn uniformly, and these factors.

        Args:
            num_samples: Number of images.
            seed: An int, or `None`.

        Returns:
            Images `(num_samples, image_size, image_size, 3)` and factors
            `(num_samples, 6)`.
        """
        if type(num_samples) is not int or num_samples < 1:
            raise ValueError(
                f"`sample` was given num_samples={num_samples!r}, but expects an int, "
                "1 or larger."
            )
        rng = np.random.default_rng(seed)
        factors = rng.integers(self.num_values, size=(num_samples, len(self.names)))
        return self.images(factors), factors.astype("int32")

    def _image(self, factors):
        shape, colour, size, rotation, x, y = factors
        radius = self.image_size * (0.11 + 0.08 * size / max(self.sizes - 1, 1))
        angle = 0.5 * np.pi * rotation / self.rotations
        turn = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        # The whole shape lies inside the image wherever it is.
        margin = 0.26 * self.image_size
        room = (self.image_size - 2 * margin) / max(self.positions - 1, 1)
        center = margin + room * np.array([x, y])
        corners = center + radius * CORNERS[SHAPES[shape]] @ turn.T
        grid = (np.arange(self.image_size * POINTS) + 0.5) / POINTS
        points = np.stack(np.meshgrid(grid, grid), axis=-1)
        inside = np.ones(points.shape[:2], bool)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            side, offset = end - start, points - start
            inside &= side[0] * offset[..., 1] - side[1] * offset[..., 0] >= 0
        size = self.image_size
        share = inside.reshape(size, POINTS, size, POINTS).mean(axis=(1, 3))
        return (share[..., None] * COLOURS[colour]).astype("float32")
