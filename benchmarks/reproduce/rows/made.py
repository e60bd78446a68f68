"""MADE on statically binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="MADE",
    published="88.4 nats with one mask, 86.6 with 32 (Germain et al., 2015)",
    recipe="made",
    settings={"hidden": (4000,)},
    binarize="static",
    ema=0.999,
    epochs=30,
)
