"""Verbs: what they refuse, in words that help, and that one graph serves any batch."""

import concurrent.futures
import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.verbs import verbs


@pytest.fixture(scope="module")
def vae():
    return kgen.build("vae", (4, 3, 1), hidden=(5,), filters=(3,), latent_dim=2, seed=0)


@pytest.fixture(scope="module")
def conditional():
    return kgen.build("cvae", (4,), num_classes=3, hidden=(5,), latent_dim=2, seed=0)


X = np.zeros((6, 4, 3, 1), "float32")


def test_a_model_has_the_verbs_that_are_true_of_it(vae):
    names = set(verbs(vae))
    assert names == {
        *("sample", "encode", "decode", "reconstruct", "vary"),
        *("elbo", "elbo_parts", "iwae_bound"),
    }
    autoencoder = kgen.build("autoencoder", (4, 3, 1))
    assert set(verbs(autoencoder)) == {"encode", "decode", "reconstruct"}
    assert not hasattr(autoencoder, "sample")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.encode(X[..., 0]), r"x of shape \(6, 4, 3\).*\(batch, 4, 3, 1\)"),
        (lambda m: m.encode(X[:, :2]), r"x of shape \(6, 2, 3, 1\)"),
        (lambda m: m.decode(np.zeros((2, 3))), r"z of shape \(2, 3\).*\(batch, 2\)"),
        (lambda m: m.decode(np.float32(0)), r"z of shape \(\)"),
        (lambda m: m.encode(X[0]), r"x of shape \(4, 3, 1\).*batch axis"),
        (lambda m: m.encode(X + 255), r"`encode`.*from 255 to 255.*\[0, 1\].*by 255"),
        (lambda m: m.elbo(X - 1), r"x from -1 to -1.*\[0, 1\].*\(x \+ 1\) / 2"),
        (lambda m: m.encode(X * np.nan), "x with NaN or infinity in 72 of 72 values"),
        (
            lambda m: m.decode([[0.0, np.inf]]),
            "z with NaN or infinity in 1 of 2 values",
        ),
        (
            lambda m: m.encode(X.astype("uint8")),
            r"x of type uint8.*255 for 8-bit",
        ),
        (lambda m: m.encode(X.astype("S3")), "x of type string.*real numbers"),
        (lambda m: m.sample(), "does not know how many rows.*num_samples"),
        (lambda m: m.sample(3, labels=[0, 1, 2]), "given labels.*has no classes"),
        (lambda m: m.sample(3, seed=-1), "seed=-1.*0 or larger"),
        (lambda m: m.sample(3, seed=[1, 2]), "vector of 3 such ints"),
        (lambda m: m.sample(3, seed=0.5), "seed=0.5.*an int"),
        (lambda m: m.encode(X - 0.5), r"from -0.5 to -0.5.*np.clip\(x, 0, 1\)"),
        (lambda m: m.elbo(X + 1.4), r"from 1.4 to 1.4.*\[0, 1\]"),
        (lambda m: m.encode(None), "x as None.*real numbers"),
        (lambda m: m.encode([[1.0], [1.0, 2.0]]), "x as a list.*the same lengths"),
        (lambda m: m.encode(tf.ragged.constant([[1.0], []])), "ragged.*to_tensor"),
        (lambda m: m.encode(tf.sparse.from_dense([[1.0]])), "sparse.*to_dense"),
        (lambda m: m.encode(np.ma.masked_equal(X, 0)), "72 masked values"),
        (lambda m: m.sample(True), "num_samples=True.*an int"),
        (lambda m: m.sample("3"), "num_samples='3'.*an int"),
        (lambda m: m.sample(3, seed="a"), "seed='a'.*an int"),
        (lambda m: m.encode(X, batch_size=0), "batch_size=0"),
        (lambda m: m.sample(-1), "num_samples=-1.*1 or larger"),
        (lambda m: m.sample(2.5), "num_samples=2.5.*an int"),
        (lambda m: m.iwae_bound(X, num_samples=0), "num_samples=0"),
    ],
)
def test_errors_say_what_was_passed_and_what_is_expected(vae, call, message):
    with pytest.raises(ValueError, match=message):
        call(vae)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "needs labels.*ints from 0 to 2"),
        ([0, 1, 3], "labels from 0 to 3.*ints from 0 to 2.*num_classes"),
        ([-1, 0, 1], "labels from -1 to 1"),
        ([0.0, 1.0, 2.0], r"type float64.*ints of shape \(3,\).*Cast them to int32"),
        (["a", "b", "c"], "type strings.*Number the classes"),
        (np.eye(3, dtype=int), r"one-hot labels by np.argmax\(labels, -1\)"),
        ([0, 1], r"labels of shape \(2,\).*\(3,\)"),
    ],
)
def test_labels_are_checked(conditional, labels, message):
    with pytest.raises(ValueError, match=message):
        conditional.sample(3, labels=labels)


def test_labels_or_seeds_tell_how_many_rows(conditional, vae):
    assert conditional.sample(labels=[2, 2]).shape == (2, 4)
    assert vae.sample(seed=[5, 6, 7]).shape == (3, 4, 3, 1)


def test_one_graph_for_all_batch_sizes_and_seeds(vae):
    for count in (1, 2, 6):
        vae.elbo(X[:count], seed=count)
    graphs = [key for key in vars(vae)["_verb_graphs"] if key[0] == "elbo"]
    assert len(graphs) == 1


def test_a_verb_inside_a_graph_is_the_plain_method(vae):
    graph = tf.function(lambda x: vae.decode(vae.encode(x)))
    np.testing.assert_allclose(graph(X), vae.reconstruct(X), rtol=1e-5)


def test_lists_and_values_a_little_outside_are_taken(vae):
    assert np.array_equal(vae.encode(X.tolist()), vae.encode(X))
    assert np.array_equal(vae.encode(X > 0), vae.encode(X))
    assert np.array_equal(vae.decode([[1, 2]]), vae.decode([[1.0, 2.0]]))
    for value in (-5e-4, 1 + 5e-4):
        assert np.array_equal(vae.encode(X + value), vae.encode(X + round(value)))
    assert vae.encode(X[:0]).shape == (0, 2)


def test_vectors_have_no_range_unless_the_likelihood_has(conditional):
    x = np.full((2, 4), 255)
    assert conditional.encode(x, labels=[0, 1]).shape == (2, 2)
    bernoulli = kgen.build("vae", (4,), likelihood="bernoulli", latent_dim=2)
    with pytest.raises(ValueError, match=r"from 255 to 255, but.*\[0, 1\]"):
        bernoulli.encode(x * 1.0)


def test_seeds_mean_the_same_in_a_users_graph(vae):
    sampled = tf.function(lambda: vae.sample(3, seed=4))()
    np.testing.assert_allclose(sampled, vae.sample(3, seed=4), rtol=1e-5, atol=1e-6)
    bound = tf.function(lambda: vae.elbo(X, seed=np.arange(6)))()
    np.testing.assert_allclose(bound, vae.elbo(X, seed=np.arange(6)), rtol=1e-5)
    bound = tf.function(lambda: vae.elbo(X, seed=7))()
    np.testing.assert_allclose(bound, vae.elbo(X, seed=7), rtol=1e-5)
    with pytest.raises(ValueError, match="In a graph `sample` needs to know its seeds"):
        tf.function(lambda: vae.sample(3))()


def test_new_networks_and_new_weights_are_seen():
    vae = kgen.build("vae", (4,), hidden=(5,), latent_dim=2, seed=0)
    before = vae.decode(np.ones((1, 2)))
    other = kgen.build("vae", (4,), hidden=(5,), latent_dim=2, seed=0)
    vae.decoder = other.decoder
    assert np.any(vae.decode(np.ones((1, 2))) != before)
    assert np.array_equal(vae.decode(np.ones((1, 2))), other.decode(np.ones((1, 2))))
    vae.decoder.set_weights([0 * weight for weight in vae.decoder.get_weights()])
    assert np.all(vae.sample(1, seed=0) == 0.0)


def test_threads_do_not_share_draws():
    vae = kgen.build("vae", (4,), activation="tanh", latent_dim=2, seed=0)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        draws = list(pool.map(lambda _: vae.sample(1).numpy(), range(200)))
    assert len(np.unique(np.concatenate(draws), axis=0)) == 200


def test_one_label_is_the_class_of_all_rows(conditional):
    expected = conditional.sample(labels=[2, 2, 2], seed=1)
    for labels in (2, np.int64(2), tf.constant(2)):
        assert np.array_equal(conditional.sample(3, labels=labels, seed=1), expected)


@pytest.mark.parametrize("likelihood", ["bernoulli", "discretized_logistic"])
def test_a_probability_stays_one_within_the_slack(likelihood):
    model = kgen.build(
        "pixelcnn", (4, 4, 1), likelihood=likelihood, width=4, num_blocks=1
    )
    for value in (-9e-4, 1 + 9e-4):
        x = np.full((2, 4, 4, 1), value, "float32")
        log_prob = model.log_prob(x)
        assert np.all(log_prob <= 0)
        assert np.array_equal(log_prob, model.log_prob(np.round(x)))
    with pytest.raises(ValueError, match=r"from -0.5 to -0.5, but.*\[0, 1\]"):
        model.log_prob(x * 0 - 0.5)


def test_one_graph_for_all_temperatures():
    flow = kgen.build("realnvp", (2,))
    draws = [flow.sample(4, seed=0, temperature=t) for t in (1.0, 0.5, 2, 0.7)]
    assert len(vars(flow)["_verb_graphs"]) == 1
    assert len({draw.numpy().tobytes() for draw in draws}) == 4


def test_one_graph_for_all_scales_of_guidance():
    model = kgen.build("ddpm", (2,), num_classes=3, num_timesteps=3)
    for guidance in (2.0, 3.5, 0.5):
        model.sample(labels=[0, 1], seed=0, guidance=guidance)
    assert len(vars(model)["_verb_graphs"]) == 1
    for guidance in (float("nan"), -1, "a"):
        with pytest.raises(ValueError, match="guidance=.*finite number"):
            model.sample(labels=[0, 1], guidance=guidance)


def test_only_the_last_graphs_are_kept(vae, monkeypatch):
    monkeypatch.setattr("kgen.core.verbs.KEPT_GRAPHS", 2)
    vae.encode(X)
    for num_samples in (1, 2, 3):
        vae.iwae_bound(X, num_samples=num_samples, seed=0)
    assert [dict(key[1])["num_samples"] for key in vars(vae)["_verb_graphs"]] == [2, 3]


def test_graphs_that_are_not_kept_are_freed(vae, monkeypatch):
    monkeypatch.setattr("kgen.core.verbs.KEPT_GRAPHS", 2)
    seen = []
    for num_samples in (4, 5, 6, 7):
        vae.iwae_bound(X, num_samples=num_samples, seed=0)
        seen.append(weakref.ref(list(vars(vae)["_verb_graphs"].values())[-1].graph))
    gc.collect()
    assert [graph() is not None for graph in seen] == [False, False, True, True]


def test_tensor_seeds_in_a_users_graph(vae):
    sampled = tf.function(lambda seed: vae.sample(seed=seed))(tf.constant([1, 2, 3]))
    np.testing.assert_allclose(sampled, vae.sample(seed=[1, 2, 3]), rtol=1e-5)
    with pytest.raises(ValueError, match=r"tensor seed of shape \(\).*row_seeds"):
        tf.function(lambda seed: vae.sample(3, seed=seed))(tf.constant(1))


@pytest.mark.parametrize("recipe", ["vae", "gated-pixelcnn", "ddpm", "vq-vae"])
def test_no_rows_give_no_rows(recipe):
    sizes = {"gated-pixelcnn": {"width": 4}, "ddpm": {"num_timesteps": 3, "levels": 2}}
    model = kgen.build(recipe, (4, 4, 1), seed=0, **sizes.get(recipe, {}))
    x = np.zeros((0, 4, 4, 1), "float32")
    for name in ("encode", "log_prob", "elbo"):
        if hasattr(model, name):
            assert getattr(model, name)(x).shape[0] == 0
