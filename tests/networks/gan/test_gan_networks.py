"""Generators and discriminators: shapes and ranges, counts, conditions, one step."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import (
    apply,
    dcgan_discriminator,
    dcgan_generator,
    input_shape,
    mlp_discriminator,
    mlp_generator,
    resnet_discriminator,
    resnet_generator,
)
from kgen.networks.conv import UPSAMPLING
from kgen.networks.gan.resnet import halved, residual

IMAGES = [(5, 7, 3), (8, 8, 1), (1, 9, 1)]
LATENT = 4
PAIRS = {
    "mlp": (mlp_generator, mlp_discriminator, {"hidden": (9, 8)}),
    "dcgan": (dcgan_generator, dcgan_discriminator, {"filters": (4, 6)}),
    # Filters that "gated" and "maxout" can merge.
    "resnet": (resnet_generator, resnet_discriminator, {"filters": (10, 10)}),
}
CONDITIONING = [(None, "concatenate"), (3, "concatenate"), (3, "projection")]


@pytest.fixture(autouse=True)
def seeded():
    """The same first weights in each run: few ReLUs may all be dead at first."""
    keras.utils.set_random_seed(0)


def pair(kind, data_shape, num_classes=None, conditioning="concatenate", **options):
    make_generator, make_discriminator, sizes = PAIRS[kind]
    common = {**sizes, **options, "num_classes": num_classes}
    only = {"conditioning": conditioning, "spectral": common.pop("spectral", False)}
    return (
        make_generator(LATENT, data_shape, **common),
        make_discriminator(data_shape, **common, **only),
    )


def latents(rows):
    return np.random.default_rng(0).normal(size=(rows, LATENT)).astype("float32")


def data(rows, data_shape):
    return np.random.default_rng(1).random((rows, *data_shape), "float32")


@pytest.mark.parametrize("data_shape", IMAGES, ids=str)
@pytest.mark.parametrize(("num_classes", "conditioning"), CONDITIONING)
@pytest.mark.parametrize("kind", PAIRS)
def test_any_height_width_and_channels(kind, data_shape, num_classes, conditioning):
    generator, discriminator = pair(kind, data_shape, num_classes, conditioning)
    labels = None if num_classes is None else np.array([0, 1, 2])
    x = apply(generator, 100.0 * latents(3), labels).numpy()
    assert x.shape == (3, *data_shape)
    assert 0.0 <= x.min() < x.max() <= 1.0
    assert input_shape(generator, "z") == (LATENT,)
    assert apply(discriminator, x, labels).shape == (3, 1)
    assert input_shape(discriminator, "x") == data_shape
    assert (generator.name, discriminator.name) == ("generator", "discriminator")


@pytest.mark.parametrize("upsample", UPSAMPLING)
@pytest.mark.parametrize("filters", [(3,), (3, 4, 5)])
def test_upsampling_and_any_number_of_filters(upsample, filters):
    generator = dcgan_generator(2, (5, 6, 2), filters, upsample=upsample)
    assert generator(np.zeros((2, 2))).shape == (2, 5, 6, 2)
    discriminator = dcgan_discriminator((5, 6, 2), filters)
    assert discriminator(np.zeros((2, 5, 6, 2))).shape == (2, 1)


def test_perceptrons_take_vectors_which_are_not_bounded():
    generator, discriminator = pair("mlp", (2,))
    x = generator(100.0 * latents(50)).numpy()
    assert x.min() < 0.0
    assert x.max() > 1.0
    assert discriminator(x).shape == (50, 1)
    # No rescaling: the first layer sees x itself.
    assert [layer for layer in discriminator.layers if "resc" in layer.name] == []


def test_a_perceptrons_output_activation():
    z = 100.0 * latents(20)
    tanh = mlp_generator(LATENT, (3, 3, 1), output_activation="tanh")(z).numpy()
    assert 0.0 <= tanh.min() < 0.1
    assert 0.9 < tanh.max() <= 1.0
    assert mlp_generator(LATENT, (3,), output_activation="tanh")(z).numpy().min() < -0.5


def test_discriminators_see_images_in_minus_one_to_one():
    for _, discriminator in (pair(kind, (4, 4, 1)) for kind in PAIRS):
        first = discriminator.layers[1]
        images = np.array([0.0, 0.25, 1.0]).reshape(3, 1, 1, 1) * np.ones((1, 4, 4, 1))
        seen = keras.Model(discriminator.inputs[0], first.output)(images)
        assert seen[:, 0, 0, 0].numpy().tolist() == [-1.0, -0.5, 1.0]


def test_numbers_of_parameters_of_perceptrons():
    # PacGAN's networks for the ring: 400 ReLU, and 200 maxout units of 5 pieces.
    assert mlp_generator(2, (2,), (400,)).count_params() == 2 * 400 + 400 + 400 * 2 + 2
    maxout = mlp_discriminator((2,), (200,), "maxout")
    assert maxout.count_params() == 2 * 1000 + 1000 + 200
    gated = mlp_generator(2, (4,), (10, 8), "gated", num_classes=3)
    assert gated.count_params() == 5 * 20 + 20 + 10 * 16 + 16 + 8 * 4 + 4
    # No bias under a normalisation: it has a shift, and batch norm four numbers a unit.
    normalized = mlp_generator(2, (4,), (10,), normalization="batch")
    assert normalized.count_params() == 2 * 10 + 4 * 10 + 10 * 4 + 4
    projection = mlp_discriminator((6,), (5,), conditioning="projection", num_classes=3)
    assert projection.count_params() == 6 * 5 + 5 + 5 + 3 * 5


def test_numbers_of_parameters_of_the_dcgan():
    generator = dcgan_generator(10, (28, 28, 1), (8, 6))
    project = 10 * 7 * 7 * 8 + 4 * 8
    assert generator.count_params() == project + 16 * 8 * 6 + 4 * 6 + 16 * 6 + 1
    discriminator = dcgan_discriminator((28, 28, 1), (6, 8), num_classes=10)
    expected = 16 * 11 * 6 + 6 + 16 * 6 * 8 + 4 * 8 + 7 * 7 * 8
    assert discriminator.count_params() == expected


def test_numbers_of_parameters_of_the_residual_networks():
    generator = resnet_generator(10, (28, 28, 1), (8, 6))
    first = 8 * 8 + 2 * (4 * 8 + 9 * 8 * 8)
    second = 8 * 6 + 4 * 8 + 9 * 8 * 6 + 4 * 6 + 9 * 6 * 6
    ends = 10 * 7 * 7 * 8, 4 * 6 + 9 * 6 + 1
    assert generator.count_params() == first + second + sum(ends)
    discriminator = resnet_discriminator((28, 28, 3), (6, 8), blocks_per_size=2)
    start = 9 * 3 * 6 + 6
    sixes = 6 * 6 + 6 + 4 * (9 * 6 * 6 + 6)
    eights = 6 * 8 + 8 + 9 * 6 * 8 + 8 + 3 * (9 * 8 * 8 + 8)
    assert discriminator.count_params() == start + sixes + eights + 8


def test_a_residual_network_of_101_layers():
    def number_of_layers(make, *arguments, blocks_per_size):
        network = make(*arguments, (2, 2, 2), blocks_per_size)
        return sum(hasattr(layer, "kernel") for layer in network.layers)

    shape = (8, 8, 1)
    assert number_of_layers(resnet_generator, 2, shape, blocks_per_size=2) == 17
    assert number_of_layers(resnet_discriminator, shape, blocks_per_size=2) == 17
    assert number_of_layers(resnet_discriminator, shape, blocks_per_size=16) == 101


def test_a_residual_block_is_the_sum_of_its_shortcut_and_what_it_learns():
    """If the last kernel is 0: the image itself, or its means over 2x2 pixels."""
    image = keras.Input((3, 5, 2))
    plain = keras.Model(image, residual(image, 2, "relu", None))
    halving = keras.Model(image, residual(image, 2, "relu", None, after=halved))
    for network in (plain, halving):
        convolutions = [layer for layer in network.layers if hasattr(layer, "kernel")]
        large = [layer for layer in convolutions if layer.kernel_size == (3, 3)]
        assert len(large) == 2
        large[-1].kernel.assign(0.0 * large[-1].kernel)
        for layer in set(convolutions) - set(large):
            layer.kernel.assign(np.eye(2)[None, None])
    x = data(2, (3, 5, 2))
    np.testing.assert_array_equal(plain(x), x)
    means = [
        [x[:, i : i + 2, j : j + 2].mean((1, 2)) for j in (0, 2, 4)] for i in (0, 2)
    ]
    means = np.moveaxis(means, 2, 0)
    np.testing.assert_allclose(halving(x), means, rtol=1e-5)


def test_dcgan_places_its_normalisation_as_in_the_paper():
    """Everywhere but in the generator's last layer and the discriminator's first."""
    generator = dcgan_generator(4, (64, 64, 3), (16, 8, 4, 2))
    discriminator = dcgan_discriminator((64, 64, 3), (2, 4, 8, 16))
    kinds = [[type(x).__name__ for x in n.layers] for n in (generator, discriminator)]
    enlarge = ["BatchNorm", "Activation", "Conv2DTranspose"]
    wanted = ["InputLayer", "Dense", "Reshape", *4 * enlarge, "Activation", "Rescaling"]
    assert kinds[0] == wanted
    reduce = ["Conv2D", "BatchNorm", "Activation"]
    start = ["InputLayer", "Rescaling", "Conv2D", "Activation"]
    assert kinds[1] == [*start, *3 * reduce, "Flatten", "Dense"]
    assert generator.layers[2].output.shape[1:] == (4, 4, 16)
    assert discriminator.layers[-2].output.shape[1:] == (4 * 4 * 16,)


def test_dcgan_kernels_start_with_a_standard_deviation_of_0_02():
    generator, discriminator = pair("dcgan", (32, 32, 3), filters=(64, 64))
    layers = [*generator.layers, *discriminator.layers]
    kernels = [layer.kernel.numpy() for layer in layers if hasattr(layer, "kernel")]
    assert len(kernels) == 6
    for kernel in kernels:
        error = 0.02 / np.sqrt(2 * kernel.size)
        assert abs(kernel.std() - 0.02) < 4 * error
        assert abs(kernel.mean()) < 4 * 0.02 / np.sqrt(kernel.size)
    for one, other in itertools.combinations(kernels, 2):
        assert one.shape != other.shape or np.any(one != other)


@pytest.mark.parametrize("conditioning", ["concatenate", "projection"])
@pytest.mark.parametrize("kind", PAIRS)
def test_labels_change_the_output(kind, conditioning):
    generator, discriminator = pair(kind, (5, 6, 1), 3, conditioning)
    labels = np.arange(3)
    x = apply(generator, np.ones((3, LATENT)), labels).numpy()
    assert len(np.unique(x.reshape(3, -1), axis=0)) == 3
    same = np.full((3, 5, 6, 1), 0.3, "float32")
    assert len(np.unique(apply(discriminator, same, labels))) == 3


@pytest.mark.parametrize("kind", PAIRS)
def test_the_projection_is_the_papers_formula(kind):
    """`w . h + V[y] . h`, from the weights and the features before them."""
    _, discriminator = pair(kind, (5, 6, 1), 3, "projection")
    x, labels = data(4, (5, 6, 1)), np.array([2, 0, 1, 2])
    last = discriminator.get_layer("logits")
    h = keras.Model(discriminator.inputs[0], last.input)(x).numpy()
    w, rows = last.kernel.numpy(), discriminator.get_layer("projection").kernel.numpy()
    expected = h @ w[:, 0] + np.sum(rows[labels] * h, axis=1)
    logits = apply(discriminator, x, labels)[:, 0]
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-6)


def test_unknown_conditioning_is_refused():
    with pytest.raises(ValueError, match="'projecton'.*projection"):
        mlp_discriminator((2,), conditioning="projecton")


def test_vectors_are_refused_by_convolutions():
    with pytest.raises(ValueError, match="expect images"):
        dcgan_generator(2, (4,))
    with pytest.raises(ValueError, match="expect images"):
        dcgan_discriminator((4,))


OPTIONS = [
    {"activation": "relu", "normalization": None},
    {"activation": "tanh", "normalization": "batch"},
    {"activation": "gated", "normalization": "layer"},
    {"activation": "maxout", "normalization": "batch"},
    {"activation": "leaky_relu", "normalization": None, "spectral": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", PAIRS)
def test_every_variable_is_trained_and_networks_are_saved(kind, options, tmp_path):
    generator, discriminator = pair(kind, (5, 6, 1), 3, "projection", **options)
    labels, z = np.arange(6) % 3, latents(6)
    with tf.GradientTape() as tape:
        x = apply(generator, z, labels, training=True)
        real = apply(discriminator, data(6, (5, 6, 1)), labels, training=True)
        fake = apply(discriminator, x, labels, training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-real) + tf.nn.softplus(fake))
    variables = [*generator.trainable_variables, *discriminator.trainable_variables]
    gradients = tape.gradient(loss, variables)
    for variable, gradient in zip(variables, gradients, strict=True):
        assert np.all(np.isfinite(gradient)), variable.path
        # A bias that a batch normalisation takes away would get rounding errors.
        least = 1e-6 if options["normalization"] == "batch" else 0.0
        assert np.max(np.abs(gradient)) > least, variable.path
    keras.optimizers.SGD(0.1).apply(gradients, variables)
    for network, value in ((generator, z), (discriminator, x)):
        path = tmp_path / f"{network.name}.keras"
        network.save(path)
        loaded = keras.saving.load_model(path)
        again = apply(loaded, value, labels)
        np.testing.assert_array_equal(again, apply(network, value, labels))
