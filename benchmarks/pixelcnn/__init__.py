"""The family `pixelcnn`: its comparison."""

from benchmarks.harness.calls import Calls
from benchmarks.harness.comparison import KGEN, LIMIT, PEER, Comparison

BATCH_SIZE = 32
NUM_BLOCKS = 5
SIZE = 28
NUM_IMAGES = 16  # Images drawn at once.

BY_HAND = "PyTorch by hand, fused Adam"
SAMPLE = "kgen sample(16)"
BY_HAND_CACHED = "TensorFlow by hand, caches of whole images"

COMPARISON = Comparison(
    name="pixelcnn",
    work=f"The PixelCNN of keras.io, half as wide: a masked convolution of 7x7 to 64 "
    f"channels, {NUM_BLOCKS} residual blocks of 64, 32 and 64, two convolutions of 1x1 "
    f"before the last; {SIZE}x{SIZE}x1 binary images, batch {BATCH_SIZE}, Adam.",
    variants={
        BY_HAND: ("torch", "torch"),
        "the same, channels last": ("torch", "channels_last"),
        "the same, pythae's masked convolution": ("torch", "pythae_layers"),
        PEER: ("torch", "pythae"),
        **KGEN,
    },
    references={"/ PyTorch": BY_HAND, "/ pythae": PEER, "/ bare loop": LIMIT},
    steps=20,
    fit_lengths=(10, 20),
    calls=(
        Calls(
            title="Sampling",
            work=f"The same network, pixel by pixel, {NUM_IMAGES} images at once.",
            variants={
                SAMPLE: ("kgen", "cached"),
                "kgen sample(16, cached=False)": ("kgen", "uncached"),
                BY_HAND_CACHED: ("kgen", "by_hand"),
                "Keras, predict for each pixel": ("kgen", "predict"),
                "PyTorch, network for each pixel": ("torch", "naive"),
            },
            references={"/ kgen": SAMPLE, "/ by hand": BY_HAND_CACHED},
            count=NUM_IMAGES,
            unit="image",
            slow=(
                "kgen sample(16, cached=False)",
                "Keras, predict for each pixel",
                "PyTorch, network for each pixel",
            ),
            kept=True,
        ),
    ),
)
