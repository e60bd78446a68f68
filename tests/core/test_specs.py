"""One table says what a model takes: in `fit`, in its verbs and in an export."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import testing
from kgen.core.random import normal_rows
from kgen.core.specs import Codes, Labels, Mask, Real, Seeds, Weights
from kgen.core.verbs import input_specs

RNG = np.random.default_rng(0)
SIZE, LENGTH, NUM_TOKENS = 4, 3, 5


class Everything(kgen.GenerativeModel):
    """A second domain, a style, a mask, padded tokens, an image as a condition."""

    terms = ("loss", "masked_error")

    def __init__(self, network, embedding, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.embedding = embedding
        self.data_shape = (SIZE,)

    @property
    def data_specs(self):
        specs = super().data_specs
        own = {
            "y": Real((SIZE,), (-1.0, 1.0), called="targets"),
            "tokens": Codes((LENGTH,), NUM_TOKENS, lowest=-1),
            "mask": Mask((SIZE,), optional=True),
            "context": Real((2, 2, 1), (0.0, 1.0)),
        }
        return {"x": specs.pop("x"), **own, **specs}

    @property
    def argument_specs(self):
        return {**super().argument_specs, "w": Real((SIZE,))}

    def _output(self, x, tokens, context):
        padded = tokens[..., None] >= 0
        words = tf.where(padded, self.embedding(tf.maximum(tokens, 0)), 0)
        image = tf.reshape(context, [-1, 4])
        words = tf.cast(tf.reduce_sum(words, 1), tf.float32)
        h = self.network(tf.concat([x, words, image], -1))
        return tf.cast(h, tf.float32)

    def objective(self, x, y, tokens, mask=None, labels=None, training=False):
        assert labels.shape[1:] == (2, 2, 1)  # The condition, whatever it is.
        error = (self._output(x, tokens, labels) - y) ** 2
        count = tf.ones_like(error) if mask is None else tf.cast(mask, tf.float32)
        return {
            "loss": tf.reduce_sum(error, -1),
            "masked_error": tf.reduce_sum(count * error, -1),
        }

    @kgen.verb(returns="y")
    def translate(self, x, tokens, labels=None):
        return self._output(x, tokens, labels)

    @kgen.verb(returns="y")
    def style(self, w, seed=None):
        return w + normal_rows(seed, (SIZE,))

    @kgen.verb(returns="x")
    def shift(self, x, w):
        return x + w

    @kgen.verb(returns="x")
    def keep(self, x, mask=None):
        return x if mask is None else tf.where(mask, x, 0.0)


def made():
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((SIZE + 3 + 4,)), keras.layers.Dense(SIZE)])
    words = keras.Sequential(
        [keras.Input((None,), dtype="int32"), keras.layers.Embedding(NUM_TOKENS, 3)]
    )
    model = Everything(network, words, seed=0)
    model.compile(keras.optimizers.SGD(0.1))
    return model


def parts(count=6):
    rng = np.random.default_rng(1)
    return {
        name: spec.example(count, rng)
        for name, spec in made().data_specs.items()
        if name != "weights"
    }


def loader(batches):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return len(batches)

        def __getitem__(self, index):
            return batches[index]

    return Batches()


def test_every_container_gives_the_same_step():
    arrays = parts()
    tensors = {name: tf.constant(value) for name, value in arrays.items()}
    dataset = tf.data.Dataset.from_tensor_slices(arrays).batch(6)
    expected = made().fit(arrays, batch_size=6, verbose=0).history
    rest = {k: v for k, v in arrays.items() if k != "y"}
    for data in (
        (tensors,),
        (dataset,),
        (dataset.map(lambda d: ({k: d[k] for k in rest}, d["y"])),),
        (loader([arrays]),),
        (iter([arrays]),),
        (Again([arrays]),),
        (rest, arrays["y"]),
    ):
        arguments = {"batch_size": 6} if isinstance(data[0], dict) else {}
        if hasattr(data[0], "__next__"):
            arguments = {"steps_per_epoch": 1}
        found = made().fit(*data, **arguments, verbose=0).history
        assert found.keys() == expected.keys()
        for name, values in found.items():
            np.testing.assert_allclose(values, expected[name], rtol=1e-6)


class Again:
    """A loader of another library: it can be iterated again and again."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)


def test_weights_count_and_an_optional_part_may_be_absent():
    arrays = parts()
    mask = arrays.pop("mask")
    logs = made().evaluate(arrays, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(logs["masked_error"])
    weights = np.array([1, 0, 0, 0, 0, 0], "float32")
    full = {**arrays, "mask": mask}
    one = {name: value[:1] for name, value in full.items()}
    expected = made().evaluate(one, verbose=0, return_dict=True)
    beside, among = {"x": full, "sample_weight": weights}, {**full, "weights": weights}
    for data in (beside, {"x": among}):
        found = made().evaluate(**data, verbose=0, return_dict=True)
        assert found == pytest.approx(expected, rel=1e-5)
    split = made().fit(full, validation_split=0.5, batch_size=3, verbose=0).history
    assert "val_masked_error" in split


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": None}, r"data with no targets, but needs it.*values in \[-1, 1\]"),
        ({"y": np.full((6, SIZE), 3.0, "float32")}, r"targets from 3 to 3.*\[-1, 1\]"),
        ({"y": np.zeros((6, SIZE + 1), "float32")}, "targets of shape"),
        ({"tokens": np.full((6, LENGTH), NUM_TOKENS)}, "tokens from 5 to 5.*-1 to 4"),
        ({"tokens": np.zeros((6, LENGTH))}, "tokens of type float64"),
        ({"mask": np.ones((6, SIZE))}, "mask of type float64, but expects bools"),
        ({"context": np.zeros((6, 2), "float32")}, "context of shape"),
        ({"contxt": np.zeros(6)}, "part 'contxt', but takes.*mean 'context'"),
    ],
)
@pytest.mark.parametrize("kind", ["arrays", "dataset", "loader"])
def test_what_a_part_cannot_be_is_said_by_its_name(change, message, kind):
    data = {k: v for k, v in {**parts(), **change}.items() if v is not None}
    if kind == "dataset":
        data = tf.data.Dataset.from_tensor_slices(data).batch(6)
    elif kind == "loader":
        data = loader([data])
    with pytest.raises(ValueError, match=message):
        made().fit(data, verbose=0)


@pytest.mark.parametrize("wrap", [dict, lambda data: loader([data])])
def test_parts_have_as_many_rows(wrap):
    data = {**parts(), "y": np.zeros((5, SIZE), "float32")}
    with pytest.raises(ValueError, match="5 rows of y.*equal numbers"):
        made().fit(wrap(data), verbose=0)


def test_a_part_is_given_once():
    arrays = parts()
    with pytest.raises(ValueError, match="targets twice"):
        made().fit(arrays, arrays["y"], verbose=0)


def test_verbs_take_parts_by_name():
    model, arrays = made(), parts()
    x, tokens, context = (arrays[name] for name in ("x", "tokens", "context"))
    whole = model.translate(x, tokens, context=context)
    part = model.translate(x[:2], tokens[:2], context=context[:2])
    np.testing.assert_allclose(whole[:2], part, rtol=1e-5, atol=1e-6)
    dataset = tf.data.Dataset.from_tensor_slices(arrays).batch(4)
    found = model.translate(dataset, None)
    np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-6)
    assert np.array_equal(model.keep(x), x)
    kept = model.keep(x, mask=arrays["mask"])
    assert np.array_equal(kept, np.where(arrays["mask"], x, 0.0))
    w = np.ones((2, SIZE), "float32")
    styled = model.style(w, seed=3)
    # In a graph the rows of any argument tell how many seeds an int stands for.
    np.testing.assert_allclose(tf.function(lambda: model.style(w, seed=3))(), styled)
    with pytest.raises(ValueError, match="5 rows of tokens for 6 rows"):
        model.translate(x, tokens[:5], context=context)
    with pytest.raises(ValueError, match="tokens from 5 to 5"):
        model.translate(x, np.full_like(tokens, 5), context=context)
    with pytest.raises(ValueError, match="no context"):
        model.translate(x, tokens)


def test_a_data_set_as_x_takes_no_rows_beside_it():
    model, arrays = made(), parts()
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(3)
    tokens = arrays["tokens"]
    with pytest.raises(ValueError, match="tokens besides. Put them into the data set"):
        model.translate(data, tokens)
    with pytest.raises(ValueError, match="w besides. Pass x as an array, too"):
        model.shift(data, np.ones((3, SIZE), "float32"))
    classes = kgen.build("cvae", (2,), num_classes=2, latent_dim=1, hidden=(3,))
    points = np.zeros((4, 2), "float32")
    labelled = tf.data.Dataset.from_tensor_slices((points, [0, 1, 0, 1])).batch(2)
    with pytest.raises(ValueError, match="with labels in it, and labels besides"):
        classes.encode(labelled, labels=0)


class Masked(kgen.GenerativeModel):
    """The second part may be left out."""

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.data_shape = (SIZE,)

    @property
    def data_specs(self):
        x, weights = super().data_specs.values()
        return {"x": x, "mask": Mask((SIZE,), optional=True), "weights": weights}

    def objective(self, x, mask=None, labels=None, training=False):
        return {"loss": tf.reduce_sum((self.network(x) - x) ** 2, -1)}


def test_weights_without_an_optional_second_part():
    """A generator and a `PyDataset` can hold no `None`."""
    inputs = keras.Input((SIZE,))
    model = Masked(keras.Model(inputs, keras.layers.Dense(SIZE)(inputs)), seed=0)
    model.compile(keras.optimizers.SGD(0.0))
    x, weights = parts()["x"], np.array([1, 0, 0, 0, 0, 0], "float32")
    expected = pytest.approx(model.evaluate(x[:1], verbose=0), rel=1e-5)
    batch = (x, None, weights)
    for data in (loader([batch]), Again([batch]), {"x": x, "weights": weights}):
        assert model.evaluate(data, verbose=0) == expected
    assert model.evaluate(x, sample_weight=weights, verbose=0) == expected


def test_an_export_has_the_required_parts():
    model = made()
    assert list(input_specs(model, type(model).keep)) == ["x"]
    assert list(input_specs(model, type(model).translate)) == ["x", "tokens", "context"]
    assert input_specs(model, type(model).translate)["tokens"] == tf.TensorSpec(
        (None, LENGTH), tf.int32, "tokens"
    )


@pytest.mark.parametrize("check", testing.CHECKS, ids=lambda check: check.__name__)
def test_a_model_with_every_kind_of_part_keeps_the_contract(check):
    arrays = parts(11)
    check(made(), arrays["x"], arrays["context"])


def test_it_is_served_without_kgen(tmp_path):
    arrays = parts(11)
    testing.write_servable(made(), arrays["x"], arrays["context"], tmp_path)
    testing.check_servables([tmp_path])


@pytest.mark.parametrize(
    "spec",
    [
        Real((2, 3)),
        Real((2,), (0.0, 1.0)),
        Codes((2,), 4, lowest=-1),
        Labels(3),
        Mask((2, 2)),
        Weights(),
        Seeds(),
    ],
    ids=repr,
)
def test_an_example_passes_its_own_checks(spec):
    value = spec.example(5, RNG)
    assert value.shape == (5, *spec.shape) and value.dtype == spec.dtype
    if not isinstance(spec, (Mask, Seeds)):
        assert spec.limits.allow(value.min(), value.max())
    spec.check_form("x", tf.constant(value))
    if not isinstance(spec, Seeds):
        assert spec.cast(tf.constant(value)).shape[1:] == spec.shape
