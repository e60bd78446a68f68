"""The family `vqvae`: its comparison."""

from benchmarks.harness.comparison import Comparison

CODE_DIM = 16
NUM_CODES = 64

COMPARISON = Comparison(
    name="vqvae",
    work="A VQ-VAE of 28x28x1 images, convolutions 32 and 64, a grid of 7x7 vectors of "
    f"{CODE_DIM}, {NUM_CODES} words learned by gradient, squared error; batch 128, "
    "Adam. The losses differ only by a constant, the normaliser of kgen's Gaussian; "
    "only kgen counts the use of its words and moves dead ones.",
    figures="Held-out squared error and use of the codebook",
    setting=f"Digits, 1437 for training, 360 held out; 2x2 codes of {NUM_CODES} words "
    f"of {CODE_DIM}, the networks of kgen's recipe on both sides. Mean over the "
    "pixels, smaller is better; usage is the fraction of words that occur, perplexity "
    f"at most {NUM_CODES}.",
    models={
        "pythae VQVAE, its defaults, cosine": ("torch", "gradient"),
        "pythae VQVAE, moving averages, cosine": ("torch", "averages"),
        'kgen.build("vq-vae"), its defaults': ("kgen", "bernoulli"),
        "the same with a Gaussian likelihood": ("kgen", "gaussian"),
    },
    columns={"squared error": ".5f", "usage": ".2f", "perplexity": ".1f"},
)
