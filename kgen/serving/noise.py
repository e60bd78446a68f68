"""`sample_from_noise`: a sampler whose caller draws the random numbers.

kgen's own come from 64-bit ints, which runtimes of phones and browsers lack.
"""

import tensorflow as tf

from kgen.core.checks.limits import Limits
from kgen.core.random import given_rows
from kgen.core.specs import Real
from kgen.core.verbs import input_specs
from kgen.serving.formats import Endpoint
from kgen.serving.rows import answering


class Uniform(Real):
    """Uniform numbers in (0, 1), float32 `(batch, *shape)`."""

    limits = Limits(
        2.0**-24, 1.0 - 2.0**-24, "numbers inside (0, 1)", lambda low, high: ""
    )


KINDS = {"normal": Real, "uniform": Uniform}


class KeyedNoiseError(ValueError):
    """A sampler needs keys, so that noise cannot take their place."""


def noise_endpoint(model, verb):
    """A sampler with noise as its input, in place of seeds.

    Its inputs are the noise of each draw, and then the verb's others. Noise is named by
    its kind: `normal` is standard normal and `uniform` in (0, 1), float32
    `(batch, *shape)`; a second one is `normal_2`.

    Args:
        model: A `GenerativeModel`.
        verb: Its verb, with the argument `seed` and one output.

    Raises:
        KeyedNoiseError: if it draws in a loop, or not by `kgen.core.random`.
    """
    conditions = {
        name: model.argument_specs[name]
        for name in input_specs(model, verb)
        if name != "seed"
    }
    draws = _draws(model, verb, conditions)
    specs = {**draws, **conditions}

    def run(*tensors):
        noise = iter(tensors[: len(draws)])
        others = dict(zip(conditions, tensors[len(draws) :], strict=True))
        keys = tf.zeros([tf.shape(tensors[0])[0], 2], tf.int32)
        with given_rows(lambda kind, shape: next(noise)):
            return {verb.output_name: _called(model, verb, keys, others)}

    tensor_specs = {name: spec.tensor_spec(name) for name, spec in specs.items()}
    return Endpoint(answering(specs, run), tensor_specs)


def _draws(model, verb, conditions):
    """The noise that a verb draws, `{name: Spec}`, in the order of its draws."""
    found = {}

    @tf.function(autograph=False)
    def trace(keys, *others):
        graph = tf.compat.v1.get_default_graph()

        def give(kind, shape):
            if tf.compat.v1.get_default_graph() is not graph:
                raise KeyedNoiseError("noise in a loop")
            same = sum(type(spec) is KINDS[kind] for spec in found.values())
            found[f"{kind}_{same + 1}" if same else kind] = KINDS[kind](tuple(shape))
            return tf.zeros([tf.shape(keys)[0], *shape])

        with given_rows(give):
            others = dict(zip(conditions, others, strict=True))
            return _called(model, verb, keys, others)

    specs = [spec.tensor_spec(name) for name, spec in conditions.items()]
    traced = trace.get_concrete_function(tf.TensorSpec([None, 2], tf.int32), *specs)
    uses = {operation.type for operation in traced.inputs[0].consumers()}
    if uses - {"Shape"} or not found:
        raise KeyedNoiseError("random numbers that are no function of noise alone")
    return found


def _called(model, verb, keys, others):
    return verb.method(model, seed=keys, **verb.as_labels(others))
