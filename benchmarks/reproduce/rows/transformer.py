"""A causal Transformer over the pixels of statically binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="Transformer over pixels",
    published="81.3 nats of a PixelCNN (van den Oord et al., 2016)",
    recipe="transformer",
    settings={"num_blocks": 4},
    binarize="static",
    batch_size=32,
    ema=0.999,
    epochs=10,
)
