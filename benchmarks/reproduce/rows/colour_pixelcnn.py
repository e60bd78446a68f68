"""A gated PixelCNN on pictures in colour.

The likelihood is a mixture of logistics for each pixel, as in PixelCNN++.
"""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="gated PixelCNN, colour",
    published=None,
    recipe="gated-pixelcnn",
    settings={"likelihood": "logistic_mixture", "dropout": 0.3},
    ema=0.999,
    epochs=60,
    data=None,
    image_size=32,
    batch_size=64,
)
