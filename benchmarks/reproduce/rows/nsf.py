"""A flow of rational-quadratic splines on MNIST of 256 levels."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="neural spline flow, dense",
    published="1.05 bits of Glow (Grathwohl et al., 2019)",
    recipe="nsf",
    epochs=20,
)
