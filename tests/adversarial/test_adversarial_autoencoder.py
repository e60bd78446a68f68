"""Codes that follow a prior: moments, a two-sample test, PCA, terms by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from sklearn.decomposition import PCA

import kgen
from kgen import testing
from kgen.adversarial.hybrid.priors import Points
from kgen.testing.tools import reloaded
from tests.adversarial.finite import check_gradient, moved, smooth

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3)).astype("float32")


def linear(name, input_dim, output_dim):
    inputs = keras.Input((input_dim,), name=name)
    return keras.Model(inputs, keras.layers.Dense(output_dim)(inputs))


def small(**settings):
    keras.utils.set_random_seed(0)
    size = {None: 2, "diagonal": 4, "full": 5}[settings.get("covariance")]
    model = kgen.AdversarialAutoencoder(
        smooth("x", 3, size),
        smooth("z", 2, 3),
        smooth("z", 2, 1),
        likelihood=kgen.likelihoods.Gaussian(stddev=0.5),
        seed=0,
        **settings,
    )
    model.compile(run_eagerly=True)  # Too small for a graph to pay.
    return model


@pytest.mark.slow
def test_codes_of_gaussian_data_are_whitened_principal_components():
    """A linear encoder keeps Gaussian data Gaussian. It fools D only by N(0, I) codes.

    The decoder needs the plane of largest variance. So the codes are its principal
    components, each divided by its deviation, but for a rotation.
    """
    mixing = np.array([[2.0, 0.5, 0.3], [0.0, 1.0, -0.6]])
    rng = np.random.default_rng(1)

    def draw(num_examples):
        hidden = rng.normal(size=(num_examples, 2)) @ mixing
        noise = 0.2 * rng.normal(size=(num_examples, 3))
        return (hidden + noise + 0.5).astype("float32")

    keras.utils.set_random_seed(0)
    model = kgen.AdversarialAutoencoder(
        linear("x", 3, 2),
        linear("z", 2, 3),
        kgen.networks.mlp_discriminator((2,), hidden=(32, 32)),
        likelihood=kgen.likelihoods.Gaussian(stddev=1.0),
        adversarial_weight=3.0,
        seed=0,
    )
    steps = 1500

    def adam(rate):
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
        return keras.optimizers.Adam(rate, beta_1=0.5)

    model.compile(
        optimizers={"autoencoder": adam(1e-2), "discriminator": adam(3e-3)},
        steps_per_execution=50,
    )
    model.fit(draw(256 * steps), batch_size=256, shuffle=False, verbose=0)

    x = draw(4000)
    z = model.encode(x).numpy()
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=0.1)
    np.testing.assert_allclose(np.cov(z.T), np.eye(2), atol=0.1)
    for angle in np.linspace(0, np.pi, 5)[:-1]:
        along = z @ [np.cos(angle), np.sin(angle)]
        # 4,000 draws of N(0, 1) exceed 0.026 in one of a hundred cases.
        assert stats.kstest(along, "norm").statistic < 0.06
    error = np.mean((model.reconstruct(x) - x) ** 2)
    pca = PCA(2).fit(x)
    least = np.mean((pca.inverse_transform(pca.transform(x)) - x) ** 2)
    assert least < error < 1.1 * least
    covariance = np.cov(np.asarray(model.sample(20_000, seed=0)).T)
    plane = pca.components_.T * pca.explained_variance_ @ pca.components_
    np.testing.assert_allclose(covariance, plane, atol=0.1 * plane.max())


def test_terms_by_hand():
    model = small(adversarial_weight=0.7)
    logs = model.evaluate(X, batch_size=12, verbose=0, return_dict=True)
    z = model.encode(X)
    on_codes = model.discriminate(z).numpy()
    assert logs["fake_score"] == pytest.approx(np.mean(1 / (1 + np.exp(-on_codes))))
    adversarial = np.mean(np.log1p(np.exp(-on_codes)))
    density = stats.norm(model.decode(z), 0.5).logpdf(X).sum(axis=1)
    assert logs["reconstruction"] == pytest.approx(-density.mean(), rel=1e-4)
    assert logs["adversarial"] == pytest.approx(adversarial, rel=1e-4)
    total = -density.mean() + 0.7 * adversarial
    assert logs["autoencoder_loss"] == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("covariance", [None, "full"])
def test_gradients_are_finite_differences_and_move_their_own_networks(covariance):
    model = small(covariance=covariance)
    for player, networks in (
        ("discriminator", {"discriminator"}),
        ("autoencoder", {"encoder", "decoder"}),
    ):
        check_gradient(model, player, X)
        assert moved(model, player, X) == networks


def test_a_posterior_gives_noisy_codes():
    model = small(covariance="diagonal")
    one, other = (model.codes(tf.constant(X), training=True) for _ in range(2))
    assert np.all(one != other)
    mean, log_var = np.split(np.asarray(model.encoder(X)), 2, axis=1)
    np.testing.assert_allclose(model.encode(X), mean, rtol=1e-5)
    x = np.repeat(X[:1], 20_000, axis=0)
    draws = model.codes(tf.constant(x)).numpy()
    deviation = np.exp(0.5 * log_var[0])
    np.testing.assert_allclose(draws.std(axis=0), deviation, rtol=0.03)
    plain = small()
    np.testing.assert_allclose(plain.codes(tf.constant(X)), plain.encode(X), atol=1e-6)


RING = Points(*kgen.data.density("8ring").sample(4000, seed=0, return_labels=True))


def test_a_prior_of_points_gives_each_class_its_place():
    size = {"num_classes": 8, "hidden": (4,), "discriminator_hidden": (4,)}
    model = kgen.build(
        "adversarial-autoencoder", (3,), latent_dim=2, prior=RING, seed=0, **size
    )
    labels = np.arange(8).repeat(5)
    keys = kgen.core.random.row_keys(np.arange(40))
    z = model.prior_rows(keys, tf.constant(labels)).numpy()
    for row, label in zip(z, labels, strict=True):
        assert np.any(np.all(RING.points[RING.labels == label] == row, axis=1))
    assert len(np.unique(z, axis=0)) > 35
    x = RNG.normal(size=(16, 3)).astype("float32")
    classes = np.arange(16) % 8
    for check in (testing.check_seeds, testing.check_saving):
        check(model, x, classes)
    assert isinstance(reloaded(model).prior, Points)


def test_points_without_labels_are_drawn_equally_often():
    prior = Points([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    keys = kgen.core.random.row_keys(np.arange(6000))
    found, counts = np.unique(prior.draw(keys, 2), axis=0, return_counts=True)
    np.testing.assert_array_equal(found, prior.points)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_what_does_not_fit_is_refused():
    def build(**settings):
        return kgen.build("adversarial-autoencoder", (3,), hidden=(4,), **settings)

    with pytest.raises(ValueError, match=r"points of shape \(2,\), but the latent"):
        build(latent_dim=3, prior=RING)
    with pytest.raises(ValueError, match="classes .*7].*num_classes=3"):
        build(latent_dim=2, num_classes=3, prior=RING)
    with pytest.raises(ValueError, match="num_classes=None"):
        build(latent_dim=2, prior=RING)
    with pytest.raises(ValueError, match="Unknown prior 'gamma'"):
        build(prior="gamma")
    with pytest.raises(ValueError, match="Unknown covariance 'dense'"):
        build(covariance="dense")
    with pytest.raises(ValueError, match=r"shape \(1, 1, 1\).*\(n, latent_dim\)"):
        Points(np.zeros((1, 1, 1)))
    with pytest.raises(ValueError, match="n 1 or larger"):
        Points(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="2 points and labels of shape"):
        Points(np.zeros((2, 1)), labels=[0.0, 1.0])
    with pytest.raises(ValueError, match=r"takes z of shape \(4,\).*\(2,\)"):
        kgen.AdversarialAutoencoder(
            smooth("x", 3, 2), smooth("z", 2, 3), smooth("z", 4, 1)
        )
    with pytest.raises(ValueError, match=r"discriminator's output has shape \(2,\)"):
        kgen.AdversarialAutoencoder(
            smooth("x", 3, 2), smooth("z", 2, 3), smooth("z", 2, 2)
        )


def test_a_relativistic_loss_and_a_penalty():
    model = small(adversarial_loss="relativistic_average", penalty="r1")
    logs = model.fit(X, verbose=0).history
    assert set(logs) == set(model.terms) and "penalty" in logs
    with pytest.raises(ValueError, match="logs the terms"):
        model.penalty = None
    model.penalty = "gradient_penalty"
    assert isinstance(model.penalty, kgen.adversarial.penalties.GradientPenalty)
