"""A gated PixelCNN on statically binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="gated PixelCNN",
    published="81.3 nats of a PixelCNN (van den Oord et al., 2016)",
    recipe="gated-pixelcnn",
    binarize="static",
    batch_size=32,
    ema=0.999,
    epochs=12,
)
