"""Energy-based models: what they learn, draw, complete and refuse."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kgen
from kgen.downstream.anomaly import AnomalyDetector
from kgen.energy.langevin import gradient_of, langevin
from kgen.energy.spaces import Cube, Everywhere
from kgen.testing.tools import reloaded
from tests.energy.known import PRECISION, quadratic, tilted


def made(network=None, **settings):
    settings = {"num_chains": 16, "num_steps": 3, "seed": 0, **settings}
    model = kgen.EnergyModel(network or quadratic(), **settings)
    model.compile("adam")
    return model


def test_the_gradient_is_that_of_a_quadratic():
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    model = made()
    expected = 0.5 * np.sum((x @ PRECISION) * x, axis=1)
    np.testing.assert_allclose(model.energy(x), expected, rtol=1e-5)
    found = gradient_of(model.energy_of, tf.constant(x))
    np.testing.assert_allclose(found, x @ PRECISION, rtol=1e-4, atol=1e-5)


def test_walls_reflect_like_a_mirror():
    y = np.linspace(-4.5, 4.5, 200).astype("float32")
    inside, signs = Cube((200,)).inside(tf.constant(y))
    # The distance from the wall at -1 goes up and down with period 4.
    distance = np.abs((y + 1.0) - 4.0 * np.round((y + 1.0) / 4.0))
    np.testing.assert_allclose(inside, distance - 1.0, atol=1e-5)
    np.testing.assert_array_equal(signs, 1.0 - 2.0 * (np.floor((y + 1.0) / 2.0) % 2))


def test_starts_have_the_density_that_they_say():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(4, 3)).astype("float32")
    found = Everywhere((3,)).log_prob_of_start(tf.constant(y))
    np.testing.assert_allclose(found, stats.norm.logpdf(y).sum(axis=1), rtol=1e-5)
    cube = Cube((1, 3, 1))
    y = cube.start(None, lambda: tf.constant(rng.random((4, 1, 3, 1)), tf.float32))
    inside = stats.uniform(-1.0, 2.0).logpdf(y).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(cube.log_prob_of_start(y), inside, rtol=1e-5)


def test_langevin_steps_have_the_variance_of_their_closed_form():
    precision, size = 4.0, 0.4
    inside = Everywhere((1,)).inside

    def noise(k):
        key = tf.stack([1, tf.cast(k, tf.int32)])
        return tf.random.stateless_normal([8000, 1], key)

    def energy(y):
        return 0.5 * precision * y[:, 0] ** 2

    def run():
        start = tf.fill([8000, 1], 2.0)
        return langevin(energy, start, 80, size, noise, inside)

    y = tf.function(run, autograph=False)().numpy()
    # y' = (1 - size^2 precision / 2) y + size noise: an autoregression.
    keep = 1.0 - 0.5 * size**2 * precision
    exact = stats.norm(scale=size / np.sqrt(1.0 - keep**2))
    assert stats.kstest(y[:, 0], exact.cdf).pvalue > 1e-3


def test_draws_have_the_covariance_of_a_gaussian_energy():
    model = made(step_size=0.1)
    x = model.sample(4000, seed=0, num_steps=300, denoise=False).numpy()
    covariance = np.linalg.inv(PRECISION)
    np.testing.assert_allclose(np.cov(x.T), covariance, rtol=0.15, atol=0.01)
    error = np.sqrt(np.diag(covariance) / 4000)
    assert np.all(np.abs(x.mean(axis=0)) < 5 * error)


@pytest.mark.slow
def test_denoised_draws_are_the_mean_of_what_they_come_from():
    model = made(data_noise=0.2)
    noisy = model.sample(6, seed=0, num_steps=5, denoise=False).numpy()
    clean = model.sample(6, seed=0, num_steps=5).numpy()
    # Gaussian data of covariance C - s^2 with noise s has the mean (1 - s^2 / C) y.
    np.testing.assert_allclose(clean, noisy - 0.2**2 * noisy @ PRECISION, atol=1e-5)


@pytest.mark.slow
def test_completions_keep_what_is_known_and_have_the_conditional_density():
    model = made(step_size=0.1, data_noise=0.0)
    given = np.tile([[0.3, 9.0]], (4000, 1)).astype("float32")
    known = np.array([True, False])
    x = model.sample(
        given=given, known=known, seed=0, num_steps=200, denoise=False
    ).numpy()
    np.testing.assert_array_equal(x[:, 0], given[:, 0])
    # Of a Gaussian: the mean is -P_21 / P_22 x_1, the variance 1 / P_22.
    mean, variance = -PRECISION[1, 0] / PRECISION[1, 1] * 0.3, 1.0 / PRECISION[1, 1]
    assert abs(x[:, 1].mean() - mean) < 5 * np.sqrt(variance / 4000)
    assert x[:, 1].var() == pytest.approx(variance, rel=0.1)


def test_completed_images_keep_known_pixels_and_stay_in_range():
    model = made(tilted())
    given = np.random.default_rng(0).random((5, 2, 3, 1)).astype("float32")
    known = np.array([[True], [False]])[..., None]
    x = model.sample(given=given, known=known, seed=0, num_steps=20).numpy()
    np.testing.assert_array_equal(x[:, 0], given[:, 0])
    assert 0.0 <= x.min() and x.max() <= 1.0


class Precision(keras.layers.Layer):
    """`E = exp(w) y^2 / 2` with one weight."""

    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(), initializer="zeros")

    def call(self, y):
        return 0.5 * keras.ops.exp(self.w) * y**2


def test_training_finds_the_precision_of_gaussian_data():
    x = keras.Input((1,), name="x")
    network = keras.Model(x, Precision()(x))
    model = kgen.EnergyModel(
        network,
        num_chains=512,
        num_steps=10,
        step_size=0.3,
        data_noise=0.5,
        energy_penalty=0.0,
        seed=0,
    )
    rate = keras.optimizers.schedules.CosineDecay(0.05, 240)
    model.compile(keras.optimizers.Adam(rate, beta_1=0.0))
    data = np.random.default_rng(0).normal(3.0, 2.0, (512, 1)).astype("float32")
    model.fit(data, batch_size=128, epochs=60, verbose=0)
    # Standardised data with noise has the variance 1.25. Chains with the precision k
    # have the variance 1 / (k (1 - 0.3^2 k / 4)).
    k = np.exp(network.layers[-1].w.numpy())
    assert 1.0 / (k * (1.0 - 0.3**2 * k / 4.0)) == pytest.approx(1.25, rel=0.1)
    # log Z is that of data in its own units: 2 is the deviation.
    found = model.log_normalizer(100, 100, seed=0)
    spread = float(np.std(data))
    exact = 0.5 * np.log(2.0 * np.pi / k) + np.log(spread)
    assert abs(found.value - exact) < 4 * found.error


def test_the_loss_is_the_difference_of_energies_and_their_squares():
    model = made(energy_penalty=0.5)
    x = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    terms = model.objective(tf.constant(x))
    energy, chain = terms["energy"].numpy(), terms["chain_energy"].numpy()
    expected = energy - chain + 0.5 * (energy**2 + chain**2)
    np.testing.assert_allclose(terms["loss"], expected, rtol=1e-5)


def test_evaluation_moves_no_chain_and_training_moves_them_in_turn():
    model = made(num_chains=5)
    x = np.ones((3, 2), "float32")
    model.evaluate(x, verbose=0)
    assert not np.any(model.chains.states.numpy()) and model.chains.stored == 0
    model.train_on_batch(x)
    first = model.chains.states.numpy()
    assert np.all(first[:3] != 0) and not np.any(first[3:])
    model.train_on_batch(x)  # Chains 3 and 4 begin, 0 goes on.
    second = model.chains.states.numpy()
    assert np.all(second[[0, 3, 4]] != first[[0, 3, 4]])
    np.testing.assert_array_equal(second[1:3], first[1:3])
    assert model.chains.stored == 6


def test_rows_of_weight_0_move_no_chain():
    model = made(num_chains=4)
    weights = np.array([0.0, 1.0, 0.0], "float32")
    model.train_on_batch(np.ones((3, 2), "float32"), sample_weight=weights)
    states = model.chains.states.numpy()
    assert np.all(states[0] != 0) and not np.any(states[1:])
    assert model.chains.stored == 1


def test_a_batch_larger_than_the_ring_keeps_the_first_rows():
    model = made(num_chains=2)
    _, begun = model.chains.next(tf.zeros((5, 2)))
    assert not np.any(begun)  # Nothing is stored yet: all rows start from noise.
    model.train_on_batch(np.ones((5, 2), "float32"))
    assert np.all(model.chains.states.numpy() != 0) and model.chains.stored == 5


def test_without_restarts_a_chain_goes_on_from_its_state():
    model = made(num_chains=3, num_steps=1, step_size=1e-4, restart_rate=0.0)
    x = np.ones((3, 2), "float32")
    model.train_on_batch(x)
    before = model.chains.states.numpy()
    model.train_on_batch(x)
    np.testing.assert_allclose(model.chains.states.numpy(), before, atol=1e-3)
    model.restart_rate = 1.0
    model.train_on_batch(x)
    assert np.max(np.abs(model.chains.states.numpy() - before)) > 0.1


def test_chains_are_saved_with_the_model():
    model = made()
    model.fit(np.ones((6, 2), "float32"), verbose=0)
    loaded = reloaded(model)
    np.testing.assert_array_equal(loaded.chains.states, model.chains.states)
    assert loaded.chains.stored == 6


def test_a_density_of_data_in_its_own_units_has_the_integral_1():
    x = keras.Input((2,), name="x")
    hills = kgen.networks.mlp_encoder((2,), 1, hidden=(16,), activation="tanh")
    square = keras.ops.sum(x**2, axis=-1, keepdims=True)
    model = made(keras.Model(x, 4.0 * hills(x) + 0.5 * square))
    data = 5.0 + [3.0, 0.2] * kgen.data.density("moons").sample(64, seed=0)
    model.fit(data.astype("float32"), verbose=0)
    found = model.log_normalizer(200, 100, seed=0)
    (a, da), (b, db) = (
        np.linspace(mean - 8 * spread, mean + 8 * spread, 161, retstep=True)
        for mean, spread in zip(data.mean(axis=0), data.std(axis=0), strict=True)
    )
    grid = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2).astype("float32")
    integral = np.sum(np.exp(model.log_prob(grid))) * da * db
    assert abs(np.log(integral)) < 4 * found.error < 0.1


def test_an_anomaly_has_a_high_energy():
    model = made()
    rng = np.random.default_rng(0)
    covariance = np.linalg.inv(PRECISION)
    normal = rng.multivariate_normal([0, 0], covariance, 200).astype("float32")
    detector = AnomalyDetector(model).fit(normal)
    assert detector.score == "energy"
    np.testing.assert_allclose(detector.scores(normal), model.energy(normal))
    far = normal + 5.0
    is_anomaly = np.arange(400) >= 200
    both = np.concatenate([normal, far])
    assert detector.auroc(both, is_anomaly) > 0.999
    assert detector.predict(far).all() and detector.predict(normal).mean() < 0.1
    model.log_normalizer(4, 3, seed=0)
    exact = AnomalyDetector(model)
    assert exact.score == "log_prob"  # The same order.
    shift = exact.scores(both) - detector.scores(both)
    np.testing.assert_allclose(shift, shift[0], atol=1e-4)


def test_evaluation_reports_a_likelihood_once_there_is_one():
    model = made()
    x = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")
    assert "log_prob" not in kgen.metrics.evaluate(model, x, seed=0)
    model.log_normalizer(4, 3, seed=0)
    found = kgen.metrics.evaluate(model, x, seed=0)
    assert float(found["log_prob"]) == pytest.approx(np.mean(model.log_prob(x)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_classes": 3}, "has no condition.*train an EnergyModel for each class"),
        ({"context_shape": 2}, "context_shape=.*has no condition"),
        ({"num_chains": 0}, "num_chains=0, but expects an int, 1 or larger"),
        ({"num_steps": 1.5}, "num_steps=1.5, but expects an int"),
        ({"step_size": 0.0}, "step_size was given as 0.0, but expects .* above 0"),
        ({"restart_rate": 1.2}, "restart_rate was given as 1.2.*in 0..1"),
        ({"data_noise": -0.1}, "data_noise was given as -0.1"),
        ({"energy_penalty": np.nan}, "energy_penalty was given as nan"),
    ],
)
def test_settings_of_no_sense_are_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=message):
        made(**settings)


def test_a_network_gives_one_number():
    with pytest.raises(ValueError, match=r"output has shape \(3,\).*Dense\(1\)"):
        made(kgen.networks.mlp_encoder((2,), 3, name="energy"))
    with pytest.raises(ValueError, match="'labels', but there are no classes"):
        made(kgen.networks.mlp_encoder((2,), 1, num_classes=3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_steps": 0}, "num_steps=0, but expects an int, 1 or larger"),
        ({"denoise": 1}, "denoise=1, but expects True or False"),
        ({"labels": [0, 1]}, "was given labels, but the model has no classes"),
    ],
)
def test_sample_refuses_options_of_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        made().sample(2, seed=0, **options)
