"""Checks of the arguments of networks and recipes by their names."""

import functools
import inspect
import reprlib

import keras
import numpy as np

from kgen.core.checks.values import check_data_shape, is_int, is_number, is_size
from kgen.likelihoods import Likelihood
from kgen.networks.layers.activations import PIECES

_RATES = """
    discriminator_learning_rate k_learning_rate learning_rate worst_learning_rate
"""
_COUNTS = """
    augmented_dim blocks_per_size channels code_dim discriminator_steps
    factor features first_kernel_size head_filters input_dim kernel_size latent_dim
    num_bins num_blocks num_classes num_codes num_components num_groups num_heads
    num_layers num_outputs num_parameters num_samples num_scales num_segments
    num_steps num_timesteps num_words output_dim output_kernel_size packing
    penalty_every rounds_per_level small_rounds strides time_dim
    w_dim width worst_steps
"""


def checked(function):
    """Decorator of a function that makes networks: checks arguments by their names."""
    signature = inspect.signature(function)
    optional = {k for k, p in signature.parameters.items() if p.default is None}

    @functools.wraps(function)
    def checking(*args, **kwargs):
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:
            return function(*args, **kwargs)  # Python names the wrong argument.
        if "data_shape" in given:
            given["data_shape"] = check_data_shape(given["data_shape"])
        return function(**check_settings(f"`{function.__name__}`", given, optional))

    return checking


def check_settings(who, settings, optional=()):
    """`settings` with NumPy's numbers converted to Python's.

    Args:
        who: Name of the recipient for the error, such as "'vae'".
        settings: Values by name.
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
                f"{who} was given {name}={reprlib.repr(value)}, but expects {expected}."
            )
        if name in _RATES.split() and is_int(value):
            settings[name] = float(value)  # Keras needs a float.
    return settings


def _are_sizes(value):
    return isinstance(value, (list, tuple)) and all(map(is_size, value))


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
_COUNT = (is_size, "an int, 1 or larger")
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
_CHANNELS = (lambda v: _are_sizes(v) and len(v) > 0, f"{_SIZES[1]}, one at least")
_NAME = (_is_name, "a name without '/'")
_SHARE = (lambda v: is_number(v) and 0 <= v <= 1, "a number from 0 to 1")
_NORMALIZATION = (
    lambda v: v is None or isinstance(v, str),
    "the name of a normalisation",
)
# The settings of each kind, by their names.
_NAMES = (
    (_RATE, _RATES),
    (_COUNT, _COUNTS),
    (_SIZES, "dilations discriminator_hidden hidden"),
    (_CHANNELS, "discriminator_filters filters small_filters"),
    (_NORMALIZATION, "discriminator_normalization normalization"),
    (_SWITCH, "final_scale joint positions residual shared_variance spectral tied"),
    (_SWITCH, "interpolated supervised unit_interval variational"),
    (_ANY_NUMBER, "adversarial_weight feature_weight guidance kl_weight"),
    (_ANY_NUMBER, "weight_decay"),
    (_BELOW_1, "beta_1 beta_2 dropout"),
    (_MOMENTUM, "ema ema_decay"),
    (_POSITIVE, "mapping_rate min_snr rate stddev weight_clip"),
    (_ACTIVATION, "activation discriminator_activation code_activation"),
    (_ACTIVATION, "output_activation"),
    (_SHARE, "label_dropout mismatch"),
    (_NAME, "name"),
)
_KINDS = {
    **{name: kind for kind, names in _NAMES for name in names.split()},
    "attention": (
        lambda v: isinstance(v, (list, tuple)) and all(map(is_int, v)),
        "a list of ints: 0 is the image's own size, -1 the smallest",
    ),
    "context_shape": (
        lambda v: is_size(v) or _are_sizes(v) and len(v) > 0,
        "the shape of one context, such as (28, 28, 1), or the size of vectors",
    ),
    "fade_rounds": (
        lambda v: v is None or is_int(v) and v >= 0,
        "an int, 0 or larger, or None",
    ),
    "likelihood": (_is_likelihood, "the name of a likelihood, or an instance"),
    "jit_compile": (lambda v: isinstance(v, bool) or v == "auto", "a bool or 'auto'"),
    "steps_per_execution": (
        lambda v: is_size(v) or v == "auto",
        "an int, 1 or larger, or 'auto'",
    ),
    "network": (_is_name, "the name of a kind of network"),
    "levels": (lambda v: is_size(v) and v > 1, "an int, 2 or larger"),
    "seed": (lambda v: is_int(v) and 0 <= v < 2**63, "an int, 0 or larger"),
}
