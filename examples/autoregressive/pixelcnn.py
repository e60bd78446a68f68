"""A gated PixelCNN on digits, black and white and in 17 levels of grey.

`p(x) = prod_i p(x_i | x_1, ..., x_{i-1})`, pixel by pixel in raster order: the exact
likelihood takes one pass, and a sample takes one step for each pixel. Sampling is the
slow part, so each layer caches its results. The model completes the upper half of
held-out digits. A low temperature prefers likely values, so that samples become cleaner
and less varied.
"""

import time

import keras
import numpy as np

import kgen
from examples import shared
from kgen.metrics import evaluate_likelihood

args = shared.parse(__doc__, epochs=300)
SETTINGS = {
    "black and white": {"width": 32, "likelihood": "bernoulli"},
    "17 levels": {"width": 48, "likelihood": "categorical", "levels": 17},
}
rows = []
for name, settings in SETTINGS.items():
    binarize = settings["likelihood"] == "bernoulli"
    train, test = kgen.data.load(args.data, batch_size=64, binarize=binarize)
    shape = train.element_spec[0].shape[1:]
    steps = args.epochs * len(train)
    keras.utils.set_random_seed(0)
    model = kgen.build(
        "gated-pixelcnn",
        shape,
        num_blocks=4,
        first_kernel_size=5,
        head_filters=64,
        dropout=0.5,  # The network could memorise so few digits.
        learning_rate=keras.optimizers.schedules.CosineDecay(3e-3, steps),
        seed=0,
        **settings,
    )
    start = time.perf_counter()
    model.fit(train, epochs=args.epochs, verbose=0)
    minutes = (time.perf_counter() - start) / 60
    figures = evaluate_likelihood(model, test)
    print(
        f"{name}, held-out digits: {figures['log_prob']:.2f} nats, "
        f"{figures['bits_per_dimension']:.4f} bits per dimension, after {minutes:.1f} "
        f"minutes; {model.network.count_params():,} parameters"
    )
    digits = shared.arrays(test)[0][:20]
    known = np.arange(shape[0])[:, None, None] < shape[0] // 2
    rows += [digits, np.where(known, digits, 0.5)]
    rows += [model.sample(given=digits, known=known, seed=seed) for seed in (0, 1)]
    rows += [model.sample(20, seed=0, temperature=t) for t in (1.0, 0.5)]

rows = np.concatenate(rows)
path = args.output / "pixelcnn.png"
print(
    "Rows: held-out digits, their upper halves, two completions, samples at "
    "temperature 1 and 0.5; then the same in grey"
)
print(f"Wrote {kgen.plots.save_samples(rows, path, columns=20)}")
