"""What DDPM's settings mean: losses, variances, guidance, completion, errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kgen
from kgen.core.random import normal_rows, row_keys, row_seeds
from kgen.core.training.averaging import AdamWithWarmEMA
from kgen.diffusion import DDIM, Ancestral, DPMSolver, Heun, RePaint
from kgen.networks import apply, mlp_denoiser
from tests.choice import parametrize

SHAPE = (3, 4, 1)
X = np.random.default_rng(0).integers(0, 5, (7, *SHAPE)).astype("float32") / 4
LABELS = np.arange(7, dtype="int32") % 3


def made(shape=SHAPE, num_classes=None, num_parameters=1, spread=0.2, **settings):
    """A `DDPM` whose network is not 0."""
    keras.utils.set_random_seed(0)
    denoiser = mlp_denoiser(
        shape, (9, 9), num_parameters=num_parameters, num_classes=num_classes
    )
    rng = np.random.default_rng(0)
    for variable in denoiser.trainable_variables:
        variable.assign(variable + rng.normal(0.0, spread, variable.shape))
    settings = {"num_timesteps": 10, "seed": 0, **settings}
    model = kgen.DDPM(denoiser, num_classes=num_classes, **settings)
    model.compile(keras.optimizers.SGD(0.1))
    return model


def learned(**settings):
    return made(num_parameters=2, variance="learned", **settings)


def test_simple_loss_is_the_squared_error_of_the_target():
    """Over many draws, against a loop over all times with other noise."""
    model = made(schedule="cosine", target="v")
    x = np.repeat(X[:1], 20_000, axis=0)
    loss = model.objective(tf.constant(x), training=True)["loss"].numpy()
    errors = []
    for t in range(1, 11):
        alpha, sigma = model.process.alpha[t], model.process.sigma[t]
        noise = np.random.default_rng(t).normal(size=(2000, *SHAPE))
        x_0 = 2 * x[:2000] - 1
        x_t = (alpha * x_0 + sigma * noise).astype("float32")
        predicted = apply(model.denoiser, x_t, t=tf.fill([2000], t / 10)).numpy()
        errors.append(((alpha * noise - sigma * x_0 - predicted) ** 2).mean())
    error = loss.std() / np.sqrt(len(loss))
    assert loss.mean() == pytest.approx(np.mean(errors), abs=5 * error)


@pytest.mark.parametrize(
    ("schedule", "target"),
    [("linear", "noise"), ("cosine", "x0"), ("cosine", "v"), ("rectified", "velocity")],
)
def test_targets_are_two_ways_of_saying_the_same(schedule, target):
    process = made(schedule=schedule, target=target, num_timesteps=1000).process
    rng = np.random.default_rng(0)
    x_0, noise = rng.normal(size=(2, 9, *SHAPE)).astype("float32")
    t = tf.constant([1, 2, 3, 10, 100, 200, 300, 400, 500])
    x_t = process.diffused(x_0, t, noise)
    found = process.solved(x_t, t, process.target(x_0, t, noise))
    np.testing.assert_allclose(found[0], x_0, atol=2e-3)
    np.testing.assert_allclose(found[1], noise, atol=2e-3)


def test_min_snr_weighs_errors_of_the_data_alike():
    """`min(SNR, gamma)` for each target, as an error of x_0."""
    for target in ("noise", "x0", "v"):
        model = made(schedule="cosine", target=target, min_snr=5.0)
        process = model.process
        weights = process.min_snr_weights(5.0)
        determinant = process.alpha * process.b - process.sigma * process.a
        of_x_0 = weights * (determinant[1:] / process.sigma[1:]) ** 2
        np.testing.assert_allclose(of_x_0, np.minimum(process.snr[1:], 5.0), rtol=1e-4)


def test_terms_of_the_bound_are_divergences():
    """Against SciPy's Gaussians by the formulas for means and variances."""
    model = learned(loss_type="hybrid", schedule="cosine", levels=5)
    process = model.process
    terms = model.elbo_by_time(X, seed=3).numpy()
    y = 2 * X - 1
    np.testing.assert_allclose(terms.sum(1), -model.elbo(X, seed=3), rtol=1e-5)
    parts = model.elbo_parts(X, seed=3)
    np.testing.assert_allclose(parts["reconstruction"], terms[:, 0], rtol=1e-5)
    np.testing.assert_allclose(parts["prior"], terms[:, -1], rtol=1e-4, atol=1e-6)
    keys = row_keys(row_seeds(3, len(X)))
    for t in (1, 2, 6, 10):
        noise = normal_rows(kgen.core.random.fold_rows(keys, t), SHAPE).numpy()
        x_t = process.alpha[t] * y + process.sigma[t] * noise
        found = model.predict_x0(x_t.astype("float32"), t)
        x_0, share = found.x_0.numpy(), found.variance_fraction.numpy()
        low, high = process.log_variances(t - 1, t)
        variance = np.exp(share * high + (1 - share) * low)
        if t == 1:
            edges = (np.arange(6) - 0.5) / 2 - 1
            edges[0], edges[-1] = -np.inf, np.inf
            level = np.round(X * 4).astype(int)
            normal = stats.norm(x_0, np.sqrt(variance))
            mass = normal.cdf(edges[level + 1]) - normal.cdf(edges[level])
            expected = -np.log(np.maximum(mass, 1e-300)).sum((1, 2, 3))
            # Far out SciPy's differences are 0.
            rows = mass.min((1, 2, 3)) > 1e-12
            np.testing.assert_allclose(terms[rows, 0], expected[rows], rtol=1e-3)
            continue
        keep, data, left = process.posterior(t - 1, t)
        distance = (data * (y - x_0)) ** 2
        expected = 0.5 * (np.log(variance / left) - 1 + (left + distance) / variance)
        np.testing.assert_allclose(
            terms[:, t - 1], expected.sum((1, 2, 3)), rtol=2e-3, atol=1e-3
        )


@pytest.mark.parametrize("settings", [{}, {"levels": 5}], ids=["density", "levels"])
def test_the_bound_as_a_loss_is_the_bound(settings):
    settings |= {"target": "x0", "spread": 0.03}  # Well within the range of data.
    model = made(loss_type="bound", schedule="cosine", **settings)
    x = np.repeat(X[:1], 20_000, axis=0)
    loss = model.objective(tf.constant(x))["loss"].numpy()
    bound = model.elbo(x[:4000], seed=0).numpy()
    error = loss.std() / np.sqrt(len(loss)) + bound.std() / np.sqrt(len(bound))
    assert loss.mean() == pytest.approx(-bound.mean(), abs=4 * error)


def test_hybrid_loss_teaches_the_mean_by_the_simple_one_alone():
    model = learned(loss_type="hybrid", schedule="cosine", levels=5)
    with tf.GradientTape(persistent=True) as tape:
        terms = model.objective(tf.constant(X), training=True)
        bound = tf.reduce_sum(terms["bound"])
        simple = tf.reduce_sum(terms["simple"])
    last = model.denoiser.trainable_variables[-1]
    of_bound, of_simple = (
        tape.gradient(term, last).numpy() for term in (bound, simple)
    )
    # Channels of the target and of the variance take turns.
    assert np.all(of_bound[0::2] == 0) and np.any(of_bound[1::2] != 0)
    assert np.any(of_simple[0::2] != 0) and np.all(of_simple[1::2] == 0)
    expected = terms["simple"] + 0.001 / 12 * terms["bound"]
    np.testing.assert_allclose(terms["loss"], expected, rtol=1e-6)


def test_densities_are_those_of_the_data_itself():
    """Other units change log p by the logarithm of their volume."""
    model = made((2,), target="v", variance="beta")
    x = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
    model.adapt(tf.data.Dataset.from_tensor_slices(x).batch(50))
    plain = model.elbo(x, seed=0).numpy()
    far = made((2,), target="v", variance="beta")
    far.adapt(tf.data.Dataset.from_tensor_slices(100 * x + 7).batch(50))
    moved = far.elbo(100 * x + 7, seed=0).numpy()
    np.testing.assert_allclose(moved, plain - 2 * np.log(100), rtol=1e-3)
    np.testing.assert_allclose(far.scaling.unscale(far.scaling.scale(x)), x, atol=1e-4)
    np.testing.assert_allclose(
        far.sample(5, seed=1), 100 * model.sample(5, seed=1) + 7, rtol=1e-3, atol=0.01
    )


def test_feature_maps_are_standardised_by_channels():
    model = made((3, 4, 2), unit_interval=False, target="v")
    assert model.data_range is None
    x = np.random.default_rng(0).normal([5.0, -3.0], [2.0, 0.1], (50, 3, 4, 2))
    model.fit(x.astype("float32"), verbose=0)
    y = model.scaling.scale(x.astype("float32")).numpy()
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0.0, atol=1e-3)
    np.testing.assert_allclose(y.std((0, 1, 2)), 1.0, atol=1e-3)


def test_guidance_is_the_difference_a_label_makes():
    model = made(num_classes=3, target="x0", sampler="ddim")
    x_t = np.random.default_rng(0).normal(size=(7, *SHAPE)).astype("float32")
    t = tf.fill([7], 0.4)
    with_label = apply(model.denoiser, x_t, tf.constant(LABELS), t=t).numpy()
    without = apply(model.denoiser, x_t, tf.fill([7], -1), t=t).numpy()
    for scale in (0.0, 1.0, 2.5):
        found = model._predictor(tf.constant(LABELS), scale)(x_t, tf.constant(4))
        expected = np.clip(without + scale * (with_label - without), -1, 1)
        np.testing.assert_allclose(found.x_0, expected, atol=1e-5)
    plain = model.sample(labels=LABELS, seed=0).numpy()
    guided = model.sample(labels=LABELS, seed=0, guidance=3.0).numpy()
    np.testing.assert_allclose(
        model.sample(labels=LABELS, seed=0, guidance=1.0), plain, atol=1e-6
    )
    assert np.abs(guided - plain).max() > 1e-3
    model.guidance = 3.0  # What an export then serves.
    np.testing.assert_allclose(model.sample(labels=LABELS, seed=0), guided, atol=1e-6)


def test_guidance_with_a_learned_variance_keeps_that_of_the_label():
    model = learned(loss_type="hybrid", num_classes=3)
    x_t = np.zeros((7, *SHAPE), "float32")
    labels = tf.constant(LABELS)
    plain = model._predictor(labels)(x_t, tf.constant(4))
    guided = model._predictor(labels, 2.0)(x_t, tf.constant(4))
    np.testing.assert_allclose(
        plain.variance_fraction, guided.variance_fraction, atol=1e-6
    )
    assert (
        model.sample(labels=LABELS, guidance=2.0, sampler="ancestral").shape == X.shape
    )


def test_labels_are_left_out_in_training_alone(monkeypatch):
    model = made(num_classes=3, label_dropout=0.25)
    seen = []
    target = model.predictor.target

    def noted(denoiser, x_t, t, labels, training=False):
        seen.append(labels.numpy())
        return target(denoiser, x_t, t, labels, training)

    monkeypatch.setattr(model.predictor, "target", noted)
    x, labels = np.repeat(X[:1], 4000, axis=0), np.arange(4000) % 3
    for training in (True, False):
        model.objective(tf.constant(x), tf.constant(labels, tf.int32), training)
    assert np.mean(seen[0] == -1) == pytest.approx(0.25, abs=0.03)
    assert np.all(seen[0][seen[0] >= 0] == labels[seen[0] >= 0])
    assert np.all(seen[1] == labels)


@pytest.mark.parametrize(
    "sampler", [None, "ddim", Ancestral(), RePaint(4, "uniform", 2, 3)]
)
def test_completion_keeps_what_is_known(sampler):
    model = made()
    known = np.zeros(SHAPE, bool)
    known[1] = True
    x = model.sample(given=X, known=known, seed=0, sampler=sampler).numpy()
    np.testing.assert_allclose(x[:, 1], X[:, 1], atol=1e-6)
    assert np.abs(x[:, 0] - X[:, 0]).max() > 1e-3
    part = model.sample(
        given=X[2:4], known=known, seed=row_seeds(0, 7)[2:4], sampler=sampler
    )
    np.testing.assert_allclose(part, x[2:4], atol=1e-5)


def test_trajectories_lead_from_noise_to_samples():
    model = made()
    for sampler in (Ancestral(), DDIM(6), DPMSolver(5, "uniform"), Heun(3)):
        path = model.trajectory(3, seed=0, sampler=sampler, num_frames=4)
        assert path.shape == (3, 4, *SHAPE)
        np.testing.assert_allclose(
            path[:, -1], model.sample(3, seed=0, sampler=sampler), atol=1e-6
        )
        z = normal_rows(kgen.core.random.fold_rows(row_keys(row_seeds(0, 3)), 0), SHAPE)
        np.testing.assert_allclose(path[:, 0], model.scaling.unscale(z), atol=1e-6)
        # Every frame is a state of its own.
        moved = np.diff(path, axis=1) != 0
        assert np.all(moved.any(axis=(0, 2, 3, 4)))
        pieces = model.trajectory(
            3, seed=0, sampler=sampler, num_frames=4, batch_size=2
        )
        np.testing.assert_allclose(pieces, path, atol=1e-5)
    many = model.trajectory(2, seed=0, sampler=DDIM(3), num_frames=99)
    assert many.shape == (2, 4, *SHAPE)


def test_samplers_are_options_of_a_call_and_of_the_model():
    model = made()
    fast = model.sample(3, seed=0, sampler=DDIM(2)).numpy()
    assert np.any(fast != model.sample(3, seed=0).numpy())
    model.sampler = DDIM(2)
    np.testing.assert_array_equal(model.sample(3, seed=0), fast)
    assert hasattr(model, "encode")
    model.sampler = "ancestral"
    assert not hasattr(model, "encode") and not hasattr(model, "decode")


def test_weights_are_averages_after_fit():
    model = made()
    model.compile(AdamWithWarmEMA(0.01, use_ema=True, ema_momentum=0.9))
    weights = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: weights.append(
            model.trainable_variables[0].numpy()
        )
    )
    model.fit(X, batch_size=1, epochs=2, verbose=0, callbacks=[note])
    average = weights[0]
    for step, value in enumerate(weights[1:], start=1):
        momentum = min(0.9, step / (9 + step))
        average = momentum * average + (1 - momentum) * value
    np.testing.assert_allclose(model.trainable_variables[0], average, atol=1e-6)


def test_times_visited_and_frames_of_repaint():
    process = made(num_timesteps=9).process
    steps = RePaint(4, jump_length=2, num_resamplings=2).steps(process, "posterior")
    times = [steps.now[0], *steps.then]
    assert times == [9, 7, 4, 7, 9, 7, 4, 2, 0, 2, 4, 2, 0]
    assert steps.back.sum() == 4
    # One step too many for a jump is taken once, and jumps are never too long.
    steps = RePaint(3, jump_length=2, num_resamplings=2).steps(process, "posterior")
    assert [steps.now[0], *steps.then] == [9, 6, 3, 0, 3, 6, 3, 0]
    steps = RePaint(2, jump_length=5, num_resamplings=2).steps(process, "posterior")
    assert [steps.now[0], *steps.then] == [9, 4, 0, 4, 9, 4, 0]


def test_the_times_of_edm():
    """sigma / alpha = t / (1000 - t) falls evenly in its seventh root, below 80."""
    process = made(schedule="rectified", target="v", num_timesteps=1000).process
    times = Heun(12).times(process)[::-1]
    assert times[0] == 1000 and times[-2:].tolist() == [1, 0]
    assert times[1] == 987  # 987 / 13 is 76, and 988 / 12 is 82.
    levels = np.linspace((987 / 13) ** (1 / 7), (1 / 999) ** (1 / 7), 11) ** 7
    assert np.abs(1000 * levels / (1 + levels) - times[1:-1]).max() < 1
    # Two evaluations for each step between, one from pure noise and one to the data.
    steps = Heun(12).steps(process, "posterior")
    assert len(steps) == 2 * 10 + 2
    assert len(Heun(12).steps_up(process)) == 2 * 10 + 2


@pytest.mark.parametrize("spacing", ["uniform", "quadratic", "log_snr", "karras"])
@pytest.mark.parametrize("num_steps", [1, 3, 20, 1000, 5000])
def test_times_run_from_all_noise_to_data(spacing, num_steps):
    for schedule, target in (("linear", "noise"), ("rectified", "v")):
        process = made(schedule=schedule, target=target, num_timesteps=1000).process
        times = DDIM(num_steps, spacing=spacing).times(process)
        assert times[0] == 0 and times[-1] == 1000 and np.all(np.diff(times) > 0)
        assert len(times) == min(num_steps, 1000) + 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"loss_type": "vlb"}, "Choose one of: bound, hybrid, simple"),
        ({"variance": "small"}, "Choose one of: beta, learned, posterior"),
        ({"variance": "learned"}, "'simple' teaches no variance"),
        ({"loss_type": "hybrid"}, "'hybrid' is for a learned one"),
        ({"loss_type": "bound", "min_snr": 5.0}, "Leave min_snr out"),
        ({"levels": 5, "unit_interval": False}, "levels=5"),
        ({"guidance": 2.0}, "no classes"),
        ({"sampler": "euler"}, "sampler"),
        ({"sampler": None}, "one of: ancestral, ddim"),
        ({"num_parameters": 2}, "num_parameters=1"),
        ({"label_dropout": 1.5}, "label_dropout"),
        ({"num_timesteps": 0}, "num_timesteps"),
        ({"num_classes": 3, "label_dropout": 1.0}, "share below 1"),
        ({"min_snr": 0.0}, "min_snr=0"),
    ],
    ids=str,
)
def test_settings_that_exclude_each_other(settings, said):
    with pytest.raises(ValueError, match=said):
        made(**settings)


@parametrize("num_timesteps, loss_type", [(1, "simple"), (2, "bound"), (1, "bound")], 1)
def test_chains_of_one_or_two_steps_do_all_that_others_do(num_timesteps, loss_type):
    settings = {"num_timesteps": num_timesteps, "loss_type": loss_type, "levels": 5}
    model = made(target="x0", **settings)
    model.fit(X, verbose=0)
    terms = model.elbo_by_time(X, seed=0)
    assert terms.shape == (7, num_timesteps + 1) and np.all(np.isfinite(terms))
    for drawn in (None, 3):
        assert np.all(np.isfinite(model.elbo(X, num_time_samples=drawn, seed=0)))
    for sampler in ("ancestral", "ddim", "dpm-solver++"):
        assert np.all(np.isfinite(model.sample(3, seed=0, sampler=sampler)))
    known = np.ones(SHAPE, bool)
    np.testing.assert_allclose(model.sample(given=X, known=known), X, atol=1e-6)


def test_images_come_back_from_their_noise_the_nearer_the_more_steps():
    """Also where what the network says of x_0 lies beyond the range of data."""
    process = made(schedule="cosine", num_timesteps=400).process

    class OfNoise(keras.layers.Layer):
        """E[x_0 | x_t] for N(0, I) in the units of the network."""

        def call(self, x, t):
            return x * process.at("alpha", tf.cast(tf.round(400 * t), tf.int32), 4)

    x, t = keras.Input(SHAPE, name="x"), keras.Input((), name="t")
    settings = {"schedule": "cosine", "target": "x0", "num_timesteps": 400}
    model = kgen.DDPM(keras.Model([x, t], OfNoise()(x, t)), **settings)
    z = np.random.default_rng(0).normal(size=(50, *SHAPE)).astype("float32")
    assert np.abs(model.process.alpha[200] * z).max() > 1
    errors = []
    for steps in (10, 40, 160):
        z = model.encode(X, sampler=DDIM(steps))
        back = model.decode(z, sampler=DDIM(steps))
        errors.append(float(np.abs(back - X).mean()))
    assert errors[1] < 0.6 * errors[0] and errors[2] < 0.6 * errors[1]


def test_what_cannot_be_read_in_advance_is_not_standardised_and_says_so():
    def batches():
        while True:
            yield (np.zeros((4, 2), "float32"),)

    with pytest.warns(UserWarning, match="not standardised"):
        made((2,), target="v").fit(
            batches(), steps_per_epoch=1, shuffle=False, verbose=0
        )


def test_what_tables_come_from_is_fixed():
    model = made()
    for name in ("schedule", "target", "variance", "num_timesteps"):
        with pytest.raises(AttributeError, match=f"{name} of a DDPM is fixed"):
            setattr(model, name, None)


def test_calls_that_make_no_sense_say_so():
    model = made(num_classes=3, label_dropout=0.0)
    for said, call in (
        ("label_dropout=0", lambda: model.sample(labels=[0], guidance=2.0)),
        ("draws noise", lambda: model.decode(X, LABELS, sampler="ancestral")),
        ("num_frames", lambda: model.trajectory(labels=[0], num_frames=1)),
        ("t=11", lambda: model.q_sample(X, 11)),
        ("`t`|t=0", lambda: model.q_step(X, 0)),
        ("needs labels", lambda: model.predict_x0(X, 3)),
        ("num_time_samples", lambda: model.elbo(X, LABELS, num_time_samples=0)),
        ("spacing", lambda: DDIM(5, spacing="even")),
        ("eta", lambda: DDIM(5, eta=2.0)),
        ("num_steps", lambda: DPMSolver(0)),
        ("guidance=array", lambda: model.sample(labels=[0], guidance=np.ones(1))),
        ("sampler=", lambda: model.sample(labels=[0], sampler=[DDIM()])),
        ("spacing", lambda: DDIM(5, spacing=[1])),
    ):
        with pytest.raises(ValueError, match=said):
            call()


def test_samplers_are_saved_with_the_model(tmp_path):
    model = made(sampler=DDIM(3, eta=0.5), schedule=kgen.diffusion.Sigmoid(-2, 2))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.sampler == DDIM(3, eta=0.5)
    assert loaded.schedule.start == -2
    np.testing.assert_allclose(loaded.sample(3, seed=0), model.sample(3, seed=0))
