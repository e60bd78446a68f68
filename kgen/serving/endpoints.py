"""A model's verbs as endpoints of an export format."""

from kgen.core.specs import Seeds
from kgen.core.verbs import graph_function, input_specs, verbs
from kgen.serving.formats import FORMATS, Endpoint
from kgen.serving.noise import KeyedNoiseError, noise_endpoint
from kgen.serving.rows import answering

# The name of `sample` in a format that cannot draw.
FROM_NOISE = "sample_from_noise"


def endpoints_of(model, format):
    """`{name: Endpoint}` of the verbs that a format can carry, the default one first.

    Args:
        model: A `GenerativeModel`.
        format: Name of one of `FORMATS`.

    Returns:
        The endpoints, and `{name: reason}` of the verbs that are left out; the reason
        is empty if the format does not tell it.
    """
    writer, endpoints, left_out = FORMATS[format], {}, {}
    for name, verb in sorted(verbs(model).items(), key=_serving_order):
        if not writer.can_serve(verb):
            left_out[name] = ""
        elif writer.draws or not takes_seeds(model, verb):
            endpoints[name] = endpoint_of(model, verb)
        elif name == "sample":
            try:
                endpoints[FROM_NOISE] = noise_endpoint(model, verb)
            except KeyedNoiseError as error:
                left_out[name] = str(error)
        else:
            left_out[name] = "random numbers"
    return endpoints, left_out


def takes_seeds(model, verb):
    """Whether a verb draws random numbers from seeds."""
    names = input_specs(model, verb)
    return any(isinstance(model.argument_specs[name], Seeds) for name in names)


def verb_of(endpoint):
    """The name of the verb of an endpoint."""
    return "sample" if endpoint == FROM_NOISE else endpoint


def endpoint_of(model, verb, options=(), also=(), numbers=()):
    """The `Endpoint` of a verb.

    Args:
        model: A `GenerativeModel`.
        verb: One of its verbs.
        options: Pairs of a name and a value: options that all rows have.
        also: Names of optional tensors that it takes, too.
        numbers: Names of `row_options` of the model that it takes, too.

    Raises:
        ValueError: for a verb without tensors among its arguments.
    """
    specs = input_specs(model, verb, also)
    if not specs:
        raise ValueError(
            f"`{verb.__name__}` takes {', '.join(verb.arguments) or 'nothing'}, but "
            f"the argument_specs of this {type(model).__name__} have none of that, and "
            "a served verb needs a tensor with a row for each example. Add it there, "
            f"or decorate `{verb.__name__}` with kgen.verb(exported=False)."
        )
    run = graph_function(model, verb, options, also, numbers)

    def name_outputs(*tensors):
        outputs = run(*tensors)
        return outputs if isinstance(outputs, dict) else {verb.output_name: outputs}

    rules = {name: model.argument_specs[name] for name in specs}
    rules |= {name: model.row_options[name] for name in numbers}
    specs |= {name: rules[name].tensor_spec(name) for name in numbers}
    return Endpoint(answering(rules, name_outputs), specs)


def _serving_order(item):
    # The first endpoint becomes `serving_default`.
    name, _ = item
    order = ("sample", "reconstruct")
    return order.index(name) if name in order else len(order), name
