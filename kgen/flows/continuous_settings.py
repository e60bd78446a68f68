"""Checks that the settings of a continuous flow fit together."""

from kgen.core import ode
from kgen.core.config import lookup
from kgen.networks.inputs import check_output, check_takers

DIVERGENCES = dict.fromkeys(("auto", "exact", "hutchinson"))


def check_settings(model):
    """Raises a ValueError for settings that a `ContinuousFlow` cannot have."""
    check_output(
        "field",
        model.field,
        model.data_shape,
        f"points of shape {model.data_shape}",
        "A vector of the field has the shape of its point.",
    )
    if "t" not in [tensor.name for tensor in model.field.inputs]:
        raise ValueError(
            f"The field {model.field.name!r} has the inputs "
            f"{[tensor.name for tensor in model.field.inputs]}, but needs one named "
            "'t', the time. Use kgen.networks.mlp_field."
        )
    check_takers(model, model.field)
    lookup("divergence", model.divergence, DIVERGENCES)
    solver = ode.get(model.training_solver)
    if not isinstance(solver, ode.RungeKutta):
        raise ValueError(
            f"training_solver was given as {model.training_solver!r}, but training "
            "differentiates through fixed steps. Pass 'rk4', 'heun' or a "
            "kgen.flows.RungeKutta; verbs take any solver."
        )
