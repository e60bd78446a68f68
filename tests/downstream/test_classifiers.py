"""Classifiers on codes: the right code, a model that stays as it is, files."""

import keras
import numpy as np
import pytest

import kgen
from kgen.downstream.classifiers import code_classifier

MODES = ("head", "append", "fine_tune")
X = np.random.default_rng(0).random((12, 4, 4, 1)).astype("float32")
LABELS = np.arange(12, dtype="int32") % 3


def spatial_autoencoder():
    """An autoencoder whose code is an image, `(2, 2, 3)`."""
    layers = keras.layers
    encoder = [
        keras.Input((4, 4, 1)),
        layers.Conv2D(3, 2, 2),
        layers.BatchNormalization(),
    ]
    decoder = [keras.Input((2, 2, 3)), layers.Conv2DTranspose(1, 2, 2)]
    networks = keras.Sequential(encoder), keras.Sequential(decoder)
    return kgen.Autoencoder(*networks, reconstruction_loss="mse")


MODELS = {
    "autoencoder": lambda: kgen.build("autoencoder", (4, 4, 1), latent_dim=5),
    "spatial": spatial_autoencoder,
    "vae": lambda: kgen.build("vae", (4, 4, 1), latent_dim=2, filters=(4,)),
    "full_vae": lambda: kgen.build(
        "vae", (4, 4, 1), latent_dim=2, filters=(4,), covariance="full"
    ),
}


@pytest.fixture(params=MODELS)
def model(request):
    keras.utils.set_random_seed(0)
    return MODELS[request.param]()


@pytest.mark.parametrize("mode", MODES)
def test_probabilities_are_a_softmax_of_the_code(model, mode):
    classifier = code_classifier(model, 3, mode)
    h = model.encode(X).numpy().reshape(12, -1)
    if mode == "append":
        h = np.concatenate([X.reshape(12, -1), h], axis=1)
    kernel, bias = classifier.layers[-1].get_weights()
    expected = keras.ops.softmax(h @ kernel + bias)
    np.testing.assert_allclose(classifier(X), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", ["spatial", "vae"], indirect=True)
def test_training_moves_what_it_should_and_never_the_model(model, mode):
    classifier = code_classifier(model, 3, mode)
    (encoder,) = (part for part in classifier.layers if isinstance(part, keras.Model))
    before = [w.copy() for w in model.get_weights()]
    copied = [w.copy() for w in encoder.get_weights()]
    head = classifier.layers[-1].get_weights()[0].copy()
    classifier.fit(X, LABELS, epochs=2, verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        assert np.array_equal(now, then)
    same = [
        np.array_equal(now, then)
        for now, then in zip(encoder.get_weights(), copied, strict=True)
    ]
    assert not any(same[:2]) if mode == "fine_tune" else all(same)
    assert np.any(classifier.layers[-1].get_weights()[0] != head)
    assert all(weight.trainable for weight in model.encoder.trainable_variables)


def test_a_frozen_copy_is_as_the_encoder_was():
    """Statistics of a batch normalisation included, which are not trainable."""
    model = spatial_autoencoder()
    gamma, beta, mean, variance = model.encoder.layers[-1].get_weights()
    model.encoder.layers[-1].set_weights([gamma, beta, mean + 2.0, variance * 3.0])
    classifier = code_classifier(model, 3)
    before = classifier(X).numpy()
    model.encoder.set_weights([0.0 * w for w in model.encoder.get_weights()])
    assert np.array_equal(classifier(X), before)
    assert len(classifier.trainable_variables) == 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", ["spatial", "vae"], indirect=True)
def test_files(model, mode, tmp_path):
    classifier = code_classifier(model, 3, mode, hidden=(4,))
    classifier.fit(X, LABELS, epochs=1, verbose=0)
    classifier.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    assert type(loaded) is type(classifier)
    np.testing.assert_allclose(loaded(X), classifier(X), rtol=1e-6)
    assert len(loaded.trainable_variables) == len(classifier.trainable_variables)
    loaded.fit(X, LABELS, epochs=1, verbose=0)


def test_models_that_have_no_code_to_classify():
    conditional = kgen.build("cvae", (4, 4, 1), num_classes=3)
    with pytest.raises(ValueError, match="VAE is conditional.*without num_classes"):
        code_classifier(conditional, 3)
    with pytest.raises(ValueError, match="GenerativeModel has codes of shape None"):
        code_classifier(kgen.GenerativeModel(), 3)
    with pytest.raises(ValueError, match="Unknown mode 'finetune'. Did you mean"):
        code_classifier(MODELS["autoencoder"](), 3, mode="finetune")
