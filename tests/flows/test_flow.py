"""The flow: its density is one, its samples follow it, its bounds bound."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from tensorflow.python.framework import config as framework_config

import kgen
from kgen import flows
from kgen.flows.steps import forward, inverse
from kgen.metrics import evaluate_likelihood
from tests import choice

VECTORS = ("realnvp", "nsf", "maf", "iaf", "nice", "nsf-ar")
SMALL = {"hidden": (8,), "num_steps": 3, "seed": 0}


def shaken(flow, scale=0.15):
    """The flow with noise on all weights, adapted."""
    rng = np.random.default_rng(0)
    for variable in flow.trainable_variables:
        variable.assign_add(scale * rng.normal(size=variable.shape))
    flow.adapted.assign(1.0)
    return flow


@pytest.fixture(scope="module", params=VECTORS)
def plane(request):
    """A flow of each recipe on the plane."""
    keras.utils.set_random_seed(0)
    return shaken(kgen.build(request.param, (2,), **SMALL))


def grid(step, half):
    """Points that cover a square, `(n * n, 2)`."""
    axis = np.arange(-half + step / 2, half, step)
    return np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype("float32")


def cells(flow, edges, **condition):
    """Where draws fall, and the probability of each cell by its density."""
    per_cell, size = 16, len(edges) - 1
    step = (edges[1] - edges[0]) / per_cell
    axis = edges[0] + step * (np.arange(size * per_cell) + 0.5)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    condition_of = {k: np.repeat(v[:1], len(points), 0) for k, v in condition.items()}
    density = np.exp(flow.log_prob(points.astype("float32"), **condition_of))
    density = density.reshape(size, per_cell, size, per_cell).sum((1, 3)) * step**2
    count = {"num_samples": 20_000} if not condition else {}
    of_draws = {k: np.repeat(v[:1], 20_000, 0) for k, v in condition.items()}
    draws = np.asarray(flow.sample(seed=1, **count, **of_draws))
    found, *_ = np.histogram2d(*draws.T, bins=(edges, edges))
    return found, density


def agree(found, density):
    """Asserts that counts of 20,000 draws follow the probabilities of cells."""
    expected = np.append(density.ravel(), max(1 - density.sum(), 1e-12)) * 20_000
    found = np.append(found.ravel(), 20_000 - found.sum())
    rare = expected < 5
    expected = np.append(expected[~rare], expected[rare].sum() + 1e-9)
    found = np.append(found[~rare], found[rare].sum())
    expected *= found.sum() / expected.sum()
    assert stats.chisquare(found, expected).pvalue > 1e-3


def test_density_integrates_to_one_and_draws_follow_it(plane):
    points = grid(0.05, half=20.0)
    total = np.sum(np.exp(np.float64(plane.log_prob(points)))) * 0.05**2
    assert abs(total - 1.0) < 2e-3
    agree(*cells(plane, np.linspace(-4.0, 4.0, 17)))


def test_decode_undoes_encode_through_fresh_tensors(plane):
    x = np.random.default_rng(1).normal(scale=2.0, size=(100, 2)).astype("float32")
    np.testing.assert_allclose(plane.decode(np.array(plane.encode(x))), x, atol=2e-4)


@pytest.mark.parametrize("name", ["glow", *VECTORS])
def test_log_determinants_of_recipes_are_those_of_autodiff(name):
    shape, small = (4,), SMALL
    if name == "glow":
        shape, small = (4, 2, 1), {"width": 3, "num_steps": 2, "seed": 0}
    keras.utils.set_random_seed(0)
    flow = shaken(kgen.build(name, shape, **small))
    y = tf.constant(np.random.default_rng(1).uniform(size=(5, *shape)), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(y)
        z, log_det = forward(flow.steps, y)
        values = tf.unstack(z, axis=1)
    rows = [tf.reshape(tape.gradient(value, y), [5, -1]) for value in values]
    jacobian = np.stack([np.float64(row) for row in rows], axis=1)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(jacobian)[1], atol=1e-3)
    back, _ = inverse(flow.steps, tf.constant(z.numpy()))
    np.testing.assert_allclose(back, y, atol=1e-4)


def test_trace_is_the_derivation_of_log_prob(plane):
    x = np.random.default_rng(1).normal(size=(5, 2)).astype("float32")
    traced = plane.trace(x)
    assert [step.step for step in traced] == [
        type(step).__name__ for step in plane.steps
    ]
    np.testing.assert_allclose(traced[-1].z, plane.encode(x), atol=1e-5)
    total = plane.base.log_prob(traced[-1].z) + sum(step.log_det for step in traced)
    np.testing.assert_allclose(total, plane.log_prob(x), rtol=1e-4, atol=1e-4)


@choice.parametrize("plane", VECTORS, 2, indirect=True)
def test_xla_gives_the_same_numbers(plane):
    x = np.random.default_rng(1).normal(size=(50, 2)).astype("float32")
    expected = [plane.log_prob(x), plane.encode(x), plane.sample(50, seed=3)]
    try:
        plane.jit_verbs = True
        found = [plane.log_prob(x), plane.encode(x), plane.sample(50, seed=3)]
    finally:
        plane.jit_verbs = False
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("deterministic", [False, True])
def test_xla_is_left_out_where_operations_are_deterministic(monkeypatch, deterministic):
    # Keras asks here; who has said yes cannot take it back.
    name = "is_op_determinism_enabled"
    monkeypatch.setattr(framework_config, name, lambda: deterministic)
    flow = kgen.build("realnvp", (2,), jit_compile=True, **SMALL)
    assert flow.jit_compile == flow.jit_verbs == (not deterministic)
    flow.compile()
    assert flow.jit_verbs == "auto"


def test_temperature_scales_the_latent(plane):
    z = plane.base.sample(kgen.core.random.row_keys(np.arange(4)), (2,))
    drawn = plane.sample(seed=np.arange(4), temperature=0.5)
    np.testing.assert_allclose(drawn, plane.decode(0.5 * z), atol=1e-5)


@choice.parametrize("name", VECTORS, 3)
def test_hard_data_trains_to_finite_numbers(name):
    rng = np.random.default_rng(0)
    x = rng.standard_cauchy(size=(64, 3)).astype("float32")
    x[:, 1] = 1e4 * x[:, 1] + 1e6
    x[:, 2] = 7.0  # Never varies.
    x[0, 0] = 1e8
    flow = kgen.build(name, (3,), **SMALL, learning_rate=1e-2)
    flow.run_eagerly = True
    losses = flow.fit(x, epochs=5, verbose=0).history["loss"]
    assert np.all(np.isfinite(losses))
    assert np.all(np.isfinite(flow.log_prob(x)))
    assert np.all(np.isfinite(flow.sample(10, seed=0)))


@pytest.mark.parametrize("name", ["maf", "realnvp"])
def test_labels_and_context_give_a_density_each(name):
    context = np.float32([[1.0, -2.0, 0.5], [0.0, 1.0, 1.0]])
    for kind, values in (("labels", np.int32([2, 0])), ("context", context)):
        sizes = {"labels": {"num_classes": 3}, "context": {"context_shape": 3}}[kind]
        flow = shaken(kgen.build(name, (2,), **SMALL, **sizes))
        x = np.zeros((2, 2), "float32")
        first, second = flow.log_prob(x, **{kind: values})
        assert first != second
        agree(*cells(flow, np.linspace(-4.0, 4.0, 9), **{kind: values}))
        z = flow.encode(x, **{kind: values})
        np.testing.assert_allclose(flow.decode(z, **{kind: values}), x, atol=1e-4)


def test_context_is_trained_saved_and_served(tmp_path):
    rng = np.random.default_rng(0)
    context = rng.normal(size=(512, 1)).astype("float32")
    x = np.concatenate([context, -2 * context], 1) + 0.1 * rng.normal(size=(512, 2))
    x = x.astype("float32")
    flow = kgen.build("realnvp", (2,), context_shape=1, **SMALL, learning_rate=1e-2)
    flow.fit(x, context, epochs=30, verbose=0)
    drawn = flow.sample(context=np.float32([[1.0]] * 100), seed=0)
    np.testing.assert_allclose(np.mean(drawn, 0), [1.0, -2.0], atol=0.3)
    data = tf.data.Dataset.from_tensor_slices((x, context)).batch(100)
    mean = evaluate_likelihood(flow, data)["log_prob"]
    exact = stats.norm(0, 0.1).logpdf(x - np.concatenate([context, -2 * context], 1))
    assert exact.sum(1).mean() - 0.6 < mean < exact.sum(1).mean() + 0.1
    flow.save(tmp_path / "flow.keras")
    loaded = keras.saving.load_model(tmp_path / "flow.keras")
    expected = flow.log_prob(x[:5], context=context[:5])
    np.testing.assert_allclose(
        loaded.log_prob(x[:5], context=context[:5]), expected, rtol=1e-5
    )
    kgen.export(flow, tmp_path / "served")
    served = tf.saved_model.load(tmp_path / "served" / "1").signatures["log_prob"]
    found = served(x=tf.constant(x[:5]), context=tf.constant(context[:5]))
    np.testing.assert_allclose(found["log_prob"], expected, rtol=1e-4)


def test_context_is_required_where_there_is_one_and_refused_elsewhere():
    x, context = np.zeros((4, 2), "float32"), np.zeros((4, 3), "float32")
    plain = kgen.build("realnvp", (2,), **SMALL)
    flow = kgen.build("realnvp", (2,), context_shape=3, **SMALL)
    for call, words in (
        (lambda: plain.log_prob(x, context=context), "context_shape=None"),
        (lambda: flow.log_prob(x), "no context"),
        (lambda: flow.log_prob(x, context=context[:3]), "3 rows of context for 4"),
        (lambda: flow.sample(5, context=context), "4 rows of context for 5"),
        (lambda: flow.log_prob(x, context=context[:, :2]), "(batch, 3)"),
        (lambda: flow.log_prob(x, context=np.nan * context), "NaN"),
        (lambda: flow.fit(x, verbose=0), "no context"),
        (lambda: flow.fit(x, context[:, :2], verbose=0), "(batch, 3)"),
        (lambda: flow.fit(x, np.nan * context, verbose=0), "NaN"),
        (lambda: kgen.build("maf", (2,), 3, context_shape=3), "Choose one"),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert words in str(error.value)


def test_standardize_takes_the_statistics_of_the_data_once():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(500, 3)) * [1.0, 10.0, 0.01] + [5.0, -3.0, 0.0]).astype("f4")
    flow = flows.Flow([flows.Standardize(), flows.ActNorm()], (3,))
    flow.compile(keras.optimizers.SGD(0.0))
    flow.fit(x, verbose=0)
    first, second = flow.steps
    np.testing.assert_allclose(first.mean, x.mean(0), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.exp(first.log_stddev), x.std(0), rtol=1e-3)
    np.testing.assert_allclose(second.mean, 0.0, atol=1e-4)
    expected = stats.norm(x.mean(0), x.std(0)).logpdf(x).sum(1)
    np.testing.assert_allclose(flow.log_prob(x), expected, rtol=1e-3, atol=1e-3)
    flow.fit(100.0 * x, verbose=0)
    np.testing.assert_allclose(first.mean, x.mean(0), rtol=1e-4, atol=1e-4)


def test_what_can_be_read_only_once_is_left_to_training():
    x = np.random.default_rng(0).normal(5.0, size=(32, 2)).astype("float32")
    flow = kgen.build("realnvp", (2,), **SMALL)
    flow.fit(((x,) for _ in range(3)), steps_per_epoch=3, shuffle=False, verbose=0)
    assert not np.any(flow.steps[0].mean)


def test_uniform_data_costs_the_logarithm_of_the_number_of_levels():
    # The logit of a uniform number is logistic: the density of y is 1.
    flow = flows.Flow(
        [flows.Flatten(), flows.Logit(alpha=0.0)],
        (2, 3, 1),
        base="logistic",
        dequantization=flows.UniformDequantization(16),
    )
    x = np.random.default_rng(0).integers(16, size=(7, 2, 3, 1)) / 15
    x = x.astype("float32")
    np.testing.assert_allclose(flow.elbo(x, seed=0), -6 * math.log(16), rtol=1e-4)
    data = tf.data.Dataset.from_tensor_slices(x).batch(4)
    assert abs(evaluate_likelihood(flow, data)["bits_per_dimension"] - 4.0) < 1e-3


def test_a_logit_that_leaves_room_outside_of_levels_is_warned_about():
    with pytest.warns(UserWarning, match=r"Logit\(0\.05\).*below 1.*Probit"):
        flows.Flow([flows.Logit()], (2,), dequantization="uniform")


@pytest.mark.parametrize("variational", [False, True])
def test_bounds_approach_the_probability_of_levels(variational):
    levels = 3
    flow = kgen.build("realnvp", (2,), levels=levels, variational=variational, **SMALL)
    shaken(flow)
    states = np.stack(np.meshgrid(*[np.arange(levels)] * 2), -1).reshape(-1, 2)
    states = (states / (levels - 1)).astype("float32")
    # The integral of the density of y over the cell of each state.
    fine = (np.arange(200) + 0.5) / 200 / levels
    probabilities = []
    for state in states:
        corner = state * (levels - 1) / levels
        y = np.stack(np.meshgrid(corner[0] + fine, corner[1] + fine), -1)
        y = y.reshape(-1, 2).astype("float32")
        density = np.exp(flow._log_density(y, {"labels": None, "context": None}))
        probabilities.append(density.mean() / levels**2)
    exact = np.log(probabilities)
    assert np.sum(probabilities) <= 1.0 + 1e-3
    seeds = np.arange(9)
    tight = flow.iwae_bound(states, num_samples=4000, seed=seeds)
    np.testing.assert_allclose(tight, exact, atol=0.1)
    elbo = np.mean(
        [flow.elbo(states, seed=seeds + 9 * draw) for draw in range(200)], axis=0
    )
    assert np.all(elbo < exact + 0.05)
    x = flow.sample(500, seed=0)
    assert np.all(np.isin(np.round(x * 2, 4), [0.0, 1.0, 2.0]))


def test_a_flow_has_log_prob_or_bounds():
    exact = kgen.build("realnvp", (2,), **SMALL)
    bounded = kgen.build("realnvp", (2, 2, 1), **SMALL)
    assert hasattr(exact, "log_prob") and not hasattr(exact, "elbo")
    assert hasattr(bounded, "elbo") and hasattr(bounded, "iwae_bound")
    assert not hasattr(bounded, "log_prob")


@pytest.mark.slow
def test_learned_dequantization_tightens_the_bound():
    x = np.random.default_rng(0).integers(2, size=(256, 1)).astype("float32")
    x = np.repeat(x, 2, axis=1)  # What one value is, the other is.
    bounds = {}
    for variational in (False, True):
        keras.utils.set_random_seed(0)
        flow = kgen.build(
            "realnvp",
            (2,),
            levels=2,
            variational=variational,
            learning_rate=1e-2,
            **SMALL,
        )
        flow.fit(x, batch_size=128, epochs=80, verbose=0)
        bounds[variational] = np.mean([flow.elbo(x, seed=s) for s in range(40)])
    # No model has more than -log 2.
    assert bounds[False] + 0.01 < bounds[True] < -math.log(2) + 0.05


def test_no_value_is_left_out():
    """Whatever the step, its permutation and the size, every value is transformed."""
    for step in ("coupling", "masked", "inverse"):
        for permutation in ("lu", "shuffle", "reverse"):
            if (step, permutation) == ("coupling", "reverse"):
                continue
            for size in (2, 3, 5):
                keras.utils.set_random_seed(0)
                settings = {**SMALL, "num_steps": 2}
                flow = kgen.build(
                    "realnvp", (size,), step=step, permutation=permutation, **settings
                )
                shaken(flow, scale=0.4)
                orders = [s._order for s in flow.steps if isinstance(s, flows.Permute)]
                x = np.random.default_rng(1).normal(size=(50, size)).astype("float32")
                z = flow.encode(x).numpy()
                for order in orders[::-1]:
                    z = z[:, np.argsort(order)]
                moved = np.abs(z - x).max(0) > 1e-3
                assert np.all(moved), (step, permutation, size)


def test_images_of_real_numbers_stay_in_their_range():
    flow = shaken(kgen.build("glow", (4, 4, 1), levels=None, width=3, num_steps=1))
    x = flow.sample(200, seed=0).numpy()
    assert x.min() == 0.0 and x.max() == 1.0


def test_rounding_never_takes_a_level_to_the_next():
    uniform = flows.UniformDequantization(256)
    x = np.ones((1000, 4), "float32")
    y, _ = uniform.draw(x, np.full_like(x, 1.0 - 2.0**-24))
    assert np.max(y) < 1.0
    assert np.array_equal(uniform.quantized(y), x)


def test_standardize_copes_with_offsets_and_constants():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(9000, 4)) * [100.0, 1e-7, 1e18, 0.0] + [1e7, 5e-7, 0, 1234.567]
    x = x.astype("float32")
    step = flows.Standardize()
    step.connect((4,))
    step.adapt(tf.constant(x))
    exact = np.float64(x)
    np.testing.assert_allclose(step.mean, exact.mean(0), rtol=1e-6, atol=1e13)
    np.testing.assert_allclose(np.exp(step.log_stddev)[:3], exact.std(0)[:3], rtol=1e-4)
    assert step.log_stddev[3] == 0.0


def test_rows_of_weight_0_have_no_say_in_the_start():
    x = np.random.default_rng(0).normal(size=(100, 2)).astype("float32")
    x[:10] = 1e6
    flow = flows.Flow([flows.Standardize()], (2,))
    flow.compile()
    weight = (np.arange(100) >= 10).astype("float32")
    flow.fit(x, np.zeros(100, "int32"), sample_weight=weight, verbose=0)
    np.testing.assert_allclose(flow.steps[0].mean, x[10:].mean(0), atol=1e-5)
    flow = flows.Flow([flows.Standardize()], (2,))
    flow.compile()
    flow.fit(x, np.zeros(100, "int32"), sample_weight=0.0 * weight, verbose=0)
    assert not np.any(flow.steps[0].mean)


def coupled(**conditions):
    """A coupling of two values."""
    return flows.Coupling(kgen.networks.mlp_conditioner(1, 1, 2, **conditions))


def masked(**conditions):
    """An autoregressive step of two values."""
    return flows.MaskedAutoregressive(kgen.networks.MADE(2, 2, **conditions))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: kgen.build("glow", (4,)), "is for images"),
        (lambda: kgen.build("glow", (5, 7, 1)), "odd sides"),
        (lambda: kgen.build("realnvp", (1,)), "data has one"),
        (lambda: kgen.build("maf", (2,), dropout=0.1), "for couplings"),
        (lambda: kgen.build("maf", (2,), num_bins=4), "transform='affine'"),
        (lambda: kgen.build("nsf", (2,), permutation="rotate"), "lu, reverse, shuffle"),
        (lambda: kgen.build("nsf", (2,), permutation="reverse"), "would undo"),
        (lambda: kgen.build("nsf", (2,), variational=True), "pass levels"),
        (lambda: kgen.build("nsf", (2,), levels=0), "levels=0"),
        (lambda: kgen.build("nsf", (2,), dequantization=None), "Unknown setting"),
        (lambda: kgen.build("nsf", (2,), dropout=1.0), "a share below 1"),
        (lambda: flows.Flow([coupled()], (2,), context_shape=3), "context of no size"),
        (lambda: flows.Flow([coupled()], (2,), num_classes=3), "labels of no size"),
        (lambda: flows.Flow([coupled(num_classes=3)], (2,)), "num_classes=None"),
        (
            lambda: flows.Flow([coupled(context_shape=3)], (2,), context_shape=2),
            "context of [(3,)]",
        ),
        (lambda: flows.Flow([masked(num_classes=3)], (2,), num_classes=5), "of [3]"),
        (
            lambda: flows.Flow([flows.Split([masked(num_classes=3)])], (4,)),
            "labels of [3]",
        ),
        (lambda: flows.Flow(["permute"], (2,)), "instances of"),
        (lambda: flows.VariationalDequantization([]), "no steps"),
        (lambda: flows.Affine(0.0), "use Additive"),
        (lambda: flows.Spline(num_bins=1), "num_bins=1"),
        (lambda: kgen.build("realnvp", (2,), num_steps=0), "num_steps=0"),
        (lambda: flows.Logit(0.5), "below 1/2"),
        (lambda: flows.Flow([flows.Squeeze()], (3, 3, 1)), "halves height or width"),
        (lambda: flows.Flow([flows.Split([])], (2, 2, 1)), "channels to divide"),
        (
            lambda: flows.Flow(2 * [flows.ActNorm()], (2,)),
            "part of a flow already",
        ),
        (
            lambda: flows.Flow(
                [flows.Coupling(kgen.networks.mlp_conditioner(1, 1), "affine")], (2,)
            ),
            "need (2,)",
        ),
        (
            lambda: flows.Flow(
                [flows.MaskedAutoregressive(kgen.networks.MADE(3, 2))], (2,)
            ),
            "is for data of shape (3,)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(build, words):
    with pytest.raises(ValueError) as error:
        build()
    assert words in str(error.value)
