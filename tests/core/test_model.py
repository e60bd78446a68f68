"""The training loop: exact means, weights, penalties, precision; and a new model."""

import pathlib
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.model import GenerativeModel
from kgen.testing import check_model


class Mean(GenerativeModel):
    """The loss of an example is |f(x) - x|^2, with no noise: gradients are exact."""

    terms = ("loss", "size")

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.data_shape = kgen.networks.input_shape(network, "x")

    def objective(self, x, labels=None, training=False):
        y = kgen.networks.apply(self.network, x, labels, training)
        return {
            "loss": tf.reduce_sum((y - x) ** 2, -1),
            "size": tf.reduce_sum(x**2, -1),
        }


def mean_model(optimizer=None, **layer):
    keras.utils.set_random_seed(0)
    x = keras.Input((3,), name="x")
    model = Mean(keras.Model(x, keras.layers.Dense(3, **layer)(x)))
    model.compile(optimizer or keras.optimizers.SGD(0.01))
    return model


X = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")


def test_loss_is_the_mean_over_examples():
    model = mean_model()
    logs = model.evaluate(X, batch_size=4, verbose=0, return_dict=True)
    assert logs["size"] == pytest.approx(np.mean(np.sum(X**2, -1)), rel=1e-6)
    expected = np.mean(np.sum((model.network(X) - X) ** 2, -1))
    assert logs["loss"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", [(10,), (10, 1)])
def test_a_weight_of_two_counts_an_example_twice(shape):
    twice = np.repeat(X, [2] + [1] * 9, axis=0)
    weighted, repeated = mean_model(), mean_model()
    weights = np.array([2.0] + [1.0] * 9).reshape(shape)
    kwargs = {"batch_size": 11, "epochs": 3, "verbose": 0, "shuffle": False}
    logs = weighted.fit(X, np.zeros(10), sample_weight=weights, **kwargs).history
    expected = repeated.fit(twice, **kwargs).history
    np.testing.assert_allclose(logs["loss"], expected["loss"], rtol=1e-5)
    for one, other in zip(weighted.weights, repeated.weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_weight_of_zero_leaves_an_example_out():
    model, other = mean_model(), mean_model()
    weights = np.array([0.0] * 4 + [1.0] * 6)
    model.fit(X, np.zeros(10), sample_weight=weights, batch_size=10, verbose=0)
    other.fit(X[4:], batch_size=6, verbose=0)
    np.testing.assert_allclose(
        model.network.get_weights()[0], other.network.get_weights()[0], rtol=1e-5
    )


def test_a_batch_without_weight_changes_nothing():
    model = mean_model()
    before = model.network.get_weights()[0]
    logs = model.fit(X, np.zeros(10), sample_weight=np.zeros(10), verbose=0).history
    assert np.array_equal(model.network.get_weights()[0], before)
    assert logs["loss"] == [0.0]


def test_step_is_that_of_plain_gradient_descent():
    model = mean_model()
    kernel, bias = model.network.get_weights()
    residual = X @ kernel + bias - X
    model.fit(X, batch_size=10, verbose=0)
    expected = kernel - 0.01 * 2 * X.T @ residual / 10
    found = model.network.get_weights()[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("where", ["kernel_regularizer", "activity_regularizer"])
def test_regularisation_of_the_networks_is_added_to_the_loss(where):
    plain, regular = mean_model(), mean_model(**{where: keras.regularizers.L2(0.1)})
    data = {"x": X, "batch_size": 10, "verbose": 0}
    base = plain.evaluate(**data, return_dict=True)["loss"]
    regular.network(X)
    penalty = float(sum(regular.network.losses))
    assert penalty > 0.0
    found = regular.evaluate(**data, return_dict=True)["loss"]
    assert found == pytest.approx(base + penalty, rel=1e-5)
    logs = regular.fit(**data).history
    assert logs["loss"][0] == pytest.approx(base + penalty, rel=1e-5)
    plain.fit(**data)
    assert np.any(regular.network.get_weights()[0] != plain.network.get_weights()[0])


def test_mixed_float16_scales_the_loss_and_trains_in_float32():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = mean_model(keras.optimizers.Adam(0.01))
    finally:
        keras.config.set_dtype_policy("float32")
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    losses = model.fit(X, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
    assert {w.dtype for w in model.network.weights} == {"float32"}
    full = mean_model(keras.optimizers.Adam(0.01))
    expected = full.fit(X, epochs=30, verbose=0).history["loss"]
    # A step that overflows in float16 is left out and the scale halved.
    steps = [
        now
        for before, now in zip([0, *losses[:-1]], losses, strict=True)
        if now != before
    ]
    assert len(steps) > 25
    np.testing.assert_allclose(steps, expected[: len(steps)], rtol=1e-2)


def test_optimizer_is_built_by_compile():
    model = mean_model(keras.optimizers.Adam())
    assert len(model.optimizer.variables) > 4


def test_conditional_model_says_that_labels_are_missing():
    x = keras.Input((3,), name="x")
    model = Mean(keras.Model(x, keras.layers.Dense(3)(x)), num_classes=4)
    model.compile()
    with pytest.raises(ValueError, match=r"no labels.*ints from 0 to 3"):
        model.fit(X, verbose=0)


def test_batches_of_the_wrong_shape_are_refused_even_after_right_ones():
    x = keras.Input((3,), name="x")
    labels = keras.Input((), name="labels", dtype="int32")
    column = keras.ops.expand_dims(keras.ops.cast(labels, "float32"), -1)
    model = Mean(keras.Model([x, labels], x * column), num_classes=4)
    model.compile()
    y = np.arange(10) % 4
    for right in (y, y[:, None], y):
        model.fit(X, right, verbose=0)
    with pytest.raises(ValueError, match=r"labels of shape \(None, 4\).*\(batch,\)"):
        model.fit(X, np.eye(4)[y], verbose=0)
    with pytest.raises(ValueError, match=r"x of shape \(None, 2\).*\(batch, 3\)"):
        model.fit(X[:, :2], y, verbose=0)
    with pytest.raises(ValueError, match=r"weights of shape \(None, 2\)"):
        model.fit(X, y, sample_weight=np.ones((10, 2)), verbose=0)
    model.fit(X, y, verbose=0)


def test_settings_of_compile_survive_saving(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = mean_model()
    finally:
        keras.config.set_dtype_policy("float32")
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(0.01, 100), clipnorm=1.0
    )
    model.compile(optimizer, steps_per_execution=2, auto_scale_loss=False)
    model.fit(X, epochs=3, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.optimizer) is keras.optimizers.Adam
    assert loaded.optimizer.iterations == model.optimizer.iterations
    assert loaded.optimizer.clipnorm == 1.0
    assert loaded.steps_per_execution == 2


def test_model_without_objective_says_so():
    class Nothing(GenerativeModel):
        pass

    with pytest.raises(TypeError, match="Nothing does not define `objective`"):
        Nothing().objective(X)


def test_to_write_a_new_model_works_as_its_page_says():
    page = pathlib.Path(__file__).parents[2] / "docs" / "writing_a_model.md"
    source = re.search(r"```python\n(.*?)\n\n\ninputs", page.read_text(), re.DOTALL)[1]
    namespace = {"__name__": "someone.models"}
    exec(source, namespace)
    network = kgen.networks.mlp_decoder(6, (6,), hidden=(16,))
    x = keras.Input((6,), name="x")
    model = namespace["Denoiser"](keras.Model(x, network(x)), stddev=0.5, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    data = np.random.default_rng(0).random((64, 6)).astype("float32")
    check_model(model, data[:9])
    logs = model.fit(data, epochs=20, verbose=0).history
    assert logs["loss"][-1] < 0.5 * logs["loss"][0]
    # E|stddev * noise|^2 is 6 * 0.5^2.
    assert logs["noisy_error"][-1] == pytest.approx(1.5, rel=0.3)
    assert model.denoise(data).shape == (64, 6)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("recipe", ["vae", "gan"])
def test_a_data_set_of_unknown_size_makes_no_step_more(recipe):
    """Keras' optimizers count one more where the data set ends unforeseen."""
    model = kgen.build(recipe, (3,), latent_dim=2, hidden=(3,))
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices(x).filter(lambda _: True).batch(4)
    model.fit(data, epochs=3, verbose=0)
    name = "generator_optimizer" if recipe == "gan" else "optimizer"
    assert int(getattr(model, name).iterations) == 2 * 3


def test_a_notebook_shows_a_table_of_the_model():
    model = kgen.build("cvae", (4,), 3, latent_dim=2, hidden=(5,), name="mine")
    table = model._repr_html_()
    assert "<caption>VAE: mine</caption>" in table
    count = model.encoder.count_params()
    assert f"{model.encoder.name}, {count} parameters</td>" in table
    for name, value in (("data", "(4,)"), ("latent", "(2,)"), ("classes", "3")):
        assert f"<tr><th>{name}</th><td>{value}</td></tr>" in table
    assert "decode, elbo" in table and "context" not in table
