"""The flows of zuko and normflows: steps, densities and draws."""

import itertools
from functools import partial

import normflows
import torch
import zuko

from benchmarks.flows import (
    BATCH_SIZE,
    HIDDEN,
    NUM_BINS,
    NUM_POINTS,
    NUM_STEPS,
    NUM_WIDE_DRAWS,
    WIDE_HIDDEN,
    WIDE_SIZE,
)
from benchmarks.harness.data import points
from benchmarks.harness.torch_side import as_tensor, loop, num_parameters
from benchmarks.harness.worker import Side


class Zuko:
    """A flow of zuko with the verbs that are timed.

    Args:
        flow: Class of the flow.
        size: Number of values.
        **settings: Further arguments of the flow.
    """

    def __init__(self, flow, size, **settings):
        self.module = flow(size, **settings)

    def log_prob(self, x):
        """log p(x), nats."""
        return self.module().log_prob(x)

    def sample(self, num_samples):
        """Draws."""
        return self.module().sample((num_samples,))


class Normflows:
    """The RealNVP of normflows with the verbs that are timed."""

    def __init__(self):
        flows = []
        for _ in range(NUM_STEPS["realnvp"]):
            network = normflows.nets.MLP([1, *HIDDEN, 2], init_zeros=True)
            flows.append(normflows.flows.AffineCouplingBlock(network))
            flows.append(normflows.flows.Permute(2, mode="swap"))
        base = normflows.distributions.DiagGaussian(2, trainable=False)
        self.module = normflows.NormalizingFlow(base, flows)

    def log_prob(self, x):
        """log p(x), nats."""
        return self.module.log_prob(x)

    def sample(self, num_samples):
        """Draws; normflows also computes their log p(x)."""
        return self.module.sample(num_samples)


def flows():
    """Functions that make the flows, by name."""
    plane = {"size": 2, "hidden_features": HIDDEN}
    classes = {
        "realnvp": zuko.flows.RealNVP,
        "maf": zuko.flows.MAF,
        "nsf": partial(zuko.flows.NSF, bins=NUM_BINS),
    }
    made = {
        f"{name} zuko": partial(Zuko, flow, transforms=NUM_STEPS[name], **plane)
        for name, flow in classes.items()
    }
    wide = {"transforms": NUM_STEPS["maf"], "hidden_features": WIDE_HIDDEN}
    made["wide zuko"] = partial(Zuko, zuko.flows.MAF, WIDE_SIZE, **wide)
    return {**made, "realnvp normflows": Normflows}


def step(make):
    """The training step, with PyTorch's fused Adam."""
    flow = make()

    def loss(x):
        return -flow.log_prob(x).mean()

    return loop(flow.module, loss, fused=True, batch_size=BATCH_SIZE, data=points)


def call(make, verb, argument):
    """Calls of a verb."""
    flow = make()

    @torch.no_grad()
    def run(count):
        for _ in itertools.repeat(None, count):
            getattr(flow, verb)(argument)

    return num_parameters(flow.module), run


def variants():
    """All variants to time, by name."""
    found = {}
    for name, make in flows().items():
        num_draws = NUM_POINTS
        if name.startswith("wide"):
            num_draws = NUM_WIDE_DRAWS
        else:
            x = as_tensor(points(1, NUM_POINTS))
            found[name] = partial(step, make)
            found[f"{name} log_prob"] = partial(call, make, "log_prob", x)
        found[f"{name} sample"] = partial(call, make, "sample", num_draws)
    return found


if __name__ == "__main__":
    Side(variants()).serve()
