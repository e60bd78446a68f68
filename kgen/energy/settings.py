"""Checks of the settings of an energy-based model."""

from kgen.core.checks.values import check_number
from kgen.networks.inputs import check_output, check_takers


def check_positive(name, value):
    """`value`, if it is a finite number above 0."""
    if check_number(name, value) == 0:
        raise ValueError(
            f"{name} was given as {value!r}, but expects a finite number above 0."
        )
    return value


def check_network(model, network):
    """Raises a ValueError unless a network gives one energy, and there is no condition.

    Args:
        model: The `EnergyModel`.
        network: Its network.
    """
    kind = type(model).__name__
    if model.num_classes is not None or model.context_shape is not None:
        raise ValueError(
            f"An {kind} was given num_classes={model.num_classes} and context_shape="
            f"{model.context_shape}, but has no condition: each would have a Z of its "
            f"own. Leave both out, or train an {kind} for each class."
        )
    check_takers(model, network)
    advice = "End it with a Dense(1) layer without activation."
    check_output(
        "energy network", network, (1,), "energies, one for each example,", advice
    )
