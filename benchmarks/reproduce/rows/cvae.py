"""A conditional VAE on binarised MNIST.

At least 98 % of its samples should show the digit that was asked for.
"""

from benchmarks.reproduce.row import Row

ROW = Row(
    title="CVAE",
    published=None,
    recipe="cvae",
    # The codes of a digit are no N(0, I): a flow that is told the digit draws them.
    settings={"prior": "maf", "num_latent_steps": 4},
    conditional=True,
    binarize="dynamic",
    ema=0.999,
    figures=("classification_performance",),
    epochs=20,
)
