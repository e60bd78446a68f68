"""An LSTM and a Transformer on 309 years of sunspots: do they beat a linear model?

Both give a Gaussian for each year from the years before it, and continue a series by
drawing year after year. The baselines are one Gaussian for all years, and a linear
autoregression, `y_t = b + sum_k a_k y_{t-k} + noise`, k up to 9, fitted by least
squares. The latter is hard to beat: data is scarce, and its rhythm of about eleven
years is simple. Training data ends with 1859. The years to 1899 chose the order of the
linear model and choose the best epoch of a network. Years from 1900 on are held out.

They do not. For the next year the LSTM equals the linear model, within the error of 109
years. The Transformer equals it or is worse, depending on its seed, and is far worse
without strong dropout and weight decay. Eleven years ahead the linear model's median is
the nearest, and only its band is not too narrow. In the picture, no median comes near
the maximum of 1957, the highest of all.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from statsmodels.datasets import sunspots

import kgen
from examples import shared

STEPS, KNOWN, ORDER, DRAWS = 33, 22, 9, 200
SETTINGS = {
    "lstm": {"width": 32, "dropout": 0.3, "weight_decay": 0.3},
    "transformer": {"width": 16, "num_heads": 2, "dropout": 0.3, "weight_decay": 0.5},
}


def windows(values, steps):
    """All windows of `steps` steps."""
    return np.lib.stride_tricks.sliding_window_view(values, steps)


def expected(weights, x):
    """The linear model's expectation after each row of x."""
    return weights[0] + x[:, -ORDER:] @ weights[1:]


def log_normal(x, mean, stddev):
    """Log density of a Gaussian, nats."""
    return -0.5 * ((x - mean) / stddev) ** 2 - np.log(stddev * np.sqrt(2 * np.pi))


def counts_of(x):
    """Sunspots, from their standardised roots."""
    return np.maximum(center + scale * x, 0.0) ** 2


args = shared.parse(__doc__, epochs=400, data=None)
years, counts = sunspots.load_pandas().data.to_numpy().T
roots = np.sqrt(counts)  # High and low years then have about the same noise.
early = roots[years < 1860]
center, scale = early.mean(), early.std()
series = ((roots - center) / scale).astype("float32")
x = windows(series, STEPS)
first, last = windows(years, STEPS)[:, [0, -1]].T
train, validation = x[last < 1860], x[(first >= 1860) & (last < 1900)]
test = x[last >= 1900]  # Each held-out year, after the 32 years before it.
begun = first + KNOWN >= 1900  # The years to predict are held out.
truth = counts_of(x[begun])

past = windows(series[: len(early)], ORDER + 1)
design = np.column_stack([np.ones(len(past)), past[:, :-1]])
weights, *_ = np.linalg.lstsq(design, past[:, -1], rcond=None)
stddev = np.std(past[:, -1] - design @ weights, ddof=ORDER + 1)
nats = {
    "Gaussian": log_normal(test[:, -1], 0.0, 1.0),
    "linear": log_normal(test[:, -1], expected(weights, test[:, :-1]), stddev),
}
rng = np.random.default_rng(0)
given = np.repeat(x[begun], DRAWS, axis=0)
drawn = given[:, :KNOWN]
while drawn.shape[1] < STEPS:
    drawn = np.column_stack([drawn, rng.normal(expected(weights, drawn), stddev)])
forecasts = {"linear": drawn}

known = np.arange(STEPS)[:, None] < KNOWN
for name, settings in SETTINGS.items():
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        model = kgen.build(name, (STEPS, 1), learning_rate=2e-3, seed=seed, **settings)
        stop = keras.callbacks.EarlyStopping(patience=60, restore_best_weights=True)
        model.fit(
            train[..., None],
            validation_data=validation[..., None],
            batch_size=32,
            epochs=args.epochs,
            callbacks=[stop],
            verbose=0,
        )
        print(f"{name}, seed {seed}: as it was after epoch {stop.best_epoch + 1}")
        of_years = model.likelihood.distribution(model.parameters(test[..., None]))
        log_density = of_years.log_prob(test[..., None]).numpy()
        nats[f"{name}, seed {seed}"] = log_density[:, -1, 0]
    draws = model.sample(given=given[..., None], known=known, seed=0)
    forecasts[name] = draws.numpy()[..., 0]

print(f"Held-out years from 1900 on, {len(test)} of them, each given those before it:")
for name, values in nats.items():
    more = values - nats["linear"]
    print(
        f"  {name:19} {values.mean():.2f} nats per year, {more.mean():+.2f} +- "
        f"{more.std() / np.sqrt(len(more)):.2f} more than the linear model"
    )
print(f"The next {STEPS - KNOWN} years, {len(truth)} times; 80 % belong in the band:")
figure = Figure(figsize=(12, 8), layout="constrained")
grid = figure.subplots(len(forecasts), 3, sharex="col", sharey=True)
for row, (name, draws) in zip(grid, forecasts.items(), strict=True):
    draws = counts_of(draws).reshape(len(truth), DRAWS, STEPS)[:, :, KNOWN:]
    low, median, high = np.quantile(draws, (0.1, 0.5, 0.9), axis=1)
    after = truth[:, KNOWN:]
    print(
        f"  {name:11} {np.mean((low <= after) & (after <= high)):.0%} are, it is "
        f"{np.mean(high - low):.0f} sunspots wide; the median misses by "
        f"{np.mean(np.abs(median - after)):.0f}"
    )
    for axis, index in zip(row, (10, 50, 90), strict=True):
        shown = first[begun][index] + np.arange(STEPS)
        axis.plot(shown, truth[index], "k.-", linewidth=0.8, label="truth")
        axis.plot(shown[KNOWN:], median[index], label="median of draws")
        axis.fill_between(
            shown[KNOWN:], low[index], high[index], alpha=0.3, label="10 to 90 %"
        )
    row[0].set(ylabel=f"sunspots, {name}")
grid[0, 0].legend(loc="upper left")
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "time_series.png", dpi=100)
print(f"Wrote {args.output / 'time_series.png'}")
