"""Layers with an equalised learning rate: weights are scaled when they are used."""

import math

import keras

from kgen.core.checks.values import check_number
from kgen.networks.layers.kernels import ChangedKernel, ConvKernel, DenseKernel


class _Equalized(ChangedKernel):
    """The base of both layers."""

    def __init__(self, *args, gain: float = 1.0, rate: float = 1.0, **kwargs) -> None:
        self.gain = float(check_number("gain", gain))
        self.rate = float(check_number("rate", rate))
        if not self.rate:
            raise ValueError(
                f"{type(self).__name__} was given rate={rate}, but expects a number "
                "above 0."
            )
        normal = keras.initializers.RandomNormal(stddev=1.0 / self.rate)
        kwargs.setdefault("kernel_initializer", normal)
        super().__init__(*args, **kwargs)

    @property
    def scale(self):
        """The constant that multiplies the kernel."""
        return self.gain * self.rate / math.sqrt(math.prod(self.kernel.shape[:-1]))

    def used_kernel(self, training):
        """The scaled kernel."""
        return self.kernel * self.scale

    def used_bias(self):
        """The bias, which learns at the layer's rate, too."""
        return self.bias * self.rate

    def get_config(self):
        """The arguments of the constructor."""
        return {**super().get_config(), "gain": self.gain, "rate": self.rate}


@keras.saving.register_keras_serializable("kgen")
class EqualizedDense(_Equalized, DenseKernel):
    """`activation(gain / sqrt(fan_in) x W + b)`, with `W` from N(0, 1).

    He's initialisation scales weights when it draws them, so the weights of a wide
    layer are small. Adam moves all weights by steps of one size. Here all weights have
    unit variance, and so learn at the same speed; outputs are as with He's.

    `gain` multiplies the kernel; `sqrt(2)` before a (leaky) ReLU keeps the variance.
    `rate` multiplies the layer's learning rate: weights start `1 / rate` times as
    large, and kernel and bias are multiplied by `rate` when they are used. Both are 1
    by default. The other arguments are those of `keras.layers.Dense`.

    Raises:
        ValueError: if `gain` is negative, or `rate` not above 0.

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """


@keras.saving.register_keras_serializable("kgen")
class EqualizedConv2D(_Equalized, ConvKernel):
    """A convolution with an equalised learning rate, see `EqualizedDense`.

    `fan_in` is kernel height times kernel width times input channels. Arguments are
    those of `keras.layers.Conv2D`, with `gain` and `rate`.

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """
