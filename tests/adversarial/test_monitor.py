"""The monitor names what is wrong, and is silent where nothing is."""

import keras
import numpy as np
import pytest

import kgen

X = np.random.default_rng(0).normal(size=(100, 2)).astype("float32")


@pytest.fixture(scope="module")
def gan():
    gan = kgen.build("gan", (2,), latent_dim=2, hidden=(8,), seed=0)
    gan.run_eagerly = True
    return gan


def dense(gan):
    """The generator's last layer with weights."""
    return [layer for layer in gan.generator.layers if layer.weights][-1]


def counted(gan, **settings):
    monitor = kgen.callbacks.GANMonitor(X, **settings)
    monitor.set_model(gan)
    return monitor


def logs(real=0.7, fake=0.7, gradient=1.0):
    return {
        "real_accuracy": real,
        "fake_accuracy": fake,
        "generator_gradient": gradient,
    }


@pytest.mark.parametrize("accuracy", [1.0, 0.0])
def test_imbalance_is_told_once_when_it_lasts(gan, accuracy):
    monitor = counted(gan, patience=2)
    dense(gan).set_weights([np.ones((8, 2)), np.zeros(2)])
    monitor.data = np.asarray(gan.sample(100, seed=1))
    monitor.on_epoch_end(0, logs(accuracy, accuracy))
    monitor.on_epoch_end(1, logs())
    monitor.on_epoch_end(2, logs(accuracy, accuracy))
    assert not monitor.troubles
    with pytest.warns(UserWarning, match="Epoch 4: imbalance.*learning rate"):
        monitor.on_epoch_end(3, logs(accuracy, accuracy))
    monitor.on_epoch_end(4, logs(accuracy, accuracy))
    assert monitor.troubles == {"imbalance": 3}


def test_a_vanishing_gradient_is_told(gan):
    monitor = counted(gan, patience=1)
    monitor.data = np.asarray(gan.sample(100, seed=1))
    monitor.on_epoch_end(0, logs(gradient=2.0))
    monitor.on_epoch_end(1, logs(gradient=0.0021))
    with pytest.warns(UserWarning, match="0.0019, after one of 2"):
        monitor.on_epoch_end(2, logs(gradient=0.0019))
    assert monitor.troubles == {"vanishing gradient": 2}


def test_collapse_is_told_of_a_generator_that_makes_one_point(gan):
    dense(gan).set_weights([np.zeros((8, 2)), np.ones(2)])
    monitor = counted(gan, patience=1)
    with pytest.warns(UserWarning, match="collapse. Samples have 0.0% of the variance"):
        monitor.on_epoch_end(0, logs())
    assert monitor.spread == 0.0


def test_a_real_discriminator_that_wins_is_told():
    """A generator that cannot move, and a discriminator that can."""
    keras.utils.set_random_seed(0)
    gan = kgen.build("minimax-gan", (2,), latent_dim=2, hidden=(16,), seed=0)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(0.05))
    monitor = kgen.callbacks.GANMonitor(X + 20)
    with pytest.warns(UserWarning, match="poch") as told:
        gan.fit(X + 20, epochs=40, batch_size=100, callbacks=[monitor], verbose=0)
    assert "imbalance" in monitor.troubles
    texts = [str(warning.message) for warning in told]
    first = [text for text in texts if text.startswith("Epoch")]
    assert len(first) == len(monitor.troubles)
    assert any(
        "At the end, since epoch" in text and "imbalance" in text for text in texts
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros((64, 2)), "all the same"),
        (np.zeros((64, 7)), "shape"),
    ],
)
def test_data_that_cannot_be_compared_is_refused(gan, data, words):
    with pytest.raises(ValueError, match=words):
        gan.fit(X, callbacks=[kgen.callbacks.GANMonitor(data)], verbose=0)


def test_images_of_another_range_are_refused():
    x = np.random.default_rng(0).random((8, 8, 8, 1)).astype("float32")
    gan = kgen.build("gan", (8, 8, 1), network="mlp", hidden=(8,), latent_dim=2)
    with pytest.raises(ValueError, match="GANMonitor.*data"):
        gan.fit(x, callbacks=[kgen.callbacks.GANMonitor(255 * x)], verbose=0)


def test_it_is_for_gans_and_patient_for_an_epoch_or_more():
    vae = kgen.build("vae", (2,), latent_dim=2)
    with pytest.raises(ValueError, match="the fit of a VAE"):
        vae.fit(X, callbacks=[kgen.callbacks.GANMonitor(X)], verbose=0)
    with pytest.raises(ValueError, match="patience=0"):
        kgen.callbacks.GANMonitor(X, patience=0)


def test_a_conditional_gan_samples_the_labels_of_the_data():
    labels = np.arange(100) % 3
    gan = kgen.build("gan", (2,), num_classes=3, latent_dim=2, hidden=(8,), seed=0)
    monitor = kgen.callbacks.GANMonitor(X, labels, patience=50)
    gan.fit(X, labels, callbacks=[monitor], verbose=0)
    samples = gan.sample(labels=labels, seed=0).numpy()
    expected = samples.var(axis=0).sum() / X.var(axis=0).sum()
    assert monitor.spread == pytest.approx(expected, rel=1e-4)
