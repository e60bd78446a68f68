"""The flows of kgen, and their step as a bare `tf.function`."""

import itertools
from functools import partial

import tensorflow as tf

import kgen
from benchmarks.flows import (
    BATCH_SIZE,
    HIDDEN,
    NUM_BINS,
    NUM_POINTS,
    NUM_STEPS,
    NUM_WIDE_DRAWS,
    STEPS_PER_CALL,
    WIDE_HIDDEN,
    WIDE_SIZE,
)
from benchmarks.harness.data import points
from benchmarks.harness.kgen_side import (
    ADAM,
    bare_loop,
    fits,
    num_parameters,
    warm_up,
)
from benchmarks.harness.worker import Side

POINTS = {"batch_size": BATCH_SIZE, "data": points}


def flows():
    """Functions that make the flows, by name."""
    recipes = {
        "realnvp": partial(kgen.build, "realnvp"),
        "maf": partial(kgen.build, "maf"),
        "nsf": partial(kgen.build, "nsf-ar", num_bins=NUM_BINS),
    }
    made = {
        name: partial(build, (2,), num_steps=NUM_STEPS[name], hidden=HIDDEN)
        for name, build in recipes.items()
    }
    wide = {"num_steps": NUM_STEPS["maf"], "hidden": WIDE_HIDDEN}
    return {**made, "wide": partial(kgen.build, "maf", (WIDE_SIZE,), **wide)}


def bare(make):
    """The step by hand, with the same objective."""
    flow = make()

    def loss(x):
        return tf.reduce_mean(flow.objective(x, training=True)["loss"])

    return bare_loop(
        flow.trainable_variables,
        loss,
        steps_per_call=STEPS_PER_CALL,
        jit_compile=True,
        **POINTS,
    )


def call(make, verb, argument, **settings):
    """Calls of a verb.

    Args:
        make: Function without arguments that makes the flow.
        verb: Name of the verb.
        argument: Argument of the verb.
        **settings: Arguments of `compile`.
    """
    flow = make()
    flow.compile(ADAM(), **settings)
    seed = {"seed": 0} if verb == "sample" else {}

    def run(count):
        for _ in itertools.repeat(None, count):
            getattr(flow, verb)(argument, **seed).numpy()

    if not settings:  # kgen decides.
        warm_up(partial(run, 1))

    return num_parameters(flow.trainable_variables), run


def variants():
    """All variants to time, by name."""
    xla = {"jit_compile": True, "steps_per_execution": STEPS_PER_CALL}
    x = tf.constant(points(1, NUM_POINTS))
    found = {}
    for name, make in flows().items():
        verbs = {"sample": NUM_WIDE_DRAWS}
        if name != "wide":
            verbs = {"log_prob": x, "sample": NUM_POINTS}
            fast, plain = fits(make, **POINTS, **xla), fits(make, **POINTS)
            found[f"{name} bare"] = partial(bare, make)
            found |= {f"{name} xla_{source}": fast[source] for source in fast}
            found |= {f"{name} {source}": plain[source] for source in plain}
        for verb, argument in verbs.items():
            timed = partial(call, make, verb, argument)
            found[f"{name} xla {verb}"] = partial(timed, jit_compile=True)
            found[f"{name} default {verb}"] = timed
    return found


if __name__ == "__main__":
    Side(variants()).serve()
