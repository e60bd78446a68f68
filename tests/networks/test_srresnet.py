"""The network of super-resolution: sizes, layers and where it starts."""

import keras
import numpy as np
import pytest

from kgen.networks import BicubicUpsampling2D, PixelShuffle, srresnet


@pytest.mark.parametrize(("factor", "steps"), [(2, [2]), (4, [2, 2]), (6, [2, 3])])
def test_each_prime_factor_is_a_step_for_any_size(factor, steps):
    network = srresnet(3, factor, width=2, num_blocks=1)
    found = [layer.factor for layer in network.layers if type(layer) is PixelShuffle]
    assert found == steps
    for size in ((1, 2), (5, 3)):
        larger = tuple(factor * side for side in size)
        assert network(np.zeros((2, *size, 3))).shape == (2, *larger, 3)


def test_the_paper_has_37_convolutions_and_batch_normalisation():
    network = srresnet(3, normalization="batch", interpolated=False, width=4)
    layers = [
        layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert len(layers) == 1 + 2 * 16 + 1 + 2 + 1
    assert layers[0].kernel_size == layers[-1].kernel_size == (9, 9)
    norms = [n for n in network.layers if "batch" in n.name]
    assert len(norms) == 2 * 16 + 1


def test_it_starts_near_the_interpolation():
    low = np.random.default_rng(0).random((2, 6, 5, 3)).astype("float32")
    keras.utils.set_random_seed(0)
    expected = BicubicUpsampling2D(4)(low)
    near, far = (
        np.mean(
            (srresnet(3, width=8, num_blocks=2, interpolated=i)(low) - expected) ** 2
        )
        for i in (True, False)
    )
    assert near < 1e-3 < far


@pytest.mark.parametrize("condition", [{"num_classes": 3}, {"context_shape": 2}])
def test_a_condition_at_any_size(condition):
    network = srresnet(1, 2, width=2, num_blocks=1, **condition)
    low = np.zeros((2, 4, 5, 1))
    given = [1, 2] if "num_classes" in condition else [[0.5, 1], [1, 2]]
    one, other = network([low, np.array(given)])
    assert one.shape == (8, 10, 1) and not np.allclose(one, other)
