"""The model: probabilities that sum to 1, samples that follow them, and the cache."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kgen
from kgen import likelihoods
from kgen.likelihoods import Categorical
from kgen.networks import causal
from tests import choice
from tests.autoregressive.tiny import (
    CACHED,
    GRIDS,
    MODELS,
    SMALL,
    grid,
    model,
    sequence,
    shaken,
    states,
)

DRAWS = 20_000


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_sum_to_one(name):
    log_prob = model(name).log_prob(states(name)).numpy()
    assert np.ptp(log_prob) > 1.0, "all states are alike: this shows nothing"
    assert np.exp(log_prob).sum() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_frequencies_agree_with_log_prob(name):
    """The G-test of 20,000 samples; expected counts below 5 are pooled."""
    every = states(name)
    samples = model(name).sample(DRAWS, seed=1).numpy()
    digits = np.concatenate([every, samples]).reshape(len(every) + DRAWS, -1)
    _, index = np.unique(np.round(digits, 4), axis=0, return_inverse=True)
    index = index.ravel()
    found = np.bincount(index[len(every) :], minlength=len(every))[index[: len(every)]]
    assert found.sum() == DRAWS, "a sample is none of the states"
    expected = DRAWS * np.exp(model(name).log_prob(every).numpy().astype("float64"))
    rare = expected < 5
    found = np.append(found[~rare], found[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    keep = expected > 0
    test = stats.power_divergence(
        found[keep], expected[keep] * found[keep].sum() / expected[keep].sum()
    )
    assert test.pvalue > 1e-3, f"p = {test.pvalue}"


@choice.parametrize("name", list(CACHED), 4)
def test_cached_and_plain_loops_draw_the_same(name):
    cached = model(name).sample(300, seed=2, cached=True)
    plain = model(name).sample(300, seed=2, cached=False)
    np.testing.assert_allclose(cached, plain, atol=1e-6)


LARGER = {
    "gated-colour": lambda: grid("gated", (5, 4, 3), Categorical(5), 5),
    "transformer": lambda: sequence(
        "transformer", (30,), Categorical(5), (5, 6, 1), 5, num_codes=5, num_classes=3
    ),
    "pixelcnn": lambda: grid("pixelcnn", (7, 9, 1), num_classes=3),
    "gated": lambda: grid("gated", (7, 9, 1), num_classes=3, dropout=0.5),
    "pixelrnn": lambda: grid("pixelrnn", (6, 5, 3), num_classes=3),
    "lstm": lambda: sequence("lstm", (9, 2), "learned_gaussian", None, 2),
}


@pytest.fixture(scope="module", params=choice.some(LARGER, 1))
def larger(request):
    made = LARGER[request.param]()
    labels = None if made.num_classes is None else np.arange(12) % 3
    return made, labels


def test_larger_ones_too(larger):
    made, labels = larger
    cached = made.sample(12, labels, seed=2, cached=True)
    plain = made.sample(12, labels, seed=2, cached=False)
    np.testing.assert_allclose(cached, plain, rtol=1e-4, atol=1e-5)


@choice.parametrize("name", ["gated", "pixelrnn", "pixelcnn"], 1)
@choice.parametrize("shape", [(3, 3, 2), (4, 5, 1)], 1)
def test_each_position_takes_its_own_of_an_image_as_condition(name, shape):
    network = GRIDS[name]((4, 5, 1), 1, **SMALL, context_shape=shape)
    made = kgen.Autoregressive(
        shaken(network), "bernoulli", context_shape=shape, seed=0
    )
    context = np.random.default_rng(0).random((12, *shape))
    cached = made.sample(context=context, seed=0, cached=True)
    plain = made.sample(context=context, seed=0, cached=False)
    np.testing.assert_allclose(cached, plain, atol=1e-6)
    assert np.any(cached != made.sample(context=1 - context, seed=0))


def test_completion(larger):
    """What is known stays, the rest is drawn given it, and by what came before only."""
    made, labels = larger
    given = made.sample(12, labels, seed=3).numpy()
    known = np.zeros(made.data_shape, bool)
    known[: len(known) // 2] = True
    same = made.sample(given=given, known=known, labels=labels, seed=3)
    # The same noise: what follows from what is known is what was drawn before.
    np.testing.assert_allclose(same, given, rtol=1e-4, atol=1e-5)
    hidden = np.where(known, given, np.nan).astype("float32")
    other = made.sample(given=hidden, known=known, labels=labels, seed=4).numpy()
    np.testing.assert_allclose(other[:, known], given[:, known], rtol=1e-6)
    assert np.any(other != given)
    plain = made.sample(
        given=given, known=known, labels=labels, seed=4, cached=False
    ).numpy()
    np.testing.assert_allclose(other, plain, rtol=1e-4, atol=1e-5)


def test_completions_follow_the_conditional():
    """Of the first row known, the second has the probabilities of p(x) / p(row)."""
    made, every = model("gated-levels"), states("gated-levels")
    first = np.array([[1.0], [0.5]], "float32")
    matching = every[np.all(every[:, 0] == first, axis=(1, 2))]
    log_prob = made.log_prob(matching).numpy()
    expected = np.exp(log_prob - np.logaddexp.reduce(log_prob))
    given = np.zeros((DRAWS, 2, 2, 1), "float32")
    given[:, 0] = first
    known = np.array([[[True], [True]], [[False], [False]]])
    draws = made.sample(given=given, known=known, seed=0).numpy()
    found = [np.mean(np.all(draws == state, axis=(1, 2, 3))) for state in matching]
    error = np.sqrt(expected * (1 - expected) / DRAWS)
    assert np.all(np.abs(found - expected) < 4 * error + 1e-4)


def test_temperature():
    """1 is the model; low ones draw the likeliest value at each place."""
    made = model("gated-levels")
    cold = made.sample(50, seed=0, temperature=0.01).numpy()
    assert len(np.unique(cold, axis=0)) == 1
    hot = made.sample(300, seed=0, temperature=3.0).numpy()
    usual = made.sample(300, seed=0).numpy()
    assert len(np.unique(usual, axis=0)) < len(np.unique(hot, axis=0))
    half = made.sample(5, seed=0, temperature=np.array(0.5))
    np.testing.assert_array_equal(half, made.sample(5, seed=0, temperature=0.5))
    for temperature in (0.0, -1.0, np.inf, "0.5", None, [0.5]):
        with pytest.raises(ValueError, match="above 0"):
            made.sample(2, seed=0, temperature=temperature)


def test_seed_rows():
    """A row is that of its seed, completed or not."""
    made = model("gated-levels")
    rows = kgen.core.random.row_seeds(5, 6)
    whole = made.sample(6, seed=5).numpy()
    np.testing.assert_array_equal(made.sample(seed=rows[2:4]), whole[2:4])


def test_bernoulli_by_hand():
    """-log p is the sum of the cross-entropies of the logits."""
    made = model("pixelcnn-binary")
    x = states("pixelcnn-binary")[:20]
    logits = made.network(x)
    terms = tf.nn.sigmoid_cross_entropy_with_logits(x, logits)
    expected = -tf.reduce_sum(terms, [1, 2, 3])
    np.testing.assert_allclose(made.log_prob(x), expected, rtol=1e-5)
    np.testing.assert_allclose(made.objective(x)["loss"], -expected, rtol=1e-5)


def test_learns_a_distribution():
    """From samples of one model another learns it: the divergence vanishes."""
    every = states("gated-levels")
    probs = np.exp(model("gated-levels").log_prob(every).numpy().astype("float64"))
    draws = model("gated-levels").sample(4000, seed=0).numpy()
    keras.utils.set_random_seed(1)
    learner = kgen.build(
        "pixelcnn", (2, 2, 1), likelihood="categorical", levels=3, width=16, seed=0
    )
    before = float(probs @ (np.log(probs) - learner.log_prob(every).numpy()))
    learner.compile(keras.optimizers.Adam(3e-3))
    learner.fit(draws, batch_size=200, epochs=15, verbose=0)
    after = float(probs @ (np.log(probs) - learner.log_prob(every).numpy()))
    assert after < 0.03 < before


def test_refused_networks():
    x = keras.Input((4, 4, 1), name="x")
    network = keras.Model(x, causal.MaskedConv2D(2, 3, "A")(x))
    with pytest.raises(ValueError, match=r"shape \(4, 4, 2\).*need \(4, 4, 1\)"):
        kgen.Autoregressive(network)
    kgen.Autoregressive(network, Categorical(2))
    with pytest.raises(ValueError, match=r"flattened has shape \(12,\)"):
        kgen.Autoregressive(network, data_shape=(2, 2, 3))
    squashed = keras.Model(x, causal.MaskedConv2D(1, 3, "A", activation="sigmoid")(x))
    with pytest.raises(ValueError, match="takes logits"):
        kgen.Autoregressive(squashed)
    with pytest.raises(ValueError, match="type float32"):
        kgen.Autoregressive(network, likelihoods.Codes(2), data_shape=None)
    tokens = causal.transformer((4,), 3, width=8, num_codes=3)
    for likelihood in ("logistic_mixture", "gaussian"):
        with pytest.raises(ValueError, match="tokens are single levels"):
            kgen.Autoregressive(tokens, likelihood, data_shape=(2, 2, 1))
    with pytest.raises(ValueError, match="num_codes=5"):
        kgen.Autoregressive(
            causal.transformer((4,), 5, width=8, num_codes=3), likelihoods.Codes(5)
        )
    anywhere = keras.Input((None, None, 1), name="x")
    with pytest.raises(ValueError, match="fixed size"):
        kgen.Autoregressive(
            keras.Model(anywhere, causal.MaskedConv2D(1, 3, "A")(anywhere))
        )


def test_mixtures_of_several_channels_of_a_series():
    made = kgen.build(
        "transformer",
        (5, 3),
        likelihood="logistic_mixture",
        levels=4,
        num_components=2,
        width=8,
    )
    assert made.likelihood.num_components == 2
    draws = made.sample(4, seed=0)
    assert np.all(np.isin(np.round(draws * 3, 3), range(4)))


def test_what_is_given_becomes_levels():
    """A value between two levels has no probability; it counts as the nearest."""
    given = np.full((1, 2, 2, 1), 0.4, "float32")
    known = np.ones((2, 2, 1), bool)
    draws = model("gated-levels").sample(given=given, known=known, seed=0)
    np.testing.assert_array_equal(draws, np.full((1, 2, 2, 1), 0.5))


def test_refused_completions():
    made = model("gated-levels")
    x = np.zeros((3, 2, 2, 1), "float32")
    known = np.ones((2, 2, 1), bool)
    for arguments, message in (
        ({"given": x}, "only one of given and known"),
        ({"known": known}, "only one of given and known"),
        ({"given": x, "known": known.astype(int)}, "bools"),
        ({"given": x, "known": np.ones((5, 2, 2, 1), bool)}, "broadcast"),
        ({"given": x[..., 0], "known": known[..., 0]}, r"expects \(batch, 2, 2, 1\)"),
        ({"given": x + 9, "known": known}, r"values in \[0, 1\]"),
        ({"given": x, "known": known, "num_samples": 4}, "3 rows in given"),
    ):
        with pytest.raises(ValueError, match=message):
            made.sample(seed=0, **arguments)


def test_other_layers_are_run_whole():
    """A causal network of layers that nobody knows still samples, only slower."""
    x = keras.Input((4, 4, 1), name="x")
    h = keras.layers.ZeroPadding2D(((2, 0), (1, 1)))(x)
    h = keras.layers.Cropping2D(((0, 1), (0, 0)))(h)
    network = keras.Model(x, keras.layers.Conv2D(1, (2, 3))(h))  # The rows above.
    made = kgen.Autoregressive(network, seed=0)
    assert made.sample(5, seed=0).shape == (5, 4, 4, 1)
    with pytest.raises(ValueError, match="ZeroPadding2D"):
        made.sample(5, seed=0, cached=True)


def differing_from_place_to_place():
    """Networks that cannot be run as if all places were alike, by what is in them."""
    layers, ops = keras.layers, keras.ops
    x = keras.Input((4, 4, 1), name="x")
    labels = keras.Input((), name="labels", dtype="int32")
    series = keras.Input((6, 2), name="x")

    def image(h):
        return causal.MaskedConv2D(1, 3)(h)

    h = causal.MaskedConv2D(4, 3, "A")(x)
    yield "PReLU", keras.Model(x, image(layers.PReLU("uniform")(h)))
    table = np.random.default_rng(0).normal(size=(4, 4, 4)).astype("float32")
    yield "Add", keras.Model(x, image(h + ops.convert_to_tensor(table)))
    maps = layers.Reshape((4, 4, 4))(layers.Embedding(3, 64)(labels))
    yield "Add", keras.Model([x, labels], image(layers.Add()([h, maps])))
    h = causal.Shift()(series)
    repeated = layers.RepeatVector(6)(layers.Embedding(3, 4)(labels))
    h = layers.Concatenate()([h, repeated])
    yield "Concatenate", keras.Model([series, labels], layers.Dense(4)(h))
    state = layers.Embedding(3, 5)(labels)
    h = layers.GRU(5, return_sequences=True)(
        causal.Shift()(series), initial_state=state
    )
    yield "GRU", keras.Model([series, labels], layers.Dense(4)(h))


@choice.parametrize("index", range(5), 2)
def test_layers_that_differ_from_place_to_place_are_run_whole(index):
    """They draw the same with and without `cached`, which says who is in the way."""
    name, network = list(differing_from_place_to_place())[index]
    likelihood = "learned_gaussian" if len(network.output_shape) == 3 else "bernoulli"
    classes = 3 if len(network.inputs) == 2 else None
    made = kgen.Autoregressive(shaken(network), likelihood, num_classes=classes)
    labels = None if classes is None else np.arange(12) % 3
    draws = made.sample(12, labels, seed=0)
    plain = made.sample(12, labels, seed=0, cached=False)
    np.testing.assert_array_equal(draws, plain)
    with pytest.raises(ValueError, match=rf"\({name}\)"):
        made.sample(12, labels, seed=0, cached=True)


def test_two_shifts():
    """The second one, behind an LSTM, has a memory of its own."""
    x = keras.Input((6, 2), name="x")
    h = keras.layers.LSTM(5, return_sequences=True)(causal.Shift()(x))
    network = keras.Model(x, keras.layers.Dense(4)(causal.Shift()(h)))
    made = kgen.Autoregressive(shaken(network), "learned_gaussian")
    cached = made.sample(20, seed=0, cached=True)
    plain = made.sample(20, seed=0, cached=False)
    np.testing.assert_allclose(cached, plain, rtol=1e-4, atol=1e-5)


def test_long_series_are_finite():
    """No uniform number is 0, whose quantile is infinite."""
    x = keras.Input((200, 1), name="x")
    network = keras.Model(x, keras.layers.Dense(1)(causal.Shift()(x)))
    made = kgen.Autoregressive(network, "gaussian")
    assert np.all(np.isfinite(made.sample(20_000, seed=0)))


def test_own_layers_may_say_that_they_are_positionwise():
    class Double(keras.layers.Layer):
        positionwise = True

        def call(self, x):
            return 2.0 * x

    x = keras.Input((4, 4, 1), name="x")
    layers = [causal.MaskedConv2D(4, 3, "A"), keras.layers.Conv2D(4, 1), Double()]
    made = kgen.Autoregressive(
        keras.Sequential([x, *layers, causal.MaskedConv2D(1, 3)])
    )
    cached = made.sample(20, seed=0, cached=True)
    np.testing.assert_array_equal(cached, made.sample(20, seed=0, cached=False))


def test_recurrent_layers_of_keras():
    x = keras.Input((6, 2), name="x")
    h = causal.Shift()(x)
    h = keras.layers.GRU(5, return_sequences=True)(h)
    h = keras.layers.SimpleRNN(5, return_sequences=True)(h)
    made = kgen.Autoregressive(
        keras.Model(x, keras.layers.Dense(4)(h)), "learned_gaussian"
    )
    cached = made.sample(20, seed=0, cached=True)
    plain = made.sample(20, seed=0, cached=False)
    np.testing.assert_allclose(cached, plain, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_the_served_sampler_is_the_cached_one(tmp_path, monkeypatch):
    def never(*_):
        raise AssertionError("exported with the whole network for each pixel")

    monkeypatch.setattr("kgen.autoregressive.model.by_image", never)
    made = model("gated-levels")
    kgen.export(made, tmp_path)
    served = kgen.serving.sample_servable(tmp_path, 20, seed=0)
    np.testing.assert_array_equal(served, made.sample(20, seed=0))


def test_what_recipes_refuse():
    for name, shape, settings, message in (
        ("pixelcnn", (8,), {}, "expects images"),
        ("pixelcnn", (8, 8, 1), {"num_codes": 4}, r"expects \(height, width\)"),
        ("made", (8,), {}, "expects images.*'maf'"),
        ("made", (2, 2, 3), {"likelihood": "logistic_mixture"}, "LogisticMixture is"),
        (
            "made",
            (8, 8, 1),
            {"hidden": ()},
            "`MADE` was given no hidden layers|hidden=",
        ),
        ("transformer", (8,), {}, r"\(steps, channels\)"),
        ("lstm", (8,), {"num_codes": 4, "levels": 3}, "Leave these out"),
        ("pixelcnn", (8, 8, 1), {"network": "deep"}, "Unknown network"),
        ("transformer", (8, 2), {"width": 6}, "multiple"),
        ("transformer", (8, 2), {"num_heads": 0}, "num_heads=0"),
        ("pixelcnn", (8, 8, 1), {"width": 0}, "width=0"),
        ("pixelcnn", (8, 8), {"num_codes": 0}, "num_codes=0"),
        ("pixelcnn", (8, 8, 1), {"likelihood": "codes"}, "pass num_codes"),
        ("lstm", (8, 8, 1), {"likelihood": "gaussian"}, "single levels"),
        ("pixelcnn", (8, 8, 1), {"likelihood": "categorical", "levels": 1}, "levels=1"),
    ):
        with pytest.raises(ValueError, match=message):
            kgen.build(name, shape, **settings)


def rounds_alike():
    """Whether products of bfloat16 matrices are rounded as convolutions are.

    TensorFlow does so where the processor has instructions for bfloat16; with AVX2
    alone half of the products have another last bit.
    """
    rng = np.random.default_rng(0)
    x = tf.cast(rng.normal(size=(4, 5, 6, 8)), tf.bfloat16)
    kernel = tf.cast(rng.normal(size=(1, 1, 8, 8)), tf.bfloat16)
    one = tf.nn.conv2d(x, kernel, 1, "VALID")
    other = tf.matmul(tf.reshape(x, [-1, 8]), kernel[0, 0])
    return bool(tf.reduce_all(tf.reshape(one, [-1, 8]) == other))


@choice.parametrize("kind", ["gated", "pixelcnn", "pixelrnn"], 1)
def test_cached_draws_of_half_precision_are_those_of_the_plain_loop(kind):
    """Sums that are made in two parts are rounded once, as the whole sum is."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        made = grid(kind, (5, 6, 1), Categorical(17), 17)
    finally:
        keras.config.set_dtype_policy(policy)
    cached = made.sample(400, seed=2, cached=True).numpy()
    plain = made.sample(400, seed=2, cached=False).numpy()
    differ = np.any(cached != plain, axis=(1, 2, 3))
    # Where half of the products have another last bit, that changes some draws.
    assert np.mean(differ) < (0.003 if rounds_alike() else 0.2)


@pytest.mark.slow
def test_sequences_of_any_units_have_the_nats_of_their_entropy():
    """Independent values of deviation 1e-3 and 1e3: log(sigma sqrt(2 pi e)) each."""
    sigma = np.array([1e-3, 1e3])
    x = np.random.default_rng(0).normal(size=(2000, 3, 2)) * sigma + 5 * sigma
    x = x.astype("float32")
    keras.utils.set_random_seed(0)
    made = kgen.build("lstm", (3, 2), width=8, seed=0)
    made.fit(x, batch_size=500, epochs=40, verbose=0)
    exact = -3 * np.sum(np.log(sigma * np.sqrt(2 * np.pi * np.e)))
    assert np.mean(made.log_prob(x)) == pytest.approx(exact, abs=0.15)
    draws = made.sample(500, seed=0).numpy()
    np.testing.assert_allclose(draws.std((0, 1)), sigma, rtol=0.15)
    np.testing.assert_allclose(draws.mean((0, 1)), 5 * sigma, rtol=0.05)


def test_values_between_levels_count_and_condition_as_the_nearest():
    made = grid("pixelcnn", (4, 4, 1), Categorical(5), 5)
    x = np.random.default_rng(0).random((8, 4, 4, 1)).astype("float32")
    levels = np.round(x * 4) / 4
    assert np.array_equal(made.log_prob(x), made.log_prob(levels))
