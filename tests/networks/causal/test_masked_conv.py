"""The mask: the lecture's, and that nothing opens it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks.causal import MaskedConv2D, RowLSTM, mask

LECTURE = [
    [1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1],
    [1, 1, 0, 0, 0],
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
]


def test_lecture():
    np.testing.assert_array_equal(mask((5, 5), "A"), LECTURE)


def test_type_b_adds_the_present_pixel():
    added = mask((5, 5), "B") - mask((5, 5), "A")
    assert added[2, 2] == 1 and added.sum() == 1


def test_vertical_sees_whole_rows():
    np.testing.assert_array_equal(
        mask((3, 3), "A", "vertical"), [[1, 1, 1], [0, 0, 0], [0, 0, 0]]
    )
    np.testing.assert_array_equal(
        mask((3, 3), "B", "vertical"), [[1, 1, 1], [1, 1, 1], [0, 0, 0]]
    )


def naive(layer, x):
    """The convolution by its definition, tap by tap, in float64."""
    kernel, bias = (np.asarray(w, "float64") for w in (layer.kernel, layer.bias))
    kernel = kernel * layer.mask
    (rows, columns), (height, width) = layer.kernel_size, x.shape[1:3]
    padded = np.pad(
        x, [(0, 0), (rows // 2, rows // 2), (columns // 2, columns // 2), (0, 0)]
    )
    y = np.zeros((*x.shape[:-1], layer.filters)) + bias
    for i in range(rows):
        for j in range(columns):
            y += padded[:, i : i + height, j : j + width] @ kernel[i, j]
    return y


@pytest.mark.parametrize("stack", ["raster", "vertical"])
@pytest.mark.parametrize("mask_type", ["A", "B"])
@pytest.mark.parametrize("kernel_size", [(3, 3), (5, 3), (7, 7)])
def test_equals_the_definition(kernel_size, mask_type, stack):
    layer = MaskedConv2D(4, kernel_size, mask_type, stack)
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype("float32")
    np.testing.assert_allclose(layer(x), naive(layer, x), rtol=1e-4, atol=1e-5)


def test_groups_of_channels():
    def sources(mask_type, blocks):
        layer = MaskedConv2D(6, 1, mask_type, groups=3, blocks=blocks)
        layer.build((None, 2, 2, 3))
        return layer.mask[0, 0].T.astype(int).tolist()

    red, green, blue = [1, 0, 0], [1, 1, 0], [1, 1, 1]
    assert sources("B", False) == [red, green, blue, red, green, blue]
    assert sources("B", True) == [red, red, green, green, blue, blue]
    none = [0, 0, 0]
    assert sources("A", False) == [none, red, green, none, red, green]


def test_training_does_not_open_it():
    """Weights behind the mask count for nothing, whatever they become."""
    layer = MaskedConv2D(1, 3, "A")
    network = keras.Sequential([keras.Input((4, 4, 1)), layer])
    network.compile(keras.optimizers.AdamW(0.1, weight_decay=0.1), "mse")
    x = np.random.default_rng(0).normal(size=(8, 4, 4, 1)).astype("float32")
    network.fit(x, x, epochs=3, verbose=0)
    before = network(x)
    noise = np.random.default_rng(1).normal(size=layer.kernel.shape)
    layer.kernel.assign_add(noise * (1 - layer.mask))
    np.testing.assert_array_equal(network(x), before)


def test_saved_model_writes_nothing(tmp_path):
    """The mask is multiplied, not assigned: serving leaves the weights alone."""
    network = keras.Sequential([keras.Input((4, 4, 1)), MaskedConv2D(2, 3, "A")])
    network.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved")).signatures["serve"]
    names = {operation.type for operation in served.graph.get_operations()}
    for function in served.graph._functions.values():
        names |= {node.op for node in function.cached_definition.node_def}
    assert not any("Assign" in name for name in names), names


def test_refused():
    with pytest.raises(ValueError, match="odd"):
        MaskedConv2D(1, 4)
    with pytest.raises(ValueError, match="mask_type"):
        MaskedConv2D(1, 3, "C")
    with pytest.raises(ValueError, match="stack"):
        MaskedConv2D(1, 3, stack="diagonal")
    for arguments in ((4, "A"), (3, "C"), (3, "A", "diagonal")):
        with pytest.raises(ValueError):
            mask(*arguments)
    with pytest.raises(ValueError, match="groups=3"):
        MaskedConv2D(2, 3, groups=3)
    with pytest.raises(ValueError, match="odd"):
        RowLSTM(4)
    with pytest.raises(ValueError, match=r"4 \* units"):
        RowLSTM(3)(keras.Input((4, 4, 6)))
    with pytest.raises(ValueError, match="sees nothing"):
        MaskedConv2D(1, (1, 3), "A", stack="vertical")
