"""A record of the settings of a training, to compare with those on resuming."""

import json
import warnings

import keras

from kgen.core.file_format import KEY

# Keys that may differ between equal models: generated names, modules of classes, the
# file version, and settings that follow from others.
_IGNORED = {KEY, "name", "module", "build_config", "compile_config"}


def asked(model):
    """The settings of a compiled model and its optimizers, as JSON types.

    Args:
        model: A compiled `GenerativeModel`.

    Returns:
        Dictionary of dictionaries: `"model"` has the class, `"settings"` the
        configuration of the model, `"optimizers"` those of its optimizers, by name, and
        `"rates"` their learning rates: numbers, or configurations of schedules.
    """
    settings = {}
    try:
        settings = plain(model.get_config())
    except Exception as error:  # `get_config` of a user's class may raise anything.
        warnings.warn(
            f"The settings of this {type(model).__name__} cannot be recorded ({error}):"
            " resuming will not notice a changed setting.",
            stacklevel=2,
        )
    optimizers, rates = {}, {}
    for name, optimizer in optimizers_of(model).items():
        config = optimizer.get_config()
        rates[rate_name(name)] = plain(config.pop("learning_rate"))
        optimizers[name] = {"class_name": type(optimizer).__name__, **plain(config)}
    record = {
        "model": {"class_name": type(model).__name__},
        "settings": settings,
        "optimizers": optimizers,
        "rates": rates,
    }
    return json.loads(json.dumps(record, default=lambda value: type(value).__name__))


def optimizers_of(model):
    """`{name: optimizer}` of a compiled model, without wrappers around them.

    The names are those of `compile`'s arguments.
    """
    found = {}
    for name in model.get_compile_config():
        if name.endswith("optimizer"):
            inner = unwrapped(getattr(model, name))
            several = len(inner) > 1
            for index, optimizer in enumerate(inner):
                found[f"{name}[{index}]" if several else name] = optimizer
    return found


def unwrapped(optimizer):
    """The optimizers inside a wrapper; of an optimizer without one, itself."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return unwrapped(optimizer.inner_optimizer)
    parts = getattr(optimizer, "_inner_optimizers", None)  # Of a `MultiOptimizer`.
    if parts is None:
        return [optimizer]
    return [inner for part in parts for inner in unwrapped(part)]


def rate_name(optimizer_name):
    """Name of the learning rate of an optimizer."""
    prefix = "" if optimizer_name == "optimizer" else f"{optimizer_name}."
    return f"{prefix}learning_rate"


def rate_places(model, variables):
    """`{name: index}` of the learning rates among variables; schedules have none."""
    places = {id(variable): index for index, variable in enumerate(variables)}
    rates = {
        rate_name(name): id(optimizer._learning_rate)
        for name, optimizer in optimizers_of(model).items()
    }
    return {name: places[rate] for name, rate in rates.items() if rate in places}


def plain(config, layers=None):
    """A Keras configuration without entries that differ between equal models.

    Args:
        config: Result of `get_config`, or a part of it.
        layers: `{name: number}` of the layers found so far in this network.
    """
    if isinstance(config, (list, tuple)):
        return [plain(item, layers) for item in config]
    if not isinstance(config, dict):
        return config
    kind = config.get("class_name")
    if kind == "__keras_tensor__":
        return plain_node(config["config"]["keras_history"], layers)
    if kind == "__lambda__":
        return kind  # Its code includes a line number.
    if kind == "DTypePolicy":
        return config["config"]["name"]
    if "layers" in config:
        layers = {}
    if "inbound_nodes" in config:
        layers.setdefault(config["name"], len(layers))
    found = {}
    for key, value in config.items():
        if key in ("input_layers", "output_layers"):
            found[key] = plain_node(value, layers)
        elif key not in _IGNORED:
            found[key] = plain(value, layers)
    return found


def plain_node(value, layers):
    """The origin of a network's tensor, with layers by number instead of name."""
    if isinstance(value, (list, tuple)):
        return [plain_node(item, layers) for item in value]
    if isinstance(value, dict):
        return {key: plain_node(item, layers) for key, item in value.items()}
    if isinstance(value, str) and layers is not None:
        return layers.setdefault(value, len(layers))
    return value
