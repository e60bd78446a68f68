"""The StackGAN: its KL term, its mismatched pairs, its stages and its text encoder."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

import kgen
from kgen.adversarial.stack.conditioning import drawn_around, kl_divergence
from kgen.adversarial.stack.mismatch import mismatched
from kgen.core.distribution.batch import sample_weights
from kgen.testing.replica_checks import pair
from kgen.testing.tools import reloaded

SHAPE = (5, 6, 1)
TINY = kgen.recipes.RECIPES["stackgan"].tiny
RNG = np.random.default_rng(0)
X = RNG.random((12, *SHAPE)).astype("float32")
TOKENS = RNG.integers(0, 5, (12, 3)).astype("int32")
CONTEXT = RNG.normal(size=(12, 2)).astype("float32")


def stackgan(**settings):
    keras.utils.set_random_seed(0)
    settings = {"context_shape": 2, "seed": 0, **TINY, **settings}
    return kgen.build("stackgan", SHAPE, **settings)


def encoder(trainable=True):
    keras.utils.set_random_seed(0)
    tokens = keras.Input((3,), name="tokens", dtype="int32")
    words = keras.layers.Embedding(5, 2)(tokens)
    network = keras.Model(tokens, keras.layers.GlobalAveragePooling1D()(words))
    network.trainable = trainable
    return network


def of_tokens(trainable=True, **settings):
    return stackgan(text_encoder=encoder(trainable), num_words=5, **settings)


def parts_of(gan):
    """The six networks of a StackGAN by name."""
    return {n: getattr(gan, n) for n in kgen.recipes.RECIPES["stackgan"].networks}


@pytest.fixture(scope="module")
def gan():
    return stackgan()


def test_the_kl_term_is_the_integral():
    """Of `q log(q / p)` in two independent dimensions."""
    mean, log_var = np.array([[0.3, -1.2]]), np.array([[0.0, 1.1]])
    found = kl_divergence(tf.constant(mean), tf.constant(log_var)).numpy()

    def term(x, m, s):
        q = stats.norm(m, s)
        return q.pdf(x) * (q.logpdf(x) - stats.norm.logpdf(x))

    scales = np.exp(0.5 * log_var)
    expected = sum(
        integrate.quad(term, -25, 25, (m, s))[0]
        for m, s in zip(mean[0], scales[0], strict=True)
    )
    np.testing.assert_allclose(found, [expected], rtol=1e-7)
    assert kl_divergence(tf.zeros((1, 3)), tf.zeros((1, 3))).numpy() == 0.0


def test_the_vectors_have_the_mean_and_the_variance_of_the_augmenter(gan):
    embedding = np.repeat(CONTEXT[:1], 20_000, axis=0)
    noise = tf.random.stateless_normal((20_000, 2), (0, 1))
    vectors, kl = drawn_around(gan.augmenter, embedding, noise)
    mean, log_var = np.split(gan.augmenter(CONTEXT[:1]).numpy()[0], 2)
    np.testing.assert_allclose(np.mean(vectors, axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.var(vectors, axis=0), np.exp(log_var), rtol=0.05)
    assert kl.shape == (20_000,) and np.all(kl >= 0)


def by_hand(condition, weight):
    """The next row with another condition and some weight, by loops."""
    rows, found = [], []
    for i in range(len(condition)):
        order = [(i + k) % len(condition) for k in range(1, len(condition))]
        usable = [
            j for j in order if weight[j] > 0 and np.any(condition[j] != condition[i])
        ]
        rows.append(condition[usable[0]] if usable else None)
        found.append(bool(usable))
    return rows, found


@pytest.mark.parametrize(
    "condition",
    [
        np.array([0, 0, 1, 2, 2, 2, 1]),
        np.array([3, 3, 3]),
        np.array([1]),
        TOKENS,
        np.repeat(CONTEXT, 2, axis=0),
    ],
    ids=["labels", "all the same", "one row", "tokens", "vectors"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_mismatch_is_the_next_other_condition(condition, weighted):
    weight = (np.arange(len(condition)) % 3 != 1).astype("float32")
    with sample_weights(tf.constant(weight) if weighted else None):
        rows, found = mismatched(tf.constant(condition))
    expected = by_hand(condition, weight if weighted else np.ones(len(condition)))
    assert found.numpy().tolist() == expected[1]
    for row, wanted in zip(rows.numpy(), expected[0], strict=True):
        if wanted is not None:
            np.testing.assert_array_equal(row, wanted)


@pytest.mark.parametrize("first", [1, 3, 6])
def test_a_mismatch_may_be_on_another_replica(first):
    """Shards of different sizes; the last one may be a stand-in of weight 0."""
    condition = np.array([0, 0, 1, 1, 2, 0], "int32")
    shards = [condition[:first], condition[first:]]
    weights = [np.ones(len(shard), "float32") for shard in shards]
    if first == len(condition):
        shards[1], weights[1] = np.array([7], "int32"), np.zeros(1, "float32")
    strategy = pair()

    def values(parts):
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(parts[context.replica_id_in_sync_group])
        )

    @tf.function
    def run(shard, weight):
        def each(shard, weight):
            with sample_weights(weight):
                return mismatched(shard)

        return strategy.run(each, (shard, weight))

    rows, found = map(
        strategy.experimental_local_results, run(values(shards), values(weights))
    )
    rows, found = (np.concatenate(parts)[: len(condition)] for parts in (rows, found))
    expected = by_hand(condition[:, None], np.ones(len(condition)))
    assert found.tolist() == expected[1]
    assert rows.tolist() == [row[0] for row in expected[0]]


def test_small_images_are_means_of_pixels(gan):
    expected = np.zeros((12, 3, 3, 1))
    for i in range(3):
        for j in range(3):
            block = X[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            expected[:, i, j] = block.mean(axis=(1, 2))
    np.testing.assert_allclose(gan.shrunk(X), expected, rtol=1e-6)
    quarter = stackgan(filters=(4, 4))
    assert quarter.small_shape == (2, 2, 1) == quarter.shrunk(X).shape[1:]


def test_a_discriminator_step_by_hand():
    """The losses of the three kinds of pairs, each from its own call of the network."""
    gan = stackgan(mismatch=0.25)
    fake = RNG.random((12, *SHAPE)).astype("float32")
    terms = gan.judged("", X, fake, CONTEXT, training=True)
    other = np.roll(CONTEXT, -1, axis=0)
    pairs = (X, CONTEXT), (fake, CONTEXT), (X, other)
    real, fake, wrong = (gan.discriminator(p).numpy()[:, 0] for p in pairs)
    softplus = lambda x: np.logaddexp(0.0, x)  # noqa: E731
    expected = softplus(-real) + 0.75 * softplus(fake) + 0.25 * softplus(wrong)
    np.testing.assert_allclose(terms["discriminator_loss"], expected, rtol=1e-5)
    scores = 1 / (1 + np.exp(-wrong))
    np.testing.assert_allclose(terms["mismatched_score"], scores, rtol=1e-5)


def test_without_a_mismatch_the_fake_pair_counts_for_it():
    gan = stackgan(mismatch=1.0)
    fake, same = RNG.random((3, *SHAPE)).astype("float32"), np.ones((3, 2), "float32")
    terms = gan.judged("", X[:3], fake, same, training=True)
    np.testing.assert_array_equal(terms["mismatched_score"], terms["fake_score"])


def test_a_sample_is_a_refined_small_sample(gan):
    seeds = np.arange(12)
    small = gan.sample_small(context=CONTEXT, seed=seeds)
    large = gan.sample(context=CONTEXT, seed=seeds)
    assert small.shape == (12, 3, 3, 1) and large.shape == (12, *SHAPE)
    refined = gan.refine(small, context=CONTEXT, seed=seeds)
    np.testing.assert_allclose(large, refined, atol=1e-6)
    part = gan.sample(context=CONTEXT[3:5], seed=seeds[3:5])
    np.testing.assert_allclose(large[3:5], part, atol=1e-6)
    assert np.any(large != gan.sample(context=CONTEXT + 1, seed=seeds))


def values(networks):
    return [w for network in networks for w in network.get_weights()]


def moved(before, after):
    return [np.any(one != other) for one, other in zip(before, after, strict=True)]


def test_stages_may_play_one_after_the_other():
    gan = stackgan(small_rounds=2)
    gan.run_eagerly = True  # The rounds of graphs are tested with games.
    stages = (
        [gan.small_augmenter, gan.small_generator, gan.small_discriminator],
        [gan.augmenter, gan.generator, gan.discriminator],
    )
    for rounds in range(4):
        before = [values(stage) for stage in stages]
        logs = gan.train_on_batch(X, CONTEXT, return_dict=True)
        first, second = (
            moved(b, values(stage)) for b, stage in zip(before, stages, strict=True)
        )
        assert all(first) == (rounds < 2) == (not any(second))
        assert any(first) != any(second)
        assert np.isnan(logs["generator_loss"]) == (rounds < 2)
    names = ("small_generator", "generator")
    steps = [int(getattr(gan, f"{n}_optimizer").iterations) for n in names]
    assert steps == [2, 2] and int(reloaded(gan).optimizer.iterations) == 4


@pytest.mark.parametrize("trainable", [True, False])
def test_a_text_encoder_is_trained_unless_it_is_frozen(trainable):
    gan = of_tokens(trainable)
    gan.run_eagerly = True
    before = gan.text_encoder.get_weights()
    gan.train_on_batch(X, TOKENS)
    assert moved(before, gan.text_encoder.get_weights()) == [trainable]


def test_a_caption_may_be_tokens():
    gan = of_tokens()
    samples = gan.sample(context=TOKENS, seed=0)
    assert np.any(samples != gan.sample(context=TOKENS[::-1], seed=0))
    encoded = gan.text_encoder(TOKENS).numpy()
    plain = kgen.StackGAN(context_shape=2, **parts_of(gan))
    np.testing.assert_allclose(samples, plain.sample(context=encoded, seed=0), 1e-5)
    with pytest.raises(ValueError, match="ints from 0 to 4.*number tokens from 0"):
        gan.sample(context=TOKENS + 1, seed=0)


def test_the_embedding_is_trained_for_what_it_says_not_for_what_is_seen():
    """With c held at N(0, I), images do not depend on it, and it gets no gradient."""
    gan = of_tokens()
    gan.small_augmenter.set_weights([0 * w for w in gan.small_augmenter.get_weights()])
    parts = {"x": tf.constant(X), "labels": tf.constant(TOKENS)}
    player = gan.player("small_generator")
    _, gradients = gan.objective_gradients(player, parts, None, training=True)
    assert np.all(tf.convert_to_tensor(gradients[0]) == 0)
    assert np.any(gradients[-1] != 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"context_shape": None}, "was given no condition.*context_shape"),
        ({"num_words": 5}, "text_encoder=None and num_words=5"),
        ({"context_shape": 3}, r"context_shape=\(3,\).*of the shapes"),
        (
            {"augmenter": kgen.networks.stack_augmenter(3, context_shape=2)},
            r"augmenter's output has shape \(6,\), but.*need \(4,\)",
        ),
        (
            {"generator": kgen.networks.stack_generator((9, 9, 1), 2, (4,))},
            "discriminator of a StackGAN takes images of shape",
        ),
        (
            {
                "discriminator": kgen.networks.dcgan_discriminator(
                    (5, 6, 1), (4,), normalization=None, context_shape=2
                ),
                "small_generator": kgen.networks.dcgan_generator(
                    3, (2, 3, 1), (4,), context_shape=2
                ),
            },
            "small_discriminator of a StackGAN takes images of shape",
        ),
    ],
)
def test_what_does_not_fit_is_refused(gan, change, words):
    with pytest.raises(ValueError, match=words):
        kgen.StackGAN(**{"context_shape": 2, **parts_of(gan), **change})


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="expect images"):
        kgen.build("stackgan", (8,), context_shape=2)
    with pytest.raises(ValueError, match="or context_shape"):
        kgen.build("stackgan", SHAPE)


@pytest.mark.slow
def test_another_compile_keeps_the_rounds():
    """Stage 1 rests after its rounds, whatever the optimizers are."""
    keras.utils.set_random_seed(0)
    tiny = kgen.recipes.RECIPES["stackgan"].tiny_for((8, 8, 1))
    gan = kgen.build("stackgan", (8, 8, 1), num_classes=3, small_rounds=2, **tiny)
    x, labels = np.zeros((8, 8, 8, 1), "float32"), np.arange(8) % 3
    gan.fit(x, labels, batch_size=4, verbose=0)
    with pytest.raises(ValueError, match="steps_per_execution"):
        gan.compile("sgd", steps_per_execution="a")
    gan.compile("sgd")
    assert int(gan.optimizer.iterations) == 2
    gan.fit(x, labels, batch_size=4, verbose=0)
    assert int(gan.small_generator_optimizer.iterations) == 0
    assert int(gan.generator_optimizer.iterations) == 2
