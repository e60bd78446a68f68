"""Glow on pictures in colour."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="Glow, colour",
    published=None,
    recipe="glow",
    epochs=60,
    data=None,
    image_size=32,
    batch_size=64,
)
