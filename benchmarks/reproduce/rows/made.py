"""MADE on statically binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="MADE",
    published="86.6 nats, 88.3 with one mask (Germain et al., 2015)",
    recipe="made",
    settings={"hidden": (4000,)},
    binarize="static",
    ema=0.999,
    epochs=30,
)
