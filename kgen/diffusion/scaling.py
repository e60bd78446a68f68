"""The map of data to the units of a denoiser, in which noise has variance 1."""

from kgen.core.scaling import Standardization, UnitScaling


def scaling_of(data_shape, data_range, likelihood):
    """The map to the units of the network: `UnitScaling` for data in [0, 1]."""
    if data_range is None:
        return Standardization(data_shape, name="scaling")
    return UnitScaling(data_shape, likelihood)
