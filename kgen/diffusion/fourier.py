"""Denoisers that see fine differences between values, as sines and cosines."""

import math
from collections.abc import Sequence

import keras
import tensorflow as tf

from kgen.core.checks.values import check_data_shape, is_number
from kgen.core.config import ConfiguredLayer, lookup
from kgen.diffusion.building import BUILDERS
from kgen.networks.inputs import condition_input, network


class FourierFeatures(ConfiguredLayer):
    """x, `sin(2^n pi x)` and `cos(2^n pi x)` side by side on the last axis.

    The likelihood of images over levels is decided by small differences, which a
    network hardly sees in x itself.

    Args:
        exponents: n of each frequency. Two neighbours of 256 levels in [-1, 1] are half
            a period of `n = 7` apart, and a whole period of `n = 8`.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: unless `exponents` lists finite numbers up to 20.

    Example:

    >>> features = kgen.diffusion.FourierFeatures((0, 1))
    >>> features(np.array([[0.5, 0.0]], "float32")).shape
    TensorShape([1, 10])

    References:
        [Kingma et al., 2021](https://arxiv.org/abs/2107.00630)
    """

    def __init__(self, exponents: Sequence[float], **kwargs) -> None:
        super().__init__(**kwargs)
        check_exponents("FourierFeatures", "exponents", exponents)
        self.exponents = exponents
        self.autocast = False  # In bfloat16 the angles would be lost.

    def call(self, x):
        """x and the features on its last axis, in the compute dtype."""
        x = tf.cast(x, tf.float32)
        parts = [x]
        for exponent in self.exponents:
            angle = 2.0**exponent * math.pi * x
            parts += [tf.sin(angle), tf.cos(angle)]
        return tf.cast(tf.concat(parts, axis=-1), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """The shape of x, with more channels."""
        *shape, channels = input_shape
        return (*shape, channels * (1 + 2 * len(self.exponents)))


def check_exponents(who, key, exponents):
    """Raises a ValueError unless exponents of frequencies are numbers up to 20."""
    listed = isinstance(exponents, (list, tuple)) and all(map(is_number, exponents))
    if not listed or any(abs(exponent) > 20 for exponent in exponents):
        raise ValueError(
            f"{who} was given {key}={exponents!r}, but expects a list of numbers from "
            "-20 to 20, such as (7, 8) for 256 levels; () for none."
        )


def exponents_for(levels):
    """Exponents for data over levels in [-1, 1]; none without levels.

    Two neighbouring levels are half a period of the first apart, a whole period of the
    second.

    Args:
        levels: Number of levels, or `None`.
    """
    if levels is None or levels < 3:  # Of two levels the frequencies say nothing new.
        return ()
    finest = round(math.log2(levels - 1))
    return (finest - 1, finest)


def fourier_denoiser(
    data_shape: Sequence[int],
    exponents: Sequence[float] = (),
    network_kind: str = "unet",
    num_parameters: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "denoiser",
    **settings,
) -> keras.Model:
    """A denoiser of `kgen.networks` that sees x with its `FourierFeatures`.

    Args:
        data_shape: Shape of an example.
        exponents: See `FourierFeatures`; none gives the network as it is.
        network_kind: `"unet"` for `kgen.networks.unet_denoiser`, `"mlp"` for
            `mlp_denoiser`.
        num_parameters: Outputs for each value, side by side on the last axis.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` of this shape.
        name: Name of the network.
        **settings: Further arguments of the network.

    Returns:
        `keras.Model` `x, t[, condition] -> (batch, ..., channels * num_parameters)`.

    Raises:
        ValueError: for another kind of network, or a setting that it cannot have.

    Example:

    >>> denoiser = kgen.diffusion.fourier_denoiser((8, 8, 1), (3, 4), filters=(8,))
    >>> denoiser.output_shape
    (None, 8, 8, 1)
    """
    data_shape = check_data_shape(data_shape)
    check_exponents("fourier_denoiser", "exponents", exponents)
    build = lookup("network_kind", network_kind, BUILDERS)
    common = {"num_classes": num_classes, "context_shape": context_shape, **settings}
    if not exponents:
        return build(data_shape, num_parameters=num_parameters, name=name, **common)
    *shape, channels = data_shape
    wide = channels * (1 + 2 * len(exponents))
    wanted = channels * num_parameters
    inner = build(
        (*shape, wide), num_parameters=-(-wanted // wide), name="inner", **common
    )
    x = keras.Input(data_shape, name="x")
    t = keras.Input((), name="t")
    condition = condition_input(num_classes, context_shape)
    given = [FourierFeatures(exponents)(x), t, condition]
    output = inner([tensor for tensor in given if tensor is not None])
    return network(name, [x, t, condition], output[..., :wanted])
