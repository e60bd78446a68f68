"""The families `realnvp`, `maf` and `nsf`: their comparisons."""

from benchmarks.harness.calls import Calls
from benchmarks.harness.comparison import LIMIT, Comparison

BATCH_SIZE = 512
NUM_POINTS = 4096
STEPS_PER_CALL = 32
HIDDEN = (64, 64)
NUM_BINS = 8
NUM_STEPS = {"realnvp": 8, "maf": 5, "nsf": 5}

# A wide flow, whose draws take many steps: one for each value.
WIDE_SIZE = 64
WIDE_HIDDEN = (128, 128)
NUM_WIDE_DRAWS = 256

ZUKO = "zuko, fused Adam"
NORMFLOWS = "normflows, fused Adam"
XLA = f"XLA, {STEPS_PER_CALL} steps a call"
STEPS = {
    f"{LIMIT}, {XLA}": "bare",
    f"kgen fit(dataset), {XLA}": "xla_dataset",
    f"kgen fit(x), arrays, {XLA}": "xla_arrays",
    "kgen fit(dataset)": "dataset",
    "kgen fit(x), arrays": "arrays",
}


def comparison(flow, work, normflows=False):
    """The comparison of one of the flows.

    Args:
        flow: `"realnvp"`, `"maf"` or `"nsf"`.
        work: Description of the flow.
        normflows: Whether normflows has the same flow.
    """
    peers = {ZUKO: ("torch", f"{flow} zuko")}
    references = {"/ zuko": ZUKO}
    if normflows:
        peers[NORMFLOWS] = ("torch", f"{flow} normflows")
        references["/ normflows"] = NORMFLOWS
    steps = {name: ("kgen", f"{flow} {what}") for name, what in STEPS.items()}
    calls = [
        calls_of(flow, "log_prob", f"log_prob of {NUM_POINTS} points.", normflows),
        calls_of(flow, "sample", f"{NUM_POINTS} draws at once.", normflows),
    ]
    if flow == "maf":
        text = (
            f"{NUM_WIDE_DRAWS} draws at once of a MAF of {WIDE_SIZE} dimensions, "
            f"{NUM_STEPS[flow]} steps, hidden layers {WIDE_HIDDEN}."
        )
        calls.append(calls_of("wide", "sample", text, count=5))
    return Comparison(
        name="flows",
        work=f"{work} on the plane, each with a network {HIDDEN}; batch {BATCH_SIZE}, "
        "Adam.",
        variants={**peers, **steps},
        references={**references, "/ bare loop": f"{LIMIT}, {XLA}"},
        steps=40 * STEPS_PER_CALL,
        fit_lengths=(),
        calls=tuple(calls),
        peers=("torch", "zuko", "normflows"),
    )


def calls_of(flow, verb, work, normflows=False, count=30):
    """The table of times of one verb of a flow.

    Args:
        flow: Name of a flow in the processes.
        verb: `"log_prob"` or `"sample"`.
        work: Description of a call.
        normflows: Whether normflows has the same flow.
        count: Calls in one timing.
    """
    call = f"{verb}(x)" if verb == "log_prob" else "sample(...)"
    variants = {"zuko": ("torch", f"{flow} zuko {verb}")}
    references = {"/ zuko": "zuko"}
    if normflows:
        variants["normflows"] = ("torch", f"{flow} normflows {verb}")
        references["/ normflows"] = "normflows"
    variants[f"kgen {call}, XLA"] = ("kgen", f"{flow} xla {verb}")
    variants[f"kgen {call}"] = ("kgen", f"{flow} default {verb}")
    titles = {"log_prob": "Densities", "sample": "Draws"}
    return Calls(titles[verb], work, variants, references, count)


COMPARISONS = {
    "realnvp": comparison(
        "realnvp", f"RealNVP, {NUM_STEPS['realnvp']} affine couplings", normflows=True
    ),
    "maf": comparison("maf", f"MAF, {NUM_STEPS['maf']} masked steps"),
    "nsf": comparison(
        "nsf",
        f"A neural spline flow, {NUM_STEPS['nsf']} masked steps of {NUM_BINS} bins",
    ),
}
