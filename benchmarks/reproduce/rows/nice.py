"""NICE on MNIST of 256 levels, with uniform noise added."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="NICE",
    published="4.36 bits per dimension, from 1,980.5 nats (Dinh et al., 2015)",
    recipe="nice",
    settings={"hidden": (1000, 1000, 1000)},
    epochs=20,
)
