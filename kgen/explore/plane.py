"""A map of the latent space: a plane of it, with the codes of data."""

from __future__ import annotations

import numpy as np

from kgen.explore.pictures import SIDE, plane_url
from kgen.explore.subject import Subject

REACH = 4.0  # Of the map, for a model whose codes of data are not known.
FEWEST = 3  # Codes that span a plane.


class Plane:
    """The plane of a map: the latent itself, or the two widest directions of codes.

    Without codes of data it is that of the first two coordinates.

    Args:
        subject: A model that decodes.

    Attributes:
        size: Numbers of a code.
        centre: The code in the middle of the data, or 0.
        reach: The largest coordinate of a code.
        bounds: Ends of the map, `((low_x, high_x), (low_y, high_y))`.
        points: Codes of data on the map, `(n, 2)`; `None` if there are none.
        words: What the map is of.
    """

    def __init__(self, subject: Subject) -> None:
        self.size = int(np.prod(subject.latent_shape))
        self.centre = np.zeros(self.size, "float32")
        self.axes = np.eye(2, self.size, dtype="float32")
        self.points, self.labels, self.is_whole = None, None, self.size <= 2
        self.words = "the plane"
        if not self.is_whole:
            self.words = "the plane of the first two coordinates"
        self.reach = REACH
        self.bounds = np.tile([-REACH, REACH], (2, 1))
        codes = subject.codes
        if codes is not None and len(codes) >= FEWEST:
            _, self.labels = subject.examples
            self._fit(codes.reshape(len(codes), -1))

    def _fit(self, codes):
        """Takes the plane in which codes vary most, and bounds that hold them."""
        self.reach = float(np.ceil(max(REACH - 1, np.abs(codes).max())))
        if not self.is_whole:
            from sklearn.decomposition import PCA

            found = PCA(2, random_state=0).fit(codes)
            self.centre = found.mean_.astype("float32")
            self.axes = found.components_.astype("float32")
            self.words = "the plane of the two widest directions of the codes"
        self.points = (codes - self.centre) @ self.axes.T
        low, high = self.points.min(0), self.points.max(0)
        margin = 0.1 * (high - low) + 1e-3
        self.bounds = np.stack([low - margin, high + margin], axis=1)

    def code_at(self, point: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The code of a point.

        On a plane of data it is in this plane; else `z`, moved along the map.
        """
        if self.points is not None and not self.is_whole:
            return self.centre + point @ self.axes
        return z + (point - z @ self.axes.T) @ self.axes

    def url(self) -> str:
        """The map: codes of held-out examples in the colours of their classes."""

        def draw(axes):
            if self.points is not None:
                axes.scatter(*self.points.T, c=self.labels, cmap="tab10", s=6)
                return
            angle = np.linspace(0, 2 * np.pi, 100)
            for radius in (1, 2, 3):
                axes.plot(radius * np.cos(angle), radius * np.sin(angle), c="0.8")

        return plane_url(draw, self.bounds, SIDE)
