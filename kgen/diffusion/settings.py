"""Checks that the settings of a diffusion model fit together."""

import reprlib

from kgen.core import ode
from kgen.core.checks.values import check_count, check_number, is_number
from kgen.core.config import lookup
from kgen.diffusion import samplers
from kgen.diffusion.prediction import VARIANCE_FRACTIONS
from kgen.networks.inputs import check_output

LOSS_TYPES = dict.fromkeys(("simple", "bound", "hybrid"))


def check_settings(model):
    """Raises a ValueError for settings of a `DDPM` that exclude one another."""
    lookup("loss_type", model.loss_type, LOSS_TYPES)
    lookup("variance", model.variance, VARIANCE_FRACTIONS)
    learned = model.variance == "learned"
    if learned != (model.loss_type == "hybrid") and model.loss_type != "bound":
        raise ValueError(
            f"variance={model.variance!r} was given with loss_type="
            f"{model.loss_type!r}. 'simple' teaches no variance, and 'hybrid' is "
            "for a learned one; 'bound' takes any."
        )
    if model.label_dropout and model.context_shape is not None:
        raise ValueError(
            f"label_dropout={model.label_dropout} was given, but it drops labels, not "
            "contexts. Leave it out, or build the model with num_classes."
        )
    if model.label_dropout == 1:
        raise ValueError(
            "label_dropout=1 drops every label, so no label is learned. Give a share "
            "below 1."
        )
    if model.min_snr is not None:
        if not check_number("min_snr", model.min_snr):
            raise ValueError("min_snr=0 gives no error a weight: give one above 0.")
        if model.loss_type == "bound":
            raise ValueError(
                "min_snr weights the simple loss, but loss_type='bound' was given. "
                "Leave min_snr out."
            )
    if model.levels is not None and model.data_range is None:
        raise ValueError(
            f"levels={model.levels} is for data in [0, 1], but data of shape "
            f"{model.data_shape} may be any real numbers. Leave levels out, or pass "
            "unit_interval=True."
        )
    check_guidance(model, model.guidance)
    check_denoiser(model)


def check_denoiser(model):
    """Raises a ValueError unless the network gives the target and the variance."""
    *shape, channels = model.data_shape
    num_parameters = 2 if model.variance == "learned" else 1
    check_output(
        "denoiser",
        model.denoiser,
        (*shape, channels * num_parameters),
        f"data of shape {model.data_shape} and variance={model.variance!r}",
        f"Give num_parameters={num_parameters} to kgen.networks.unet_denoiser.",
    )


def check_guidance(model, guidance):
    """Raises a ValueError for a scale that a `DDPM` cannot have."""
    if not is_number(guidance) or guidance < 0:
        raise ValueError(
            f"`sample` was given guidance={reprlib.repr(guidance)}, but expects a "
            "finite number, 0 or larger."
        )
    if guidance != 1 and model.num_classes is None:
        raise ValueError(
            f"guidance={guidance} was given, but the model has no classes. Leave "
            "it out, or build the model with num_classes."
        )
    if guidance != 1 and not model.label_dropout:
        raise ValueError(
            f"guidance={guidance} was given, but with label_dropout=0 the network "
            "never learns to predict without a label. Train with label_dropout=0.1."
        )


def check_time(name, t, num_timesteps):
    """Raises a ValueError unless t is one of the times 1 to `num_timesteps`."""
    if check_count(name, "t", t) > num_timesteps:
        raise ValueError(
            f"`{name}` was given t={t}, but this model has times 1 to {num_timesteps}."
        )


def deterministic(sampler):
    """A sampler from its name or instance; it must not draw noise.

    Raises:
        ValueError: if it draws noise.
    """
    sampler = samplers.get(sampler)
    if not sampler.deterministic:
        raise ValueError(
            f"{sampler} draws noise, but only a sampler without noise turns each "
            "x_T into one x. Choose 'ddim', 'dpm-solver++' or 'heun'."
        )
    return sampler


def only_solver(name, sampler, solver):
    """A solver of `kgen.core.ode` from its name or instance.

    Args:
        name: Name of the verb, for the error.
        sampler: The sampler, which has to be left out.
        solver: The user's solver.

    Raises:
        ValueError: if a sampler is given, too, or for an unknown solver.
    """
    if sampler is not None:
        raise ValueError(
            f"`{name}` was given both sampler={sampler!r} and solver={solver!r}. Pass "
            "one: a sampler takes steps between the model's times, a solver steps of "
            "the probability-flow ODE."
        )
    return ode.get(solver)
