"""Super-resolution: its losses by hand, any size, and what does not fit."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.metrics import psnr, ssim
from kgen.networks import BicubicUpsampling2D, dcgan_discriminator, srresnet
from kgen.testing.tools import reloaded
from tests.adversarial.restoration.slopes import check_gradients

X = np.random.default_rng(0).random((6, 9, 10, 1)).astype("float32")
TARGET = X[:, :8, :8]  # With factor 4.


def generator(**settings):
    keras.utils.set_random_seed(0)
    return srresnet(1, width=4, num_blocks=1, **settings)


def judge(activation="leaky_relu"):
    keras.utils.set_random_seed(1)
    return dcgan_discriminator((8, 8, 1), (3,), activation, normalization=None)


def mean(values):
    return np.mean(values, axis=(1, 2, 3))


def features():
    x = keras.Input((8, 8, 1), name="x")
    h = keras.layers.Conv2D(2, 3, activation="relu")(x)
    return keras.Model(x, [h, keras.layers.Conv2D(3, 3)(h)])


@pytest.mark.parametrize("loss", ["l1", "mse"])
def test_the_objective_of_srresnet(loss):
    network = features()
    model = kgen.SRResNet(
        generator(),
        pixel_loss=loss,
        feature_network=network,
        feature_weight=0.5,
        data_shape=X.shape[1:],
    )
    fake = model.generator(model.downscale(X)).numpy()
    gap = TARGET - fake
    terms = model.objective(tf.constant(X))
    pixel = mean(np.abs(gap) if loss == "l1" else gap**2)
    maps = zip(network(TARGET), network(fake), strict=True)
    perceptual = 0.5 * sum(mean((a.numpy() - b.numpy()) ** 2) for a, b in maps)
    np.testing.assert_allclose(terms["pixel"], pixel, rtol=1e-4)
    np.testing.assert_allclose(terms["perceptual"], perceptual, rtol=1e-4)
    np.testing.assert_allclose(terms["loss"], pixel + perceptual, rtol=1e-4)
    assert not model.feature_network.trainable


def test_the_objectives_of_srgan():
    model = kgen.SRGAN(
        generator(), judge(), adversarial_weight=0.3, data_shape=X.shape[1:]
    )
    fake = model.generator(model.downscale(X))
    real, made = (model.discriminator(v).numpy()[:, 0] for v in (TARGET, fake))
    terms = model.generator_objective(tf.constant(X))
    adversarial = np.log1p(np.exp(-made))
    np.testing.assert_allclose(terms["adversarial"], adversarial, rtol=1e-4)
    expected = mean(np.abs(TARGET - fake)) + 0.3 * adversarial
    np.testing.assert_allclose(terms["generator_loss"], expected, rtol=1e-4)
    expected = np.log1p(np.exp(-real)) + np.log1p(np.exp(made))
    terms = model.discriminator_objective(tf.constant(X))
    np.testing.assert_allclose(terms["discriminator_loss"], expected, rtol=1e-4)
    model.adversarial_weight = 0.0
    assert np.allclose(
        model.generator_objective(tf.constant(X))["generator_loss"],
        mean(np.abs(TARGET - fake)),
    )


@pytest.mark.parametrize("loss", ["non_saturating", "relativistic_average"])
def test_the_gradients_of_both_players(loss):
    model = kgen.SRGAN(
        generator(activation="tanh"),
        judge("tanh"),
        adversarial_loss=loss,
        pixel_loss="mse",
        adversarial_weight=0.5,
        data_shape=X.shape[1:],
        feature_network=features(),
    )
    check_gradients(model, {"x": tf.constant(X), "labels": None})


def test_evaluate_logs_the_figures_of_the_verbs():
    model = kgen.SRResNet(generator(), seed=0)
    model.compile()
    found = model.evaluate(X, verbose=0, return_dict=True)
    shown = model.upscale(model.downscale(X))
    assert found["psnr"] == pytest.approx(np.mean(psnr(TARGET, shown)), rel=1e-5)
    assert found["ssim"] == pytest.approx(np.mean(ssim(TARGET, shown)), rel=1e-4)
    assert 0 <= np.min(shown) and np.max(shown) <= 1


def test_images_of_any_size_are_enlarged_and_learned():
    model = kgen.SRResNet(generator(num_classes=2), num_classes=2, seed=0)
    model.compile()
    assert model.data_shape == (None, None, 1)
    labels = np.zeros(6, "int32")
    for size in ((8, 8), (9, 12)):
        x = np.resize(X, (6, *size, 1))
        model.fit(x, labels, epochs=1, verbose=0)
        small = tuple(side // 4 for side in size)
        low = model.downscale(x)
        assert low.shape == (6, *small, 1)
        larger = tuple(4 * side for side in small)
        assert model.upscale(low, labels).shape == (6, *larger, 1)
    copy = reloaded(model)
    np.testing.assert_array_equal(copy.upscale(low, labels), model.upscale(low, labels))


def test_a_gan_starts_from_a_regression():
    first = kgen.build("srresnet", (8, 8, 1), width=4, num_blocks=1)
    gan = kgen.build("srgan", (8, 8, 1), generator=first.generator, filters=(3,))
    low = first.downscale(X)
    before = first.upscale(low).numpy()
    np.testing.assert_array_equal(gan.upscale(low), before)
    gan.fit(TARGET, epochs=1, verbose=0)
    assert not np.array_equal(gan.upscale(low), before)
    with pytest.raises(ValueError, match="width=8, which has an effect only with gen"):
        kgen.build("srgan", (8, 8, 1), generator=first.generator, width=8)


def test_edges_become_sharper_than_by_interpolation():
    """Images of two half-planes: a network may know that edges are sharp."""
    rng = np.random.default_rng(0)
    place = np.indices((16, 16)).transpose(1, 2, 0) - 7.5
    angle = rng.uniform(0, 2 * np.pi, 400)
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x = (place @ normal.T + rng.uniform(-4, 4, 400) > 0).astype("float32")
    x = np.moveaxis(x, -1, 0)[..., None]
    keras.utils.set_random_seed(0)
    model = kgen.build("srresnet", (16, 16, 1), factor=2, width=8, num_blocks=1, seed=0)
    model.optimizer.learning_rate = 5e-3
    model.fit(x[:320], epochs=8, batch_size=16, verbose=0)
    held_out = x[320:]
    low = model.downscale(held_out)
    plain = np.clip(BicubicUpsampling2D(2)(low), 0, 1)
    found = model.upscale(low)
    assert np.mean(psnr(held_out, found)) > np.mean(psnr(held_out, plain)) + 3.0
    assert np.mean(ssim(held_out, found)) > np.mean(ssim(held_out, plain))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: kgen.SRResNet(generator(factor=2)), "factor=4 needs"),
        (lambda: kgen.SRResNet(generator(), factor=1), "factor=1, but expects an int"),
        (
            lambda: kgen.SRResNet(generator(), data_shape=(3, 8, 1)),
            "no pixel would be left",
        ),
        (
            lambda: kgen.SRResNet(generator(), data_shape=(8, 8, 3)),
            r"it is given \(2, 2, 3\)",
        ),
        (lambda: kgen.SRResNet(generator(), data_shape=(8,)), "expect images"),
        (lambda: kgen.SRResNet(generator(), feature_weight=0.5), "but no feature_net"),
        (lambda: kgen.SRResNet(generator(), pixel_loss="l3"), "Unknown pixel_loss"),
        (
            lambda: kgen.SRGAN(generator(), judge(), data_shape=(16, 8, 1)),
            r"images of shape \(8, 8, 1\), but .* have \(16, 8, 1\)",
        ),
        (
            lambda: kgen.SRResNet(
                generator(), feature_network=features(), data_shape=(12, 12, 1)
            ),
            "The feature network takes x of shape",
        ),
        (lambda: kgen.build("srgan", (8, 8, 1), generator="x"), "a network with one"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_images_of_another_form_are_refused():
    model = kgen.SRResNet(generator())
    with pytest.raises(ValueError, match=r"\(batch, any, any, 1\).*Add the batch axis"):
        model.upscale(X[0])
    with pytest.raises(ValueError, match="3 channels rather than 1"):
        model.upscale(np.repeat(X, 3, -1))
    with pytest.raises(ValueError, match="uint8"):
        model.upscale(np.uint8(255 * X))
    with pytest.raises(ValueError, match="low of shape .* sides of 1 or more"):
        model.upscale(X[:, :0])
    small = X[:, : model.factor - 1]
    with pytest.raises(ValueError, match=f"x of shape .* sides of {model.factor} or"):
        model.downscale(small)
    model.compile("adam")
    with pytest.raises(ValueError, match=f"x of shape .* sides of {model.factor} or"):
        model.fit(small, verbose=0)
