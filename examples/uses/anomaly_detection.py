"""Extreme weather: an autoencoder of ordinary years finds El Nino in the sea.

Monthly surface temperatures of the Pacific off Peru and Ecuador, 1950 to 2010, come
with statsmodels. Twelve months of an ordinary year follow the seasons: windows with any
first month lie on a circle, for which a code of two numbers suffices. El Nino leaves
the circle, which gives a reconstruction error. The autoencoder is not told the month.
It is linear, because there are only some 200 overlapping windows: wider codes and
deeper networks also learn to draw warm water, and score worse.

Years are held out in turn, two by two: one part trains, one sets the threshold, one is
held out. An ordinary window belongs to a part only if all of its 12 months do, so that
no two parts share a month; no part has a month of El Nino. The rate of false alarms
still differs from the requested one: a threshold rests on some seven years, and most
false alarms are El Nino's cold sister, La Nina, in 1954-55 and 1970-71.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score
from statsmodels.datasets import elnino

import kgen
from examples import shared
from kgen.downstream.anomaly import AnomalyDetector

# First and last month of the strong events, by NOAA's Oceanic Nino Index. It measures
# another part of the ocean, so the labels do not come from the data of this example.
EVENTS = np.array(
    [
        ("1957-04", "1958-07"),
        ("1965-05", "1966-04"),
        ("1972-05", "1973-03"),
        ("1982-04", "1983-06"),
        ("1986-09", "1988-02"),
        ("1997-05", "1998-05"),
    ],
    dtype="datetime64[M]",
)
FALSE_POSITIVE_RATE = 0.05
NUM_FOLDS = 4


def windows(values):
    """All windows of 12 months, `(n, 12)`."""
    return np.lib.stride_tricks.sliding_window_view(values, 12)


def draw(months, celsius, starts, score, path):
    """The series above the score of the window around each month; events shaded."""
    figure = Figure(figsize=(12, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.plot(months, celsius, linewidth=0.8)
    upper.set(ylabel="sea surface, degrees Celsius")
    lower.semilogy(starts + 6, score, ".-", markersize=3, linewidth=0.8)
    lower.axhline(1.0, color="black", linestyle="--", label="threshold")
    lower.set(ylabel="held-out score / threshold")
    for axis in (upper, lower):
        for first, last in EVENTS:
            axis.axvspan(first, last + 1, color="tab:red", alpha=0.25, linewidth=0)
    lower.legend(loc="upper left")
    figure.savefig(path, dpi=100)
    return path


args = shared.parse(__doc__, epochs=100, data=None)
keras.utils.set_random_seed(0)
celsius = elnino.load_pandas().data.to_numpy()[:, 1:].ravel()
months = np.arange("1950-01", "2011-01", dtype="datetime64[M]")
events = [(first <= months) & (months <= last) for first, last in EVENTS]
ordinary = ~np.any(events, axis=0)
event = windows(~ordinary).mean(axis=1) >= 0.5
part = np.arange(len(months)) // 24 % NUM_FOLDS

ratios = np.full((NUM_FOLDS, len(event)), np.nan)  # Set where a window is held out.
normal = np.zeros(len(event), bool)
for fold in range(NUM_FOLDS):
    turn = (part - fold) % NUM_FOLDS
    seen = ordinary & (turn > 1)
    train = windows(seen).all(axis=1)
    calibration = windows(ordinary & (turn == 1)).all(axis=1)
    test = windows(ordinary & (turn == 0)).all(axis=1)
    x = windows((celsius - celsius[seen].mean()) / celsius[seen].std())
    x = x.astype("float32")

    model = kgen.build("autoencoder", (12,), latent_dim=2, output_activation=None)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(x[train], epochs=args.epochs, verbose=0)
    detector = AnomalyDetector(model).fit(x[calibration], FALSE_POSITIVE_RATE)
    held_out = test | event
    ratios[fold, held_out] = detector.scores(x[held_out]) / detector.threshold
    normal |= test
    print(
        f"Fold {fold + 1}: trained on {train.sum()} windows, threshold from "
        f"{calibration.sum()}; held out {test.sum()} ordinary ones and {event.sum()} "
        f"of El Nino, AUROC {detector.auroc(x[held_out], event[held_out]):.2f}"
    )

held_out = normal | event
score = np.full(len(event), np.nan)
score[held_out] = np.nanmean(ratios[:, held_out], axis=0)
flagged = score > 1
found = [np.any(flagged & (windows(one).mean(axis=1) >= 0.5)) for one in events]
print(
    f"Held out in all: AUROC {roc_auc_score(event[held_out], score[held_out]):.2f}; "
    f"{sum(found)} of {len(events)} events found, {np.mean(flagged[event]):.0%} of "
    f"their {event.sum()} windows; {np.mean(flagged[normal]):.1%} of {normal.sum()} "
    f"ordinary windows flagged where {FALSE_POSITIVE_RATE:.0%} were asked for"
)
year = celsius[ordinary].mean()
season = np.array([celsius[i::12][ordinary[i::12]].mean() for i in range(12)])
for name, mean in (("year", year), ("month of the year", np.tile(season, 61))):
    distance = np.sum(windows(celsius - mean) ** 2, axis=1)
    area = roc_auc_score(event[held_out], distance[held_out])
    print(f"Without a model, distance from the mean of the {name}: AUROC {area:.2f}")
args.output.mkdir(parents=True, exist_ok=True)
path = draw(months, celsius, months[:-11], score, args.output / "el_nino.png")
print(f"Wrote {path}")
