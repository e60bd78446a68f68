"""Replicas: refusals, and data that stays as it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.distribution.replicas import check_strategy
from kgen.testing.replica_checks import pair

SIZES = {"hidden": (7,), "filters": (4, 5), "latent_dim": 3, "seed": 0}


class Views(keras.utils.PyDataset):
    """Batches that are views of an array."""

    def __init__(self, x, labels):
        super().__init__()
        self.x, self.labels = x, labels

    def __len__(self):
        return len(self.x) // 8

    def __getitem__(self, index):
        rows = slice(8 * index, 8 * index + 8)
        return self.x[rows], self.labels[rows]


def aligned(values):
    """A copy whose memory TensorFlow takes as it is, without copying it again."""
    memory = np.empty(values.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + values.nbytes].view(values.dtype)
    copy = copy.reshape(values.shape)
    copy[...] = values
    return copy


def test_training_does_not_write_into_the_users_arrays():
    values = np.random.default_rng(0).random((24, 6, 6, 1), "float32")
    x, labels = aligned(values), np.arange(24) % 3
    with pair().scope():
        model = kgen.build("vae", (6, 6, 1), num_classes=3, **SIZES)
    model.fit(Views(x, labels), shuffle=False, verbose=0)
    assert np.array_equal(x, values)


def test_training_under_another_strategy_than_the_models_is_refused():
    model = kgen.build("vae", (5, 6, 1), **SIZES)
    with pair().scope(), pytest.raises(ValueError, match="outside its scope"):
        model.fit(np.zeros((4, 5, 6, 1)), verbose=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, "auto"), "steps_per_execution=3.*2 replicas"),
        ((1, True), "jit_compile=True"),
    ],
)
def test_what_keras_cannot_do_on_replicas_is_refused(arguments, message):
    check_strategy(*arguments)
    with pair().scope(), pytest.raises(ValueError, match=message):
        check_strategy(*arguments)


def test_gradients_add_up_over_batches_on_one_device_and_are_refused_on_replicas(
    tmp_path,
):
    """Four batches of 4, then a step: that of a batch of 16."""
    x = np.random.default_rng(0).random((32, 5, 6, 1), "float32")
    weights = {}
    for batch_size, steps in ((16, None), (4, 4)):
        optimizer = keras.optimizers.Adam(0.01, gradient_accumulation_steps=steps)
        keras.utils.set_random_seed(0)
        model = kgen.build("autoencoder", (5, 6, 1), seed=0)
        model.compile(optimizer)
        data = tf.data.Dataset.from_tensor_slices(x).batch(batch_size)
        start = [variable.numpy() for variable in model.trainable_variables]
        model.fit(data, epochs=2, verbose=0)
        end = [variable.numpy() for variable in model.trainable_variables]
        weights[batch_size] = end
    for before, once, parts in zip(start, weights[16], weights[4], strict=True):
        assert np.any(before != once)
        np.testing.assert_allclose(once, parts, atol=1e-5)
    path = tmp_path / "model.keras"
    model.save(path)
    with pair().scope():
        loaded = keras.saving.load_model(path)  # It still draws and encodes.
        others = kgen.build("gan", (2,), hidden=(7,), seed=0)
    assert loaded.encode(x).shape[0] == 32
    with pytest.raises(
        ValueError, match="gradient_accumulation_steps=4 of the model's"
    ):
        loaded.fit(x, verbose=0)
    with others.distribute_strategy.scope():
        added = keras.optimizers.Adam(gradient_accumulation_steps=2)
        others.compile("adam", discriminator_optimizer=added)
    with pytest.raises(ValueError, match="discriminator_optimizer, under a Mirrored"):
        others.fit(x[:, 0, :2, 0], verbose=0)


def test_a_model_that_was_compiled_for_one_device_is_loaded_on_replicas(tmp_path):
    model = kgen.build("vae", (5, 6, 1), **SIZES)
    model.compile("adam", steps_per_execution=4)
    model.save(tmp_path / "model.keras")
    with pair().scope():
        loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.steps_per_execution == 1


def test_single_batches_train_too():
    model = kgen.build("autoencoder", (4,), latent_dim=2)
    x = np.ones((3, 4), "float32")
    before = model.get_weights()
    model.train_on_batch(x)
    assert any(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))
    assert np.isfinite(model.test_on_batch(x, return_dict=True)["loss"])
