"""Checks of vector fields, and of the settings of a continuous flow."""

from kgen.core import ode
from kgen.core.config import lookup
from kgen.networks.inputs import check_output, check_takers

DIVERGENCES = dict.fromkeys(("auto", "exact", "hutchinson"))


def check_field(role, network, data_shape):
    """Raises a ValueError unless a network gives a vector for x and a time.

    Args:
        role: Role of the network for the error, such as `"field"`.
        network: Functional or Sequential `keras.Model` that is built.
        data_shape: Shape of x.
    """
    check_output(
        role,
        network,
        data_shape,
        f"points of shape {data_shape}",
        "A vector of the field has the shape of its point.",
    )
    names = [tensor.name for tensor in network.inputs]
    if "t" not in names:
        raise ValueError(
            f"The {role} {network.name!r} has the inputs {names}, but needs one named "
            "'t', the time. Use kgen.networks.mlp_field."
        )


def check_settings(model):
    """Raises a ValueError for settings that a `ContinuousFlow` cannot have."""
    check_field("field", model.field, model.data_shape)
    check_takers(model, model.field)
    lookup("divergence", model.divergence, DIVERGENCES)
    solver = ode.get(model.training_solver)
    if not isinstance(solver, ode.RungeKutta):
        raise ValueError(
            f"training_solver was given as {model.training_solver!r}, but training "
            "differentiates through fixed steps. Pass 'rk4', 'heun' or a "
            "kgen.flows.RungeKutta; verbs take any solver."
        )
