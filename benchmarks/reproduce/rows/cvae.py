"""A conditional VAE on binarised MNIST."""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="CVAE",
    published="none on MNIST; aim: 98 % of samples show the digit asked for",
    recipe="cvae",
    conditional=True,
    binarize="dynamic",
    ema=0.999,
    figures=("classification_performance",),
    epochs=20,
)
