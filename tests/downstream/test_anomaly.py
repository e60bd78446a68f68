"""The detector against known densities, PCA and counting."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from sklearn.decomposition import PCA

import kgen
from kgen.downstream.anomaly import AnomalyDetector
from kgen.recipes import RECIPES


class Uniform(kgen.GenerativeModel):
    """Uniform on the unit cube: the density is 1 there, and 0 outside."""

    data_shape = (2,)

    @kgen.verb
    def log_prob(self, x):
        inside = tf.reduce_all((x >= 0.0) & (x <= 1.0), axis=-1)
        return tf.where(inside, 0.0, -np.inf)


class Normal(kgen.GenerativeModel):
    """N(0, I), a density that is known exactly."""

    data_shape = (3,)

    @kgen.verb
    def log_prob(self, x):
        return -0.5 * tf.reduce_sum(x**2 + np.log(2 * np.pi), axis=-1)


class Diverged(Normal):
    """Gives NaN where the first coordinate is negative."""

    @kgen.verb
    def log_prob(self, x):
        return tf.sqrt(x[:, 0])


def normal(num_examples, seed, dimensions=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(num_examples, dimensions)).astype("float32")


def linear_networks(kernel, bias):
    """`z = (x - bias) kernel` and `x = z kernel^T + bias`."""
    data_dim, latent_dim = kernel.shape
    encoder = keras.Sequential(
        [keras.Input((data_dim,)), keras.layers.Dense(latent_dim)]
    )
    decoder = keras.Sequential(
        [keras.Input((latent_dim,)), keras.layers.Dense(data_dim)]
    )
    encoder.set_weights([kernel, -bias @ kernel])
    decoder.set_weights([kernel.T, bias])
    return encoder, decoder


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5])
def test_fresh_normal_examples_are_flagged_at_the_rate(rate):
    detector = AnomalyDetector(Normal()).fit(normal(20_000, 0), rate)
    assert detector.score == "log_prob"
    flagged = np.mean(detector.predict(normal(20_000, 1)))
    # Both the threshold and the fraction come from 20,000 examples.
    error = np.sqrt(2 * rate * (1 - rate) / 20_000)
    assert abs(flagged - rate) < 4 * error
    expected = 0.5 * (stats.chi2.ppf(1 - rate, 3) + 3 * np.log(2 * np.pi))
    assert detector.threshold == pytest.approx(expected, rel=0.05)


def test_the_rate_holds_on_average_for_few_examples_too():
    """With 24 examples and 10 %: the second largest, exceeded in 2 of 25 cases."""
    detector = AnomalyDetector(Normal(), batch_size=10_000)
    fresh = detector.scores(normal(2000, 1))
    examples = detector.scores(normal(24 * 1000, 2)).reshape(1000, 24)
    thresholds = np.sort(examples, axis=1)[:, -2]
    assert np.mean(fresh[:, None] > thresholds) == pytest.approx(2 / 25, abs=0.008)
    assert detector.fit(normal(24, 2), 0.1).threshold == pytest.approx(thresholds[0])


def test_too_few_examples_for_a_rate():
    detector = AnomalyDetector(Normal())
    with pytest.raises(ValueError, match="0.05 .* with 18 normal examples.*more"):
        detector.fit(normal(18, 0))
    assert detector.fit(normal(19, 0)).threshold is not None
    for rate in (0.0, 1.0):
        with pytest.raises(ValueError, match="another rate"):
            detector.fit(normal(50, 0), rate)
    with pytest.raises(ValueError, match=r"call fit\(x_normal\) first"):
        AnomalyDetector(Normal()).predict(normal(3, 0))


def test_reconstruction_score_of_a_linear_autoencoder_is_the_residual_of_pca():
    x = normal(200, 0, 5) @ np.diag([3, 2, 1, 0.5, 0.1]).astype("float32") + 1.0
    pca = PCA(2).fit(x)
    model = kgen.Autoencoder(
        *linear_networks(pca.components_.T, pca.mean_), reconstruction_loss="mse"
    )
    detector = AnomalyDetector(model, batch_size=64)
    assert detector.score == "reconstruction"
    residual = x - pca.inverse_transform(pca.transform(x))
    expected = np.sum(residual**2, axis=1)
    np.testing.assert_allclose(detector.scores(x), expected, rtol=1e-3, atol=1e-4)


def test_likelihood_score_of_a_linear_vae_is_minus_the_log_density():
    """The posterior is exact, so that the bound is log N(x; 0, W W^T + I) itself."""
    loading = np.array([[2.0], [1.0], [0.0]], "float32")
    precision = 1.0 + float(np.sum(loading**2))
    encoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    kernel = np.concatenate([loading / precision, np.zeros((3, 1))], axis=1)
    encoder.set_weights([kernel, np.array([0.0, -np.log(precision)])])
    decoder = keras.Sequential([keras.Input((1,)), keras.layers.Dense(3)])
    decoder.set_weights([loading.T, np.zeros(3)])
    likelihood = kgen.likelihoods.Gaussian(stddev=1.0)
    vae = kgen.VAE(encoder, decoder, likelihood=likelihood)
    x = normal(20, 0)
    density = stats.multivariate_normal(np.zeros(3), loading @ loading.T + np.eye(3))
    detector = AnomalyDetector(vae, num_samples=4)
    assert detector.score == "iwae_bound"
    np.testing.assert_allclose(detector.scores(x), -density.logpdf(x), rtol=1e-4)


@pytest.fixture(scope="module")
def vae():
    keras.utils.set_random_seed(0)
    return kgen.build("vae", (3,), latent_dim=2, hidden=(8,), likelihood="gaussian")


@pytest.mark.parametrize("score", ["elbo", "iwae_bound", "reconstruction"])
def test_a_score_depends_neither_on_the_batch_nor_on_the_place(vae, score):
    x = normal(11, 0)
    whole = AnomalyDetector(vae, score).scores(x)
    cut = AnomalyDetector(vae, score, batch_size=4).scores(x[::-1])[::-1]
    np.testing.assert_allclose(cut, whole, rtol=1e-5)
    assert len(np.unique(whole)) == 11


def test_noise_comes_from_the_seed(vae):
    x = normal(5, 0)
    one, again, other = (
        AnomalyDetector(vae, "elbo", seed=seed).scores(x) for seed in (0, 0, 1)
    )
    assert np.array_equal(one, again)
    assert np.all(one != other)
    assert AnomalyDetector(vae).scores(x[:0]).shape == (0,)


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    detector = AnomalyDetector(Normal())
    x = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0], [1, 0, 0]], "float32")
    is_anomaly = [False, False, True, True, True]
    # Of six pairs five are in order, and one is a tie that counts half.
    assert detector.auroc(x, is_anomaly) == pytest.approx(5.5 / 6)
    for truth in (np.zeros(5), np.ones(5), np.ones(4)):
        with pytest.raises(ValueError, match="5 examples and is_anomaly of shape"):
            detector.auroc(x, truth)


def test_impossible_examples_score_infinitely_high():
    detector = AnomalyDetector(Uniform())
    x = np.array([[0.5, 0.5], [0.1, 0.9], [2.0, 0.5]], "float32")
    assert np.array_equal(detector.scores(x), [0.0, 0.0, np.inf])
    assert detector.auroc(x, [False, False, True]) == 1.0


def test_conditional_models_take_labels():
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)
    x, labels = normal(40, 0), np.arange(40) % 2
    detector = AnomalyDetector(model, batch_size=16)
    one, other = detector.scores(x, labels), detector.scores(x, 1 - labels)
    assert np.all(one != other)
    detector.fit(x, 0.25, labels)
    assert np.mean(detector.predict(x, labels)) == pytest.approx(9 / 40)
    assert 0.0 <= detector.auroc(x, labels == 1, labels) <= 1.0
    with pytest.raises(ValueError, match="needs labels"):
        detector.scores(x)


def test_a_gan_scores_by_the_nearest_example_that_it_makes():
    """A generator of a line: the distance from it, in values and in features."""
    keras.utils.set_random_seed(0)
    gan = kgen.build("gan", (3,), latent_dim=1, hidden=(), seed=0)
    way = np.array([[2.0, 0.0, 0.0]], "float32")
    gan.generator.set_weights([way, np.array([0.0, 1.0, 0.0], "float32")])
    x = np.array([[3.0, 1.0, 0.0], [-1.0, 3.0, 0.0], [0.0, 1.0, 5.0]], "float32")
    detector = AnomalyDetector(gan, feature_weight=0.0, num_steps=200)
    assert detector.score == "inversion"
    np.testing.assert_allclose(detector.scores(x), [0.0, 4.0, 25.0], atol=1e-3)
    # Without hidden layers the features of the discriminator are the values.
    assert AnomalyDetector(gan).feature_weight == 0.1
    both = AnomalyDetector(gan, num_steps=200).scores(x)
    np.testing.assert_allclose(both, [0.0, 4.0, 25.0], atol=1e-3)
    cut = AnomalyDetector(gan, num_steps=200, batch_size=2).scores(x[::-1])[::-1]
    np.testing.assert_allclose(cut, both, atol=1e-4)
    labels = np.array([0, 1, 0])
    assert AnomalyDetector(gan, num_steps=50).auroc(x, labels == 1) == 0.5


WINGS = {
    "adversarial-autoencoder": "reconstruction",
    "autoencoder": "reconstruction",
    "began": "inversion",
    "ddpm": "elbo",
    "gan": "inversion",
    "iwae": "iwae_bound",
    "pixelcnn": "log_prob",
    "realnvp": "iwae_bound",
    "vae-gan": "reconstruction",
}


@pytest.mark.parametrize("recipe", WINGS)
def test_each_family_has_a_score(recipe):
    shape = (5, 6, 1)
    sizes = {**RECIPES[recipe].tiny_for(shape), "seed": 0}
    model = kgen.build(recipe, shape, **sizes)
    x = (np.random.default_rng(0).random((4, *shape)) < 0.4).astype("float32")
    detector = AnomalyDetector(
        model, num_samples=2, num_time_samples=2, num_steps=3, num_starts=2
    )
    assert detector.score == WINGS[recipe]
    scores = detector.scores(x)
    assert scores.shape == (4,) and np.all(np.isfinite(scores))
    if recipe == "realnvp":  # Before training it is uniform over 256 levels.
        np.testing.assert_allclose(scores, x[0].size * np.log(256), rtol=1e-5)
    else:
        assert len(np.unique(scores)) == 4


def test_a_mixture_has_a_score():
    model = kgen.GaussianMixture((3,), 2, seed=0)
    model.fit(normal(50, 0))
    assert AnomalyDetector(model).score == "log_prob"


def test_a_conditional_gan_scores_with_the_label():
    keras.utils.set_random_seed(0)
    gan = kgen.build("gan", (3,), num_classes=2, latent_dim=1, hidden=(4,), seed=0)
    detector = AnomalyDetector(gan, num_steps=20)
    x, labels = normal(4, 0), np.arange(4) % 2
    assert np.all(detector.scores(x, labels) != detector.scores(x, 1 - labels))
    with pytest.raises(ValueError, match="needs labels"):
        detector.scores(x)


def test_scores_that_a_model_cannot_give():
    autoencoder = kgen.build("autoencoder", (3,), latent_dim=2)
    with pytest.raises(ValueError, match="`elbo`.*Autoencoder.*'reconstruction'"):
        AnomalyDetector(autoencoder, "elbo")
    with pytest.raises(ValueError, match="Unknown score 'elbow'. Did you mean"):
        AnomalyDetector(autoencoder, "elbow")
    with pytest.raises(ValueError, match="GenerativeModel has none of the verbs"):
        AnomalyDetector(kgen.GenerativeModel())


def test_a_score_that_is_no_number_is_not_called_normal():
    x = np.array([[-1, 0, 0], [1, 0, 0], [2, 0, 0]], "float32")
    with pytest.raises(ValueError, match="not a number for 1 of 3 examples"):
        AnomalyDetector(Diverged()).scores(x)
