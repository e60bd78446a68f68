"""RealNVP of dense couplings on MNIST of 256 levels."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="RealNVP, dense",
    published="1.06 bits of a multi-scale RealNVP (Grathwohl et al., 2019)",
    recipe="realnvp",
    epochs=20,
)
