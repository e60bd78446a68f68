"""Features that a user brings, and their names in results."""

import keras
import numpy as np
import pytest

import kgen
from kgen.metrics import evaluate, frechet_distance, inception_features

IMAGES = np.random.default_rng(0).random((12, 4, 4, 1)).astype("float32")
pytestmark = pytest.mark.filterwarnings("ignore::kgen.metrics.FewSamplesWarning")


@pytest.fixture(scope="module")
def gan():
    return kgen.build("gan", (4, 4, 1), filters=(2,), seed=0)


def network(size=3, shape=(4, 4, 1), name="projection"):
    flat = keras.layers.Flatten()(x := keras.Input(shape, name="x"))
    start = keras.initializers.GlorotNormal(seed=0)
    h = keras.layers.Dense(size, kernel_initializer=start)(flat)
    return keras.Model(x, h, name=name)


def test_any_network_gives_features_without_labels(gan):
    see = network()
    found = evaluate(gan, IMAGES, "frechet_distance", features=see)
    samples = np.asarray(gan.sample(12, seed=0))
    expected = frechet_distance(see.predict(IMAGES), see.predict(samples))
    assert found["frechet_distance"] == pytest.approx(expected, rel=1e-4)
    assert found.judge == "projection, 3 features"


def test_points_are_seen_by_a_network_too():
    points = np.random.default_rng(0).normal(size=(30, 2)).astype("float32")
    vae = kgen.build("vae", (2,), latent_dim=1, hidden=(4,), seed=0)
    assert evaluate(vae, points, "precision_recall").judge == "the values of examples"
    found = evaluate(vae, points, "precision_recall", features=network(5, (2,)))
    assert found.judge == "projection, 5 features"


def test_other_networks_are_refused_by_name(gan):
    for features, message in (
        ("inception", "features of type str, but expects a keras.Model"),
        (network(shape=(5, 4, 1)), r"from \(5, 4, 1\) to \(3,\).*\(4, 4, 1\)"),
        (gan, "a GAN without one input"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluate(gan, IMAGES, "frechet_distance", features=features)


@pytest.mark.slow
def test_inception_has_2048_features_of_any_images():
    see = inception_features((8, 6, 1), weights=None)
    features = see.predict(np.zeros((2, 8, 6, 1)), verbose=0)
    assert features.shape == (2, 2048) and see.name == "inception_v3"
    with pytest.raises(ValueError, match="images of 1 or 3 channels"):
        inception_features((8, 8, 2))
    with pytest.raises(OSError, match="weights 'none.h5' of InceptionV3 cannot be had"):
        inception_features((8, 8, 1), weights="none.h5")
