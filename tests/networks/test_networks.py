"""Networks: shapes for any size, the lecture's table, conditions by name."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import (
    apply,
    conv_decoder,
    conv_encoder,
    input_shape,
    mlp_autoencoder,
    mlp_decoder,
    mlp_encoder,
    output_activation,
    pooled_decoder,
    pooled_encoder,
)
from kgen.networks.conv import UPSAMPLING

SHAPES = [(8, 8, 1), (5, 7, 3), (1, 9, 1), (28, 13, 3)]


@pytest.mark.parametrize("data_shape", SHAPES, ids=str)
@pytest.mark.parametrize("upsample", UPSAMPLING)
def test_convolutions_for_any_height_width_and_channels(data_shape, upsample):
    x = np.ones((2, *data_shape), "float32")
    encoder = conv_encoder(data_shape, 6, filters=(3, 4))
    decoder = conv_decoder(6, data_shape, filters=(4, 3), upsample=upsample)
    z = apply(encoder, x)
    assert z.shape == (2, 6)
    assert apply(decoder, z).shape == x.shape


@pytest.mark.parametrize("strides", [1, 3])
def test_other_strides(strides):
    encoder = conv_encoder((10, 7, 1), 2, filters=(3, 4), strides=strides)
    decoder = conv_decoder(2, (10, 7, 1), filters=(4, 3), strides=strides)
    assert decoder(encoder(np.zeros((1, 10, 7, 1)))).shape == (1, 10, 7, 1)


@pytest.mark.parametrize("data_shape", [(12,), (4, 3, 1)], ids=str)
@pytest.mark.parametrize("num_classes", [None, 5])
def test_perceptrons(data_shape, num_classes):
    common = {"hidden": (7, 6), "num_classes": num_classes}
    encoder = mlp_encoder(data_shape, 4, **common)
    decoder = mlp_decoder(2, data_shape, num_parameters=3, **common)
    labels = None if num_classes is None else np.array([0, 4])
    x = np.ones((2, *data_shape), "float32")
    assert apply(encoder, x, labels).shape == (2, 4)
    parameters = apply(decoder, np.ones((2, 2)), labels)
    assert parameters.shape == (2, *data_shape[:-1], 3 * data_shape[-1])


def test_lecture_table_of_the_convolutional_autoencoder():
    """(28, 28, 1) -> 14x14x32 -> 7x7x64 -> 3136 -> 16 -> 10, and back again."""
    common = {"kernel_size": 3, "hidden": (16,)}
    encoder = conv_encoder((28, 28, 1), 10, filters=(32, 64), **common)
    sizes = [layer.output.shape[1:] for layer in encoder.layers if layer.weights]
    assert sizes == [(14, 14, 32), (7, 7, 64), (16,), (10,)]
    assert (3136,) in [layer.output.shape[1:] for layer in encoder.layers]
    with pytest.warns(UserWarning, match="checkerboard"):
        decoder = conv_decoder(10, (28, 28, 1), filters=(64, 32), kernel_size=3)
    sizes = [layer.output.shape[1:] for layer in decoder.layers if layer.weights]
    assert sizes == [(3136,), (14, 14, 64), (28, 28, 32), (28, 28, 1)]


def test_lecture_table_of_the_pooled_autoencoder():
    """(28, 28, 1) -> 14x14x16 -> 7x7x8 -> a code of 4x4x8, and back again."""
    encoder, decoder = pooled_encoder((28, 28, 1)), pooled_decoder((28, 28, 1))
    pools = [layer for layer in encoder.layers if "pool" in layer.name]
    sizes = [layer.output.shape[1:] for layer in pools]
    assert sizes == [(14, 14, 16), (7, 7, 8), (4, 4, 8)]
    sizes = [layer.output.shape[1:] for layer in decoder.layers if layer.weights]
    assert sizes == [(4, 4, 8), (8, 8, 8), (14, 14, 16), (28, 28, 1)]
    assert (16, 16, 8) in [layer.output.shape[1:] for layer in decoder.layers]


@pytest.mark.parametrize("data_shape", SHAPES, ids=str)
@pytest.mark.parametrize("num_classes", [None, 3])
def test_pooled_networks_for_any_height_width_and_channels(data_shape, num_classes):
    labels = None if num_classes is None else np.array([0, 2])
    encoder = pooled_encoder(data_shape, (3, 2), num_classes=num_classes)
    decoder = pooled_decoder(data_shape, (2, 3), num_classes=num_classes)
    x = np.ones((2, *data_shape), "float32")
    z = apply(encoder, x, labels)
    assert z.shape[1:] == input_shape(decoder, "z")
    assert apply(decoder, z, labels).shape == x.shape


def test_lecture_perceptrons_are_symmetric_and_odd_in_number():
    """784-32-784 has 50,992 parameters; 784-128-64-32-64-128-784 is the deep one."""
    encoder, decoder = mlp_autoencoder((784,), 32)
    assert encoder.count_params() + decoder.count_params() == 50_992
    encoder, decoder = mlp_autoencoder((784,), 32, (128, 64))
    layers = [*encoder.layers, *decoder.layers]
    sizes = [784, *(layer.output.shape[1] for layer in layers if layer.weights)]
    assert sizes == [784, 128, 64, 32, 64, 128, 784]


@pytest.mark.parametrize("kernel_size", [3, 5])
def test_uneven_kernels_warn_and_leave_a_checkerboard(kernel_size):
    """With equal weights every inner pixel of an even kernel has the same value."""

    def spread(kernel_size):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            decoder = conv_decoder(
                1, (12, 12, 1), (1,), kernel_size, activation="linear"
            )
        for layer in decoder.layers:
            if layer.weights:
                kernel, bias = layer.get_weights()
                layer.set_weights([np.ones_like(kernel), np.zeros_like(bias)])
        last = decoder.layers[-1]
        centre = np.zeros_like(last.get_weights()[0])
        centre[1, 1] = 1.0
        last.set_weights([centre, np.zeros(1)])
        inside = decoder(np.ones((1, 1))).numpy()[0, 3:-3, 3:-3]
        return inside.max() - inside.min()

    for upsample in ("transpose", "unpool"):
        with pytest.warns(UserWarning, match=f"kernel {kernel_size} and stride 2"):
            conv_decoder(1, (12, 12, 1), (1,), kernel_size, upsample=upsample)
    assert spread(kernel_size) > 0.5
    assert spread(4) == 0.0


def test_default_kernel_and_resizing_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        conv_decoder(2, (8, 8, 1), (4,))
        conv_decoder(2, (8, 8, 1), (4,), kernel_size=3, upsample="bicubic")


def test_unknown_upsampling_lists_the_known():
    with pytest.raises(ValueError, match=r"'cubic'.*'nearest'"):
        conv_decoder(2, (8, 8, 1), upsample="cubic")


def test_labels_change_the_output_and_are_one_hot():
    keras.utils.set_random_seed(0)  # Two filters may both be dead by chance.
    encoder = conv_encoder((4, 4, 1), 3, filters=(2,), num_classes=3)
    x = np.ones((3, 4, 4, 1), "float32")
    outputs = apply(encoder, x, np.arange(3)).numpy()
    assert len(np.unique(outputs, axis=0)) == 3
    assert encoder.input_shape == [(None, 4, 4, 1), (None,)]


def test_apply_matches_inputs_by_name_in_any_order():
    labels = keras.Input((), name="labels", dtype="int32")
    h = keras.Input((2,), name="whatever")
    column = keras.ops.expand_dims(keras.ops.cast(labels, "float32"), -1)
    network = keras.Model([labels, h], keras.ops.concatenate([column, h], -1))
    value = apply(network, tf.zeros((2, 2)), np.array([1, 2]))
    assert value.numpy().tolist() == [[1, 0, 0], [2, 0, 0]]
    assert input_shape(network, "z") == (2,)
    with pytest.raises(ValueError, match="input 'labels'.*num_classes"):
        apply(network, tf.zeros((2, 2)))


def test_apply_returns_float32_under_a_half_precision_policy():
    x = keras.Input((2,))
    network = keras.Model(x, keras.layers.Dense(2, dtype="mixed_float16")(x))
    assert network.outputs[0].dtype == "float16"
    assert apply(network, np.zeros((1, 2), "float32")).dtype == "float32"


def test_network_without_inputs_is_refused():
    network = keras.Sequential([keras.layers.Dense(2)], name="lazy")
    with pytest.raises(ValueError, match=r"'lazy' has \[\].*keras.Model\(\[z\]"):
        input_shape(network, "z")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([keras.layers.Dense(4, "sigmoid"), keras.layers.Reshape((2, 2))], "sigmoid"),
        ([keras.layers.Dense(4), keras.layers.ReLU()], "relu"),
        ([keras.layers.Dense(4), keras.layers.Activation("tanh")], "tanh"),
        ([keras.layers.Dense(4)], "linear"),
        ([keras.Sequential([keras.Input((3,)), keras.layers.ReLU()])], "relu"),
    ],
)
def test_output_activation(layers, expected):
    assert output_activation(keras.Sequential([keras.Input((3,)), *layers])) == expected


def test_output_activation_of_an_operation():
    x = keras.Input((3,))
    network = keras.Model(x, keras.ops.sigmoid(keras.layers.Dense(2)(x)))
    assert output_activation(network) == "sigmoid"


def test_sequential_networks_are_taken():
    network = keras.Sequential([keras.Input((3,), name="x"), keras.layers.Dense(2)])
    assert input_shape(network, "x") == (3,)
    assert apply(network, np.ones((4, 3))).shape == (4, 2)
