"""A PixelCNN on statically binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="PixelCNN",
    published="81.3 nats (van den Oord et al., 2016)",
    recipe="pixelcnn",
    settings={"dropout": 0.0},
    binarize="static",
    batch_size=32,
    ema=0.999,
    epochs=20,
)
