"""What `kgen.build` refuses: shapes and settings that no model can have."""

import reprlib

import keras
import numpy as np

from kgen.core.checks import is_int, is_number
from kgen.core.likelihoods import Likelihood
from kgen.networks.activations import PIECES

_RATES = ("learning_rate", "discriminator_learning_rate")
_RATES += ("k_learning_rate", "worst_learning_rate")
_COUNTS = ("code_dim", "context_dim", "discriminator_steps", "first_kernel_size")
_COUNTS += ("head", "kernel_size", "latent_dim", "packing", "steps_per_execution")
_COUNTS += ("num_bins", "num_blocks", "num_classes", "num_codes", "num_components")
_COUNTS += ("num_groups", "num_heads", "num_levels", "num_samples", "num_steps")
_COUNTS += ("num_timesteps", "width", "worst_steps")


def check_data_shape(data_shape):
    """`data_shape` as a tuple of ints, if it is the shape of one example.

    Raises:
        ValueError: unless it lists sizes, ints from 1 on.
    """
    found = reprlib.repr(data_shape)
    wanted = "a shape of one example, such as (28, 28, 1) or (13,)"
    if is_int(data_shape) and data_shape >= 1:
        raise ValueError(
            f"data_shape was given as {found}, but is {wanted}. Of vectors of "
            f"{data_shape} numbers pass ({data_shape},)."
        )
    try:
        shape = () if isinstance(data_shape, (str, bytes, dict, set)) else data_shape
        sizes = list(shape)
    except TypeError:
        sizes = []
    sizes = [size.item() if isinstance(size, np.integer) else size for size in sizes]
    if sizes and sizes[0] is None and all(map(_is_size, sizes[1:])) and sizes[1:]:
        raise ValueError(
            f"data_shape was given as {found}, with a batch axis, but is {wanted}. "
            f"Pass {tuple(sizes[1:])}."
        )
    if not sizes or not all(map(_is_size, sizes)):
        raise ValueError(
            f"data_shape was given as {found}, but is {wanted}: sizes, ints from 1 on, "
            "all of them known."
        )
    return tuple(sizes)


def check_settings(recipe, settings, optional=()):
    """`settings` with NumPy's numbers as Python's.

    Args:
        recipe: Name of the recipe.
        settings: What differs from the recipe, by name.
        optional: Names of the settings that may be `None`.

    Raises:
        ValueError: for a value that its setting cannot have.
    """
    settings = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in settings.items()
    }
    for name, value in list(settings.items()):
        fits, expected = _KINDS.get(name, (None, ""))
        if fits is None or (value is None and name in optional):
            continue
        if not fits(value):
            raise ValueError(
                f"{recipe!r} was given {name}={reprlib.repr(value)}, but expects "
                f"{expected}."
            )
        if name in _RATES and is_int(value):
            settings[name] = float(value)  # As Keras wants it.
    return settings


def _is_size(value):
    return is_int(value) and 1 <= value < 2**31


def _are_sizes(value):
    return isinstance(value, (list, tuple)) and all(map(_is_size, value))


def _is_rate(value):
    schedule = keras.optimizers.schedules.LearningRateSchedule
    return isinstance(value, schedule) or (is_number(value) and 0 <= value < 3e38)


def _is_activation(value):
    if value is None or callable(value):
        return True
    try:
        return isinstance(value, str) and callable(keras.activations.get(value))
    except ValueError:
        return value in PIECES


def _is_likelihood(value):
    return isinstance(value, (str, Likelihood))


def _is_name(value):
    return isinstance(value, str) and value != "" and "/" not in value


_RATE = (_is_rate, "a finite number, 0 or larger, or a schedule of Keras")
_COUNT = (_is_size, "an int, 1 or larger")
_SIZES = (_are_sizes, "a list of ints, 1 or larger, such as (64, 32)")
_SWITCH = (lambda v: isinstance(v, (bool, np.bool_)), "True or False")
_ANY_NUMBER = (lambda v: is_number(v) and v >= 0, "a finite number, 0 or larger")
_POSITIVE = (lambda v: is_number(v) and v > 0, "a finite number above 0")
_BELOW_1 = (lambda v: is_number(v) and 0 <= v < 1, "a share below 1, 0 or larger")
_MOMENTUM = (
    lambda v: v is None or is_number(v) and 0 <= v < 1,
    "a number from 0 to below 1, or None",
)
_ACTIVATION = (
    _is_activation,
    "the name of an activation of Keras, 'gated', 'maxout', a function or None",
)
_KINDS = {
    **dict.fromkeys(_RATES, _RATE),
    **dict.fromkeys(_COUNTS, _COUNT),
    **dict.fromkeys(("hidden", "filters"), _SIZES),
    **dict.fromkeys(("scaled", "shared_variance", "spectral", "tied"), _SWITCH),
    **dict.fromkeys(("unit_interval", "variational"), _SWITCH),
    **dict.fromkeys(("feature_weight", "guidance", "weight_decay"), _ANY_NUMBER),
    **dict.fromkeys(("beta_1", "beta_2", "dropout"), _BELOW_1),
    **dict.fromkeys(("ema", "ema_decay"), _MOMENTUM),
    **dict.fromkeys(("min_snr", "stddev", "weight_clip"), _POSITIVE),
    **dict.fromkeys(("activation", "discriminator_activation"), _ACTIVATION),
    **dict.fromkeys(("code_activation", "output_activation"), _ACTIVATION),
    "attention": (_are_sizes, "a list of sizes of the grid"),
    "likelihood": (_is_likelihood, "the name of a likelihood, or an instance"),
    "label_dropout": (
        lambda v: is_number(v) and 0 <= v <= 1,
        "a number from 0 to 1",
    ),
    "jit_compile": (lambda v: isinstance(v, bool) or v == "auto", "a bool or 'auto'"),
    "network": (_is_name, "the name of a kind of network"),
    "levels": (lambda v: _is_size(v) and v > 1, "an int, 2 or larger"),
    "name": (_is_name, "a name without '/'"),
    "seed": (lambda v: is_int(v) and 0 <= v < 2**63, "an int, 0 or larger"),
}
