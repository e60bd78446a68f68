"""Options of `sample` as signatures of their own.

All inputs of a signature are required, so that an optional one is another signature.
"""

import dataclasses

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.verbs import verbs
from kgen.serving.endpoints import endpoint_of
from kgen.serving.formats import FORMATS, Endpoint
from kgen.serving.signatures import COMPLETE, GIVEN, signature_of


def option_endpoints(model, format, options, num_steps):
    """The endpoints of options that a user asks for, `{signature: Endpoint}`.

    Args:
        model: A `GenerativeModel`.
        format: Name of one of `FORMATS`.
        options: Names of options of `sample`, or one name.
        num_steps: Numbers of steps of the sampler.

    Raises:
        ValueError: for an option that the model or the format does not have.
    """
    options = check_names(options)
    num_steps = check_num_steps(model, num_steps)
    if not options and not num_steps:
        return {}
    found, sample = options_of(model), verbs(model).get("sample")
    for option in options:
        if option not in found:
            raise ValueError(
                f"`export` was given the option {option!r}, but `sample` of this "
                f"{type(model).__name__} has {' and '.join(found) or 'none'} to serve. "
                "Leave it out."
            )
    if not FORMATS[format].draws or not FORMATS[format].can_serve(sample):
        raise ValueError(
            f"`export` was given options of `sample`, but the format {format!r} cannot "
            "carry them. Leave options and num_steps out, or export a SavedModel."
        )
    endpoints = {}
    for option in options:
        if option == "given":
            endpoints[COMPLETE] = completion(model, sample)
        else:
            name = signature_of({option: None})
            endpoints[name] = endpoint_of(model, sample, numbers=(option,))
    for count in num_steps:
        chosen = (("sampler", sampler_of(model, count)),)
        name = signature_of({"num_steps": count})
        endpoints[name] = endpoint_of(model, sample, options=chosen)
    return endpoints


def options_of(model):
    """Names of the options that `sample` of a model has as signatures.

    `"given"` stands for the completion of partial data.
    """
    sample = verbs(model).get("sample")
    if sample is None:
        return []
    found = [name for name in model.row_options if name in sample.arguments]
    return found + ["given"] * ({*GIVEN} <= {*sample.arguments})


def completion(model, sample):
    """The endpoint of a completion, with inputs `given` and `known`."""
    endpoint = endpoint_of(model, sample, also=GIVEN)
    names = [*endpoint.specs]

    def complete(*tensors):
        inputs = dict(zip(names, map(tf.convert_to_tensor, tensors), strict=True))
        # As in Python: a value that is not known is 0, whatever a client sends.
        given = inputs["given"]
        inputs["given"] = tf.where(inputs["known"], given, tf.zeros_like(given))
        return endpoint.function(*inputs.values())

    return Endpoint(complete, endpoint.specs)


def check_names(options):
    """Names of options as a tuple.

    Raises:
        ValueError: if they are none.
    """
    if isinstance(options, str):
        return (options,)
    many = isinstance(options, (list, tuple, set))
    if not many or not all(isinstance(option, str) for option in options):
        raise ValueError(
            f"`export` was given options={options!r}, but expects names of options of "
            "`sample`, such as ['temperature']."
        )
    return tuple(options)


def check_num_steps(model, num_steps):
    """Numbers of steps as a tuple of ints.

    Raises:
        ValueError: if one is no count, or the model's sampler has no such number.
    """
    many = isinstance(num_steps, (list, tuple, range))
    counts = tuple(num_steps) if many else (num_steps,)
    for count in counts:
        check_count("export", "num_steps", count)
        sampler_of(model, count)
    return counts


def sampler_of(model, num_steps):
    """The sampler of a model, with another number of steps.

    Args:
        model: A `GenerativeModel`.
        num_steps: Number of steps.

    Raises:
        ValueError: if it has no sampler with a number of steps, or fewer steps in all.
    """
    kind, sampler = type(model).__name__, getattr(model, "sampler", None)
    if not hasattr(sampler, "num_steps"):
        raise ValueError(
            f"num_steps={num_steps!r} was given, but `sample` of this {kind} takes no "
            "steps. Leave it out: models of diffusion do."
        )
    check_count("sample", "num_steps", num_steps)
    if num_steps > model.num_timesteps:
        raise ValueError(
            f"num_steps={num_steps} was given, but this {kind} has "
            f"{model.num_timesteps} steps. Pass at most as many."
        )
    return dataclasses.replace(sampler, num_steps=num_steps)


def in_python(model, options):
    """Options of `sample` as a `GenerativeModel` takes them: steps by its sampler.

    Args:
        model: A `GenerativeModel`.
        options: `{name: value}`, perhaps with `num_steps`.
    """
    if "num_steps" not in options:
        return options
    rest = {name: value for name, value in options.items() if name != "num_steps"}
    return {**rest, "sampler": sampler_of(model, options["num_steps"])}
