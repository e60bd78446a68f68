"""Data: what makes no sense is refused in one sentence, wherever it comes in."""

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.checks.data import check_not_empty, data_error, with_value_checks
from kgen.core.checks.limits import FINITE, extremes
from kgen.core.parts import check_parts, parts_of

SIZES = {"hidden": (7,), "filters": (4, 5), "latent_dim": 3}
RNG = np.random.default_rng(0)
X = RNG.random((8, 5, 6, 1), "float32")
X[0, 0, 0], X[0, 0, 1] = 0.0, 1.0
Y = np.array([0, 1, 2, 0, 1, 2, 0, 1])
W = np.linspace(0.0, 2.0, 8, dtype="float32")


@pytest.fixture(scope="module")
def vae():
    return kgen.build("vae", (5, 6, 1), **SIZES)


@pytest.fixture(scope="module")
def conditional():
    return kgen.build("vae", (5, 6, 1), num_classes=3, **SIZES)


@pytest.fixture(scope="module")
def points():
    return kgen.build("autoencoder", (2,), reconstruction_loss="mse")


def dataset(*arrays, batch_size=8):
    element = arrays[0] if len(arrays) == 1 else arrays
    return tf.data.Dataset.from_tensor_slices(element).batch(batch_size)


def refused(model, data, argument="x"):
    """The sentence with which reading the data set fails."""
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        list(with_value_checks(model, data, argument))
    found = data_error(model, caught.value)
    assert isinstance(found, ValueError)
    return str(found)


def put(array, value, *index):
    array = array.copy()
    array[index] = value
    return array


@pytest.mark.parametrize(
    "data",
    [
        (X,),
        (X, Y),
        (X, Y, W),
        (X, Y - 5),
        (X[:0], Y[:0], W[:0]),
        (X.astype("float64"),),
        (X.astype("float16"), Y.astype("uint8")),
        (X > 0.5,),
        (X + 9e-4,),
    ],
)
def test_good_data_passes_unchanged(vae, data):
    data = dataset(*data, batch_size=3)
    found = with_value_checks(vae, data)
    assert found.element_spec == data.element_spec
    assert found.cardinality() == data.cardinality()
    for one, other in zip(found, data, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, one, other)


def test_structure_and_options_are_kept(vae):
    data = dataset(X).map(lambda x: (x, None, tf.ones_like(x[:, 0, 0, 0])))
    options = tf.data.Options()
    options.autotune.enabled = False
    options.deterministic = False
    found = with_value_checks(vae, data.with_options(options))
    assert found.element_spec == data.element_spec
    assert next(iter(found))[1] is None
    assert found.options().autotune.enabled is False
    assert found.options().deterministic is False
    (only,) = next(iter(with_value_checks(vae, dataset(X).map(lambda x: (x,)))))
    np.testing.assert_array_equal(only, X)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (X * 255, ["This VAE", "x from 0 to 255,", "in [0, 1]", "Divide x by 255."]),
        (X * 16, ["x from 0 to 16,", "the largest value that it can take"]),
        (X * 2 - 1, ["x from -1 to 1,", "in [0, 1]", "(x + 1) / 2"]),
        (X * 4 - 2, ["x from -2 to 2,", "in [0, 1]", "Scale x"]),
        (X + 2e-3, ["x from 0.002 to 1.002,", "Clip x"]),
        (put(X, np.nan, 3, 1), ["NaN or infinity in 6 of 240 values", "Leave out"]),
        (put(X, -np.inf, 7, 4, 5, 0), ["infinity in 1 of 240 values"]),
        (X * np.nan, ["NaN or infinity in 240 of 240 values"]),
    ],
)
def test_data_that_makes_no_sense_is_refused(vae, x, words):
    sentence = refused(vae, dataset(x))
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence and "refuses" not in sentence
    assert sentence == refused(vae, dataset(x, Y, W))


def test_one_nan_is_found_wherever_it_is():
    for place in range(X.size):
        x = X.copy()
        x.flat[place] = np.nan
        low, high, bad, _ = extremes(x)
        assert not FINITE.allow(low, high) and bad == 1
    low, high, bad, size = extremes(X)
    assert FINITE.allow(low, high) and bad == 0 and size == X.size


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_without_a_range_data_need_only_be_finite(points, value):
    x = RNG.normal(size=(8, 2)).astype("float32") * 1e3
    assert len(list(with_value_checks(points, dataset(x)))) == 1
    sentence = refused(points, dataset(put(x, value, 2, 1)))
    assert "infinity in 1 of 16 values, but expects finite values" in sentence


@pytest.mark.parametrize(
    ("labels", "found"), [(Y + 1, "from 1 to 3"), (Y[:, None] - 1, "from -1 to 1")]
)
def test_labels_are_classes(conditional, labels, found):
    assert len(list(with_value_checks(conditional, dataset(X, Y)))) == 1
    sentence = refused(conditional, dataset(X, labels))
    assert f"labels {found}, but expects ints from 0 to 2" in sentence


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        (W - 1, "weights from -1 to 1,"),
        (put(W, np.nan, 0), "infinity in 1 of 8"),
        (put(W, np.inf, 0), "infinity in 1 of 8"),
    ],
)
def test_weights_are_finite_and_not_negative(vae, weights, found):
    sentence = refused(vae, dataset(X, Y, weights))
    assert found in sentence and "0 or larger" in sentence


def test_the_argument_is_named(vae):
    sentence = refused(vae, dataset(X * 255), "validation_data")
    assert "given x in validation_data from 0 to 255" in sentence


@pytest.mark.parametrize("strategy", [None, "mirrored"])
def test_fit_and_evaluate_raise_the_sentence_alone(strategy):
    scope = tf.distribute.MirroredStrategy(["CPU:0"]) if strategy else None
    scope = scope or tf.distribute.get_strategy()
    with scope.scope():
        vae = kgen.build("vae", (5, 6, 1), **SIZES)
    data = dataset(np.concatenate([X, X * 255]), batch_size=4)
    sentence = r"^This VAE was given x from \S+ to \S+, but .* Divide x by 255\.$"
    with pytest.raises(ValueError, match=sentence):
        vae.fit(data, verbose=0)
    with pytest.raises(ValueError, match="^This VAE .* in validation_data from"):
        vae.fit(X, validation_data=data, verbose=0)
    with pytest.raises(ValueError, match=sentence):
        vae.evaluate(data, verbose=0)


def test_other_errors_are_not_taken_for_ours(vae):
    for text in ("a matrix", "assertion failed: [This VAE was given x] [0] [255]"):
        error = tf.errors.InvalidArgumentError(None, None, text)
        assert data_error(vae, error) is None


def test_a_dataset_without_a_batch_is_refused():
    data = tf.data.Dataset.range(3)
    for some in (data.batch(3), data.filter(lambda row: row > 5)):
        check_not_empty(some)
    with pytest.raises(ValueError, match="as validation_data.*no batch.*batch_size"):
        check_not_empty(data.batch(4, drop_remainder=True), "validation_data")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((X.astype("uint8"),), r"x of type uint8.*floats in \[0, 1\].*255 for 8-bit"),
        ((X.astype("complex64"),), "x of type complex64.*real numbers"),
        ((X.astype("S3"),), "x of type string.*real numbers"),
        ((X[..., 0],), r"x of shape \(None, 5, 6\).*\(batch, 5, 6, 1\).*\[..., None\]"),
        ((X.repeat(3, -1),), "3 channels rather than 1"),
        ((X.swapaxes(1, 3).swapaxes(2, 3),), "np.moveaxis"),
        ((X[:, :3],), r"x of shape \(None, 3, 6, 1\)"),
        (({"a": X},), "data with the part 'a', but takes x, weights"),
        (({"x": {"a": X}},), "x of type dict.*one dense tensor"),
        ((X, Y, W.astype("S3")), "weights of type string"),
        ((X, Y, X), r"weights of shape \(None, 5, 6, 1\).*\(batch,\)"),
        ((X, X), r"labels of shape \(None, 5, 6, 1\).*has no condition.*corruption"),
        ((X, Y, W, W), "data of 4 parts"),
        ((X, {"a": Y}), "labels of type dict"),
    ],
)
def test_wrong_types_and_shapes_are_refused_before_training(vae, arrays, message):
    with pytest.raises(ValueError, match=message):
        check_parts(vae, parts_of(vae, dataset(*arrays).element_spec))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (Y.astype("float32"), "labels of type float32.*ints from 0 to 2.*Cast"),
        (np.eye(3)[Y], r"labels of shape \(None, 3\).*argmax"),
        (None, "no labels.*is conditional.*ints from 0 to 2"),
    ],
)
def test_wrong_labels_are_refused_before_training(conditional, labels, message):
    data = dataset(X) if labels is None else dataset(X, labels)
    with pytest.raises(ValueError, match=message):
        check_parts(conditional, parts_of(conditional, data.element_spec))


def test_a_dataset_without_batches_of_examples_is_told_so(vae):
    with pytest.raises(ValueError, match=r"shape \(5, 6, 1\).*\.batch\(32\)"):
        check_parts(vae, parts_of(vae, dataset(X).unbatch().element_spec))


def test_what_has_always_been_taken_is_taken(vae, conditional, points):
    for model, arrays in (
        (vae, (X > 0.5,)),
        (points, (np.ones((8, 2), "int64"),)),
        (conditional, (X, Y[:, None], W[:, None])),
    ):
        check_parts(model, parts_of(model, dataset(*arrays).element_spec))
        check_parts(model, parts_of(model, next(iter(dataset(*arrays)))))


@pytest.mark.parametrize(
    ("recipe", "settings", "data_range"),
    [
        ("vae", {"likelihood": "bernoulli"}, (0.0, 1.0)),
        ("vae", {"likelihood": "categorical"}, (0.0, 1.0)),
        ("vae", {"likelihood": "discretized_logistic"}, (0.0, 1.0)),
        ("vae", {"likelihood": "gaussian"}, None),
        ("vae", {"likelihood": "learned_gaussian"}, None),
        ("autoencoder", {"reconstruction_loss": "mse"}, None),
        (
            "autoencoder",
            {"reconstruction_loss": "bce", "output_activation": "sigmoid"},
            (0.0, 1.0),
        ),
    ],
)
def test_images_have_a_range_and_vectors_where_the_model_says_so(
    recipe, settings, data_range
):
    assert kgen.build(recipe, (4,), **settings).data_range == data_range
    assert kgen.build(recipe, (4, 4, 1), **settings).data_range == (0.0, 1.0)


def test_labels_and_contexts_are_called_so_wherever_they_come():
    x, bad = np.zeros((4, 3), "float32"), np.full((4, 2), np.nan, "float32")
    model = kgen.build("vae", (3,), latent_dim=2, hidden=(3,), context_shape=2)
    with pytest.raises(ValueError, match="given context with NaN"):
        model.fit(x, bad, verbose=0)
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(3,))
    with pytest.raises(ValueError, match="given labels in validation_data of type"):
        model.fit(x, np.zeros(4, int), validation_data=(x, np.zeros(4)), verbose=0)
