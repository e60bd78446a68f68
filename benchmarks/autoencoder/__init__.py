"""The family `autoencoder`: its comparison."""

from benchmarks.harness.comparison import Comparison

LATENT_DIM = 16

COMPARISON = Comparison(
    name="autoencoder",
    work="An autoencoder of 28x28x1 images, convolutions 32 and 64, a code of "
    f"{LATENT_DIM}, sigmoid output, squared error; batch 128, Adam. pythae sums the "
    "error over the pixels, kgen takes their mean: a constant factor of the loss.",
    figures="Held-out squared error",
    setting=f"Digits, 1437 for training, 360 held out, a code of {LATENT_DIM}; mean "
    "over the pixels, smaller is better.",
    models={
        "pythae AE, its default MLP, cosine": ("torch", "autoencoder"),
        'kgen.build("autoencoder", hidden=(512,)), that MLP': ("kgen", "mlp"),
        "the same, weight_decay=0.3": ("kgen", "mlp, decay"),
        'kgen.build("autoencoder"), its defaults': ("kgen", "autoencoder"),
        'kgen.build("deep-autoencoder"), its defaults': ("kgen", "deep-autoencoder"),
        'kgen.build("conv-autoencoder"), its defaults': ("kgen", "conv-autoencoder"),
    },
    columns={"squared error": ".5f"},
)
