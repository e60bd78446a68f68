"""Networks that are told the time."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import TimeEmbedding, apply, mlp_denoiser, unet_denoiser
from tests import choice

T = tf.constant([0.1, 0.5, 1.0])


def shaken(network):
    """The network with weights that are not 0 anywhere."""
    rng = np.random.default_rng(0)
    for variable in network.trainable_variables:
        variable.assign(variable + rng.normal(0.0, 0.1, variable.shape))
    return network


@choice.parametrize(
    "shape, settings",
    [
        ((9, 4, 1), {"filters": (8, 8), "attention": (-1,), "num_parameters": 2}),
        ((1, 1, 2), {"filters": (8,)}),
        ((8, 8, 1), {"filters": (8, 16)}),
        ((5, 7, 3), {"filters": (8, 6, 4), "num_blocks": 2}),
    ],
    by_default=2,
    ids=str,
)
@pytest.mark.parametrize("num_classes", [None, 3])
def test_unet_sees_all_it_is_told(shape, settings, num_classes):
    keras.utils.set_random_seed(0)
    network = shaken(unet_denoiser(shape, num_classes=num_classes, **settings))
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype("float32")
    labels = None if num_classes is None else tf.constant([0, 1, 2])
    y = apply(network, x, labels, t=T).numpy()
    assert y.shape == (3, *shape[:-1], shape[-1] * settings.get("num_parameters", 1))
    assert np.abs(apply(network, x, labels, t=T / 2).numpy() - y).min() > 0
    assert np.abs(apply(network, x + 0.1, labels, t=T).numpy() - y).min() > 0
    if labels is not None:
        other = apply(network, x, tf.constant([1, 2, 0]), t=T).numpy()
        none = apply(network, x, tf.constant([-1, -1, -1]), t=T).numpy()
        assert min(np.abs(other - y).min(), np.abs(none - y).min()) > 0
        # No class is one and the same, whatever else the rows have.
        again = apply(network, x[::-1], tf.constant([-1] * 3), t=T[::-1]).numpy()
        np.testing.assert_allclose(again[::-1], none, atol=1e-4)


def test_unet_has_the_parameters_of_its_model():
    """Those that `UNet2DModel` of diffusers counts for these settings."""
    assert unet_denoiser((28, 28, 1)).count_params() == 634_273


def test_networks_start_at_zero():
    for network in (unet_denoiser((6, 6, 1), (8,)), mlp_denoiser((3,), (8,))):
        x = np.ones((3, *network.input_shape[0][1:]), "float32")
        assert np.all(apply(network, x, t=T).numpy() == 0)


def test_mlp_takes_vectors_and_images():
    for shape in ((2,), (3, 4, 2)):
        network = shaken(mlp_denoiser(shape, (8, 8), num_parameters=2, num_classes=2))
        x = np.zeros((3, *shape), "float32")
        y = apply(network, x, tf.constant([0, 1, -1]), t=T)
        assert y.shape == (3, *shape[:-1], 2 * shape[-1])


def test_neighbouring_times_are_told_apart_in_half_precision():
    layer = TimeEmbedding(32, dtype="mixed_bfloat16")
    times = tf.constant([0.7, 0.701])
    one, other = tf.cast(layer(times), tf.float32).numpy()
    assert np.abs(one - other).max() > 0.5
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = shaken(mlp_denoiser((2,), (8,)))
    finally:
        keras.config.set_dtype_policy("float32")
    x = np.ones((2, 2), "float32")
    one, other = apply(network, x, t=times).numpy()
    assert np.abs(one - other).max() > 0


def test_time_features_are_waves():
    t = np.array([0.0, 0.25, 1.0], "float32")
    angle = 1000 * t[:, None] * 1e4 ** (-np.arange(3) / 3)
    expected = np.concatenate([np.sin(angle), np.cos(angle)], axis=1)
    np.testing.assert_allclose(TimeEmbedding(6)(t), expected, atol=1e-4)
    with pytest.raises(ValueError, match="dim=5"):
        TimeEmbedding(5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"filters": ()}, "filters=.*one at least"),
        ({"filters": (7, 16)}, "Make it even"),
        ({"attention": (5,)}, "from -2 to 1"),
        ({"num_groups": 0}, "num_groups"),
    ],
    ids=str,
)
def test_settings_that_make_no_unet(settings, said):
    with pytest.raises(ValueError, match=said):
        unet_denoiser((8, 8, 1), **settings)


def test_images_alone_have_a_unet():
    with pytest.raises(ValueError, match="expect images"):
        unet_denoiser((3,))
