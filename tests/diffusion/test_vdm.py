"""A variational diffusion model against integrals, enumerations and exact predictions.

The denoisers here have no weights: they are the exact predictions for known data.
"""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy import integrate, special, stats

import kgen
from kgen.core.random import normal_rows, row_keys, row_seeds
from kgen.diffusion import LearnedSchedule
from kgen.diffusion.continuous_bound import spread_times
from kgen.testing.replica_checks import pair

START, END = -9.0, 8.0
SPREAD = 0.5  # Standard deviation of Gaussian data.
SHARES = np.array([0.6, 0.1, 0.3])  # Of three levels.


def bent(units=5):
    """A schedule whose inner part is far from a line."""
    schedule = LearnedSchedule(START, END, units=units)
    rng = np.random.default_rng(0)
    schedule.raw_heights.assign(rng.normal(2.0, 3.0, units))
    schedule.raw_steepness.assign(rng.uniform(5.0, 30.0, units))
    return schedule


def line():
    return LearnedSchedule(START, END, units=0)


def coefficients(t, start=START, end=END):
    gamma = start + (end - start) * t
    return ops.sqrt(ops.sigmoid(-gamma)), ops.sqrt(ops.sigmoid(gamma))


def gaussian(schedule, size=1):
    """A model of N(0, SPREAD^2) in each value, with the exact v."""
    z, t = keras.Input((size,), name="x"), keras.Input((), name="t")
    alpha, sigma = coefficients(t[:, None], schedule.start, schedule.end)
    v = alpha * sigma * (1 - SPREAD**2) * z / (alpha**2 * SPREAD**2 + sigma**2)
    return kgen.VDM(keras.Model([z, t], v), schedule, seed=0)


@functools.cache
def of_levels(target, size=2):
    """A model of independent values with the probabilities SHARES of their levels."""
    z, t = keras.Input((size,), name="x"), keras.Input((), name="t")
    logits = ops.broadcast_to(np.log(SHARES).astype("float32"), (1, size, 3))
    if target == "levels":
        output = ops.reshape(logits + 0 * z[..., None], (-1, 3 * size))
    else:
        alpha, sigma = coefficients(t[:, None])
        values = np.array([-1.0, 0.0, 1.0], "float32")
        distance = (z[..., None] - alpha[..., None] * values) / sigma[..., None]
        weights = ops.softmax(logits - 0.5 * distance**2)
        mean = ops.sum(weights * values, axis=-1)
        # v of `z = alpha x + sigma noise`.
        output = (alpha * z - mean) / sigma
    network = keras.Model([z, t], output)
    return kgen.VDM(
        network, line(), levels=3, unit_interval=True, target=target, seed=0
    )


@pytest.mark.parametrize("make", [line, bent])
def test_gamma_rises_and_its_derivative_is_that_of_autodiff(make):
    schedule = make()
    t = tf.linspace(0.0, 1.0, 201)
    with tf.GradientTape() as tape:
        tape.watch(t)
        gamma = schedule(t)
    _, rate = schedule.position(t)
    span = schedule.ends()[1]
    np.testing.assert_allclose(tape.gradient(gamma, t), span * rate, rtol=1e-4)
    assert np.all(np.diff(gamma) > 0)
    np.testing.assert_allclose([gamma[0], gamma[-1]], [START, END], rtol=1e-5)


def integral(x, start=START, end=END):
    """The bound on -log p(x) of a number x by the exact prediction, nats."""

    def rate(gamma):
        a, s = special.expit(-gamma), special.expit(gamma)
        error = a * (a * SPREAD**4 + s * x**2) / (a * SPREAD**2 + s) ** 2
        return 0.5 * error

    diffusion, _ = integrate.quad(rate, start, end)
    alpha, sigma = special.expit(-end) ** 0.5, special.expit(end) ** 0.5
    prior = 0.5 * (sigma**2 + (alpha * x) ** 2 - 1) - np.log(sigma)
    reconstruction = 0.5 * (1 + np.log(2 * np.pi) + start)
    return {"diffusion": diffusion, "prior": prior, "reconstruction": reconstruction}


@pytest.mark.parametrize("make", [line, bent])
def test_the_bound_is_its_integral_however_gamma_runs(make):
    model = gaussian(make())
    points = np.array([0.0, 0.4, 1.2])
    x = np.repeat(points, 500)[:, None].astype("float32")
    found = model.elbo_parts(x, num_time_samples=64, seed=0)
    for k, point in enumerate(points):
        wanted = integral(point)
        for name, values in found.items():
            rows = values.numpy()[500 * k : 500 * (k + 1)]
            error = rows.std() / np.sqrt(500)
            assert abs(rows.mean() - wanted[name]) < 4 * error + 2e-5, name


def test_the_bound_of_data_is_its_log_density():
    data = stats.norm(scale=SPREAD)
    x = data.rvs((4000, 1), random_state=0).astype("float32")
    bound = gaussian(line()).elbo(x, num_time_samples=64, seed=0).numpy()
    gap = data.logpdf(x[:, 0]) - bound
    error = gap.std() / np.sqrt(len(x))
    assert error < 0.02 and abs(gap.mean()) < 4 * error + 1e-3


@pytest.mark.parametrize("target", ["levels", "v"])
def test_probabilities_of_all_examples_add_up_to_no_more_than_1(target):
    states = np.array(list(itertools.product(range(3), repeat=2)))
    rows = np.repeat(states / 2.0, 300, axis=0).astype("float32")
    elbo = of_levels(target).elbo(rows, num_time_samples=100, seed=0).numpy()
    elbo = elbo.reshape(9, 300)
    mean, error = elbo.mean(1), elbo.std(1) / np.sqrt(300)
    spread = np.sqrt(np.sum((np.exp(mean) * error) ** 2))
    assert spread < 0.02
    assert abs(np.exp(mean).sum() - 1) < 3 * spread
    # The prediction is exact, and the ends of gamma are wide: the bound is log p(x).
    exact = np.log(SHARES[states]).sum(1)
    assert np.all(abs(mean - exact) < 4 * error)


@pytest.mark.parametrize("target", ["levels", "v"])
def test_samples_have_the_probabilities_of_levels(target):
    x = of_levels(target).sample(4000, seed=0, num_steps=200).numpy()
    assert set(np.unique(x)) == {0.0, 0.5, 1.0}
    shares = np.mean(x[..., None] == np.array([0.0, 0.5, 1.0]), axis=(0, 1))
    # The deviation of a share of 8000 values is 0.006 at most.
    np.testing.assert_allclose(shares, SHARES, atol=0.02)
    assert abs(np.corrcoef(x.T)[0, 1]) < 0.07


def test_samples_have_the_variance_of_their_steps():
    model, num_steps = gaussian(bent(), size=4), 20
    gamma = model.schedule(np.linspace(1, 0, num_steps + 1, dtype="float32")).numpy()
    signal, noise = special.expit(-gamma.astype("float64")), special.expit(gamma)
    variance = 1.0
    for t, s in itertools.pairwise(range(num_steps + 1)):
        share = -np.expm1(gamma[s] - gamma[t])
        # The exact prediction of the noise is a multiple of z.
        keep = 1 - share * noise[t] / (signal[t] * SPREAD**2 + noise[t])
        variance = signal[s] / signal[t] * keep**2 * variance + noise[s] * share
    variance = (variance + noise[-1]) / signal[-1]
    x = model.sample(5000, seed=0, num_steps=num_steps).numpy()
    error = variance * np.sqrt(2 / x.size)
    assert abs(np.mean(x**2) - variance) < 4 * error
    assert abs(np.mean(x)) < 4 * np.sqrt(variance / x.size)


def test_real_numbers_are_standardised():
    # A recipe's network starts with a v of 0, which is exact for N(0, 1).
    model = kgen.build("vdm", (2,), hidden=(4,), seed=0)
    x = np.random.default_rng(0).normal([5.0, -1.0], [2.0, 0.1], (4000, 2))
    x = x.astype("float32")
    model.adapt(tf.data.Dataset.from_tensor_slices(x).batch(500))
    found = np.mean(model.elbo(x[:500], num_time_samples=16, seed=0))
    exact = stats.norm.logpdf(x[:500], x.mean(0), x.std(0)).sum(1).mean()
    assert -0.1 < found - exact < 0.02


def test_spread_times_leave_no_gaps():
    times = spread_times(tf.zeros([8, 3]), tf.constant([0, 1], tf.int64))
    np.testing.assert_allclose(np.diff(np.sort(times)), 1 / 8, atol=1e-6)
    drawn = [
        spread_times(tf.zeros([2, 1]), tf.constant([0, seed], tf.int64))
        for seed in range(400)
    ]
    assert stats.kstest(np.array(drawn)[:, 0], "uniform").pvalue > 0.01


def test_times_are_spread_over_all_replicas():
    strategy = pair()
    rows = tf.constant([3, 2])

    def times():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        return spread_times(tf.zeros([rows[replica], 1]), tf.constant([0, 1], tf.int64))

    parts = tf.function(lambda: strategy.run(times))()
    parts = strategy.experimental_local_results(parts)
    found = np.sort(np.concatenate(parts))
    np.testing.assert_allclose(np.diff(found), np.full(4, 0.2), atol=1e-6)


def test_spread_times_lower_the_variance_of_the_mean():
    model = gaussian(line(), size=32)
    x = tf.fill([16, 32], 0.5)
    wanted = 32 * integral(0.5)["diffusion"]
    rng = np.random.default_rng(0)

    @tf.function
    def estimate(t, seed):
        noise = tf.random.stateless_normal([16, 32], seed)
        return tf.reduce_mean(model._parts(x, None, t, noise, noise)["diffusion"])

    seeds = [tf.constant([0, seed], tf.int64) for seed in range(300)]
    spread = np.array([estimate(spread_times(x, seed), seed) for seed in seeds])
    free = [rng.uniform(size=16).astype("float32") for _ in seeds]
    free = np.array([estimate(t, s) for t, s in zip(free, seeds, strict=True)])
    for found in (spread, free):
        assert abs(found.mean() - wanted) < 4 * found.std() / np.sqrt(len(found))
    assert spread.var() < 0.3 * free.var()


def test_the_standard_error_is_the_spread_of_estimates():
    model = gaussian(bent())
    x = np.full((1000, 1), 0.3, "float32")
    found = model.elbo_estimate(x, num_time_samples=8, num_repeats=5, seed=0)
    errors = np.sqrt(np.mean(found["standard_error"].numpy() ** 2))
    np.testing.assert_allclose(np.std(found["elbo"]), errors, rtol=0.1)


def test_the_ends_get_the_gradient_of_the_bound():
    """That of its integral, by finite differences, in the mean over data."""
    step, batches, rng = 1e-3, 60, np.random.default_rng(0)
    start, end = -3.0, 0.0  # Far from the best ends, where the slope is 0.
    model = gaussian(LearnedSchedule(start, end, units=5))
    ends = [model.schedule.first.value, model.schedule.raw_span.value]
    found = []
    for _ in range(batches):
        x = rng.normal(0.0, SPREAD, (2000, 1)).astype("float32")
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.objective(x, training=True)["loss"])
        found.append([float(value) for value in tape.gradient(loss, ends)])
    mean, error = np.mean(found, 0), np.std(found, 0) / np.sqrt(batches)

    def slope(of_first, of_end):
        up, down = (
            # The bound is a quadratic of x: its mean is its value at one deviation.
            sum(integral(SPREAD, start + h * of_first, end + h * of_end).values())
            for h in (step, -step)
        )
        return (up - down) / (2 * step)

    # gamma(0) moves both ends. The span is softplus(raw).
    wanted = np.array([slope(1, 1), slope(0, 1) * -np.expm1(start - end)])
    assert np.all(np.abs(mean - wanted) < 4 * error)
    assert np.all(np.abs(wanted) > 8 * error)


def test_the_inner_part_gets_the_gradient_of_the_second_moment():
    """The ends get the same as without the change."""
    model = gaussian(bent(), size=3)
    schedule = model.schedule
    x = np.random.default_rng(0).normal(0, SPREAD, (16, 3)).astype("float32")
    noise, noise_0 = (normal_rows(row_keys(row_seeds(k, 16)), (3,)) for k in range(2))
    t = tf.linspace(0.01, 0.99, 16)

    def parts(through=tf.identity):
        return model._parts(x, None, t, noise, noise_0, True, through)

    passing = kgen.diffusion.learned_schedule.VarianceGradient()
    inner = [schedule.raw_heights, schedule.raw_steepness, schedule.offsets]
    ends = [schedule.first, schedule.raw_span]
    inner, ends = ([v.value for v in some] for some in (inner, ends))
    with tf.GradientTape(persistent=True) as tape:
        found = parts(passing)
        loss = tf.add_n([tf.reduce_sum(value) for value in found.values()])
        passing.factor = tf.stop_gradient(2.0 * found["diffusion"])
        plain = parts()
        bound = tf.add_n([tf.reduce_sum(value) for value in plain.values()])
        moment = tf.reduce_sum(plain["diffusion"] ** 2)
    for one, other in (
        (tape.gradient(loss, inner), tape.gradient(moment, inner)),
        (tape.gradient(loss, ends), tape.gradient(bound, ends)),
    ):
        for found, wanted in zip(one, other, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=2e-3, atol=1e-4)


@pytest.mark.slow
def test_training_the_schedule_lowers_the_variance_and_keeps_the_bound():
    model = gaussian(LearnedSchedule(START, END, units=8), size=4)
    model.compile(keras.optimizers.Adam(0.03))
    x = np.random.default_rng(0).normal(0, SPREAD, (256, 4)).astype("float32")
    model.scaling.adapted.assign(1.0)  # Data is in the network's units.

    def single_times():
        return model.elbo(np.tile(x, (8, 1)), num_time_samples=1, seed=0).numpy()

    before = single_times()
    model.fit(x, epochs=60, batch_size=128, verbose=0)
    after = single_times()
    assert after.var() < 0.7 * before.var()
    error = np.sqrt((before.var() + after.var()) / len(after))
    assert after.mean() > before.mean() - 4 * error
    rises = np.diff(model.schedule(np.linspace(0, 1, 50, dtype="float32")))
    assert np.all(rises > 0)


def test_a_network_sees_fine_differences():
    x = np.array([[-1.0, 0.25]], "float32")
    features = kgen.diffusion.FourierFeatures((3,))(x).numpy()
    angles = 8 * np.pi * x
    wanted = np.concatenate([x, np.sin(angles), np.cos(angles)], axis=1)
    np.testing.assert_allclose(features, wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": "cosine"}, "Unknown schedule"),
        ({"schedule": 3}, "schedule was given as a int"),
        ({"target": "noise"}, "Unknown target"),
        ({"target": "levels", "unit_interval": False}, "without levels"),
        ({"unit_interval": False, "levels": 5}, "may be any real numbers"),
        ({"num_steps": 0}, "num_steps=0"),
        ({"fourier": (99,)}, "fourier"),
        ({"network": "cnn", "hidden": (128, 128, 128)}, "network"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(ValueError, match=message):
        kgen.build("vdm", (2, 2, 1), **{"network": "mlp", "hidden": (3,), **settings})


@pytest.mark.parametrize("kind", [kgen.VDM, kgen.DDPM])
def test_a_denoiser_without_the_time_is_refused(kind):
    x = keras.Input((3,), name="x")
    with pytest.raises(ValueError, match=r"input 't', but .* the inputs \['x'\]"):
        kind(keras.Model(x, keras.layers.Dense(3)(x)))


def test_levels_are_needed_for_images():
    denoiser = kgen.networks.mlp_denoiser((2, 2, 1), (3,))
    with pytest.raises(ValueError, match="without levels.*levels=256"):
        kgen.VDM(denoiser)
    with pytest.raises(ValueError, match="num_parameters=5"):
        kgen.VDM(denoiser, levels=5, target="levels")


def test_arguments_of_verbs():
    model = of_levels("levels")
    x = np.zeros((2, 2), "float32")
    for verb in ("elbo", "elbo_parts", "elbo_estimate"):
        with pytest.raises(ValueError, match=f"`{verb}` was .* num_time_samples=0"):
            getattr(model, verb)(x, num_time_samples=0)
    with pytest.raises(ValueError, match="num_repeats=1.*2 or larger"):
        model.elbo_estimate(x, num_repeats=1)
    with pytest.raises(ValueError, match="num_steps=0"):
        model.sample(2, num_steps=0)


@pytest.mark.parametrize(
    "settings", [{"start": 1.0, "end": 1.0}, {"start": "0"}, {"units": -1}]
)
def test_schedules_that_cannot_be(settings):
    with pytest.raises(ValueError, match="LearnedSchedule was given"):
        LearnedSchedule(**settings)
