"""zuko's flows on the plane, on small tables and on digits."""

import math
import time

import torch
import zuko

from benchmarks.densities.data import (
    LEVELS,
    NUM_DRAWS,
    gap,
    levels,
    plane,
    table,
    table_batch,
)
from benchmarks.densities.training import (
    clock,
    count,
    mean_nats,
    train,
    train_best,
)
from benchmarks.harness.worker import serve

SMALL = {"transforms": 2, "hidden_features": (32,)}
LARGE = {"transforms": 3, "hidden_features": (64, 64)}
# Candidates for each table: the flow, its settings, noise and weight decay.
FLOWS = [
    (flow, *settings)
    for flow in (zuko.flows.MAF, zuko.flows.NSF)
    for settings in ((SMALL, 0.3, 0.05), (LARGE, 0.02, 0.01), (LARGE, 0.0, 0.01))
]


def on_plane(name, bins, learning_rate, seconds):
    """A neural spline flow on standardised points of a density on the plane.

    Args:
        name: Name of the density.
        bins: Bins of each spline.
        learning_rate: Learning rate at the start.
        seconds: Training time.
    """
    x, held_out, exact = plane(name)
    mean, stddev = x.mean(axis=0), x.std(axis=0)
    x, held_out = (torch.from_numpy((p - mean) / stddev) for p in (x, held_out))
    torch.manual_seed(0)
    flow = zuko.flows.NSF(2, transforms=5, bins=bins, hidden_features=(64, 64))
    start = time.perf_counter()
    train(flow, x, 512, learning_rate, clock(seconds))
    seconds = time.perf_counter() - start
    with torch.no_grad():
        log_prob = flow().log_prob(held_out) - float(sum(map(math.log, stddev)))
    return {"seconds": seconds, **gap(log_prob, exact)}


def on_table(name, split, steps):
    """The best of `FLOWS` on a table, by the rows for choosing.

    Args:
        name: Name of the table.
        split: Seed of the split.
        steps: Training steps of each flow; the best weights are kept.
    """
    x, choosing, held_out = map(torch.from_numpy, table(name, split))
    start = time.perf_counter()
    found = []
    for make, settings, noise, weight_decay in FLOWS:
        torch.manual_seed(0)
        flow = make(x.shape[1], **settings)
        nats = train_best(
            flow,
            x,
            choosing,
            table_batch(x),
            3e-3,
            count(steps),
            every=20,
            noise=noise,
            weight_decay=weight_decay,
        )
        found.append({"choosing": nats, "held_out": mean_nats(flow, held_out)})
    best = min(found, key=lambda figures: figures["choosing"])
    return {**best, "seconds": time.perf_counter() - start}


def on_digits(weight_decay, seconds):
    """A neural spline flow on the digits.

    Args:
        weight_decay: Weight decay of AdamW.
        seconds: Training time; the best weights are kept.
    """
    x, choosing, held_out = (torch.from_numpy(p).flatten(1) for p in levels())
    torch.manual_seed(0)
    flow = Levels(zuko.flows.NSF(64, transforms=3, bins=8, hidden_features=(256, 256)))
    start = time.perf_counter()
    nats = train_best(
        flow,
        x,
        choosing,
        128,
        1e-3,
        clock(seconds),
        every=10,
        weight_decay=weight_decay,
    )
    seconds = time.perf_counter() - start
    test = sum(mean_nats(flow, held_out) for _ in range(NUM_DRAWS)) / NUM_DRAWS
    return {"choosing": nats, "held_out": test, "seconds": seconds}


class Levels(torch.nn.Module):
    """A flow of the normal quantiles of levels with uniform noise, as in kgen.

    Args:
        flow: Flow of zuko.
    """

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def forward(self):
        """Itself: a call of a zuko flow gives its density."""
        return self

    def log_prob(self, x):
        """Log density of the levels x with noise, nats."""
        y = (x + torch.rand_like(x)) / LEVELS
        z = torch.special.ndtri(y.clamp(1e-9, 1.0 - 2.0**-23))
        log_slope = 0.5 * z**2 + 0.5 * math.log(2.0 * math.pi) - math.log(LEVELS)
        return self.flow().log_prob(z) + log_slope.sum(dim=1)


if __name__ == "__main__":
    serve(plane=on_plane, table=on_table, digits=on_digits)
