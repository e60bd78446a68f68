"""Glow on MNIST of 256 levels."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="Glow",
    published="1.05 bits per dimension (Grathwohl et al., 2019)",
    recipe="glow",
    epochs=10,
)
