"""Checkpoints: whatever interrupts training, it goes on as if nothing had."""

import json
import os
import pathlib
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.callbacks import Checkpoint
from kgen.core.checkpoint.files import newest_checkpoint, read, write
from kgen.core.checkpoint.state import variables_of
from kgen.runs.fitting import with_average
from kgen.testing.replica_checks import pair
from kgen.testing.resume_checks import Interruption, interrupt
from kgen.testing.tools import AtStep
from tests import choice

X = np.random.default_rng(0).random((22, 6)).astype("float32")


def build(hidden=5):
    """A small model that draws noise in training."""
    sizes = {"network": "mlp", "hidden": (hidden,), "latent_dim": 2}
    return kgen.build("denoising-autoencoder", (6,), seed=0, **sizes)


def make(strategy=None, **compiled):
    keras.utils.set_random_seed(0)
    # Eager steps need no graph, which here would take longer than all of training.
    compiled = compiled or {"run_eagerly": strategy is None}
    with (strategy or tf.distribute.get_strategy()).scope():
        model = build()
        model.compile(keras.optimizers.SGD(1e-3, momentum=0.9), **compiled)
    return model


def train(folder=None, model=None, stop=None, callbacks=(), epochs=3, data=None, **fit):
    """The model after training, `None` if it was stopped; and its history."""
    model = model or make()
    callbacks = list(callbacks)
    if folder is not None:
        callbacks.append(Checkpoint(folder, every_steps=2))
    if stop is not None:
        callbacks.append(AtStep(stop, interrupt))
    if data is None:
        data = tf.data.Dataset.from_tensor_slices(X).shuffle(22, seed=3).batch(4)
    fit = {"epochs": epochs, "callbacks": callbacks, "verbose": 0, **fit}
    try:
        return model, model.fit(data, **fit).history
    except Interruption:
        return None, None


def assert_same(model, other):
    for one, two in zip(variables_of(model), variables_of(other), strict=True):
        np.testing.assert_array_equal(one, two, err_msg=one.path)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def whole():
    """A run of 18 steps that nothing interrupted."""
    return train()


@pytest.fixture(scope="module")
def first_killed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    train(folder, stop=9)
    return folder


@pytest.fixture
def killed(first_killed, tmp_path):
    """A folder of a run that was killed at step 9."""
    return shutil.copytree(first_killed, tmp_path / "killed")


@pytest.mark.parametrize("step", [1, 6, 7, 18])
def test_resumed_anywhere_it_ends_the_same(whole, tmp_path, step):
    train(tmp_path, stop=step)
    _, about, _ = newest_checkpoint(tmp_path)
    assert step - 2 <= about["step"] < step  # A checkpoint every two steps.
    model, logs = train(tmp_path)
    assert_same(whole[0], model)
    assert logs == whole[1]


@pytest.mark.slow
def test_interrupted_again_and_again(whole, tmp_path):
    for step in (3, 7, 8, 13, 17):
        train(tmp_path, stop=step)
    assert_same(whole[0], train(tmp_path)[0])


@pytest.mark.slow
def test_a_finished_run_is_not_trained_again_but_goes_on_with_more_epochs(tmp_path):
    train(tmp_path, epochs=2)
    again, logs = train(tmp_path, epochs=2)
    assert again.optimizer.iterations == 12 and len(logs["loss"]) == 2
    longer, logs = train(tmp_path, epochs=3)
    assert longer.optimizer.iterations == 18 and len(logs["loss"]) == 3
    assert_same(train()[0], longer)


def unknown():
    shuffled = tf.data.Dataset.from_tensor_slices(X).shuffle(22, seed=1)
    return {"data": shuffled.filter(lambda x: True).batch(11)}


KINDS = {
    "arrays": lambda: {"data": X, "batch_size": 4},
    "steps per epoch": lambda: {"steps_per_epoch": 4},
    "unknown cardinality": unknown,
}


# Keras counts one batch too many where their number is unknown.
@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
@choice.parametrize("kind", KINDS, 3)
def test_any_data_that_can_be_replayed(tmp_path, kind):
    expected, _ = train(**KINDS[kind]())
    train(tmp_path, stop=5, **KINDS[kind]())
    assert_same(expected, train(tmp_path, **KINDS[kind]())[0])


def test_several_steps_per_execution(tmp_path):
    expected, _ = train(model=make(steps_per_execution=3))
    train(tmp_path, model=make(steps_per_execution=3), stop=9)
    assert_same(expected, train(tmp_path, model=make(steps_per_execution=3))[0])


def test_on_two_replicas(tmp_path):
    expected, _ = train(model=make(pair()))
    train(tmp_path, model=make(pair()), stop=8)
    found, _ = train(tmp_path, model=make(pair()))
    for one, other in zip(expected.variables, found.variables, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)


class Dropping(kgen.GenerativeModel):
    """An autoencoder with dropout, whose seed Keras keeps out of its files."""

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.data_shape = (6,)

    def objective(self, x, labels=None, training=False):
        return {
            "loss": tf.reduce_sum((self.network(x, training=training) - x) ** 2, -1)
        }


def test_dropout_goes_on_with_its_own_noise(tmp_path):
    def dropping():
        keras.utils.set_random_seed(0)
        layers = [keras.Input((6,)), keras.layers.Dropout(0.5), keras.layers.Dense(6)]
        model = Dropping(keras.Sequential(layers))
        model.compile("adam")
        return model

    expected, _ = train(model=dropping())
    train(tmp_path, model=dropping(), stop=9)
    assert_same(expected, train(tmp_path, model=dropping())[0])


def stateful():
    """Callbacks that keep count, or act on what was done before."""
    return [
        keras.callbacks.EarlyStopping("loss", patience=9, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau("loss", patience=0, min_delta=1.0),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.9 * rate),
    ]


def test_callbacks_go_on_counting(tmp_path):
    early, *_ = expected_callbacks = stateful()
    expected, logs = train(callbacks=expected_callbacks, epochs=5)
    train(tmp_path, callbacks=stateful(), stop=20, epochs=5)
    found_callbacks = stateful()
    found, found_logs = train(tmp_path, callbacks=found_callbacks, epochs=5)
    assert_same(expected, found)
    assert found_logs == logs
    assert found_callbacks[0].best == early.best
    assert found_callbacks[0].min_delta == early.min_delta


def test_a_run_that_was_stopped_early_stays_stopped(tmp_path):
    def early():
        return [keras.callbacks.EarlyStopping("loss", patience=1, min_delta=100.0)]

    model, logs = train(tmp_path, callbacks=early(), epochs=9)
    assert len(logs["loss"]) < 9
    again, _ = train(tmp_path, callbacks=early(), epochs=9)
    assert_same(model, again)


def damage_truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def damage_bytes(path):
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 256] = bytes(256)
    path.write_bytes(content)


def damage_empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [damage_truncated, damage_bytes, damage_empty])
def test_a_damaged_file_is_passed_over_with_a_warning(whole, killed, damage):
    assert files(killed) == ["step-000000006.npz", "step-000000008.npz"]
    damage(killed / "step-000000008.npz")
    with pytest.warns(UserWarning, match="step-000000008.npz is damaged"):
        model, _ = train(killed)
    assert_same(whole[0], model)


def test_if_all_are_damaged_nothing_is_overwritten(killed):
    for path in killed.iterdir():
        damage_truncated(path)
    sizes = [path.stat().st_size for path in killed.iterdir()]
    with pytest.warns(UserWarning), pytest.raises(OSError, match="None of the 2"):
        train(killed)
    assert [path.stat().st_size for path in killed.iterdir()] == sizes


def test_what_a_kill_left_of_a_file_is_no_checkpoint(whole, killed):
    (killed / ".partial-step-000000010.npz").write_bytes(b"PK half")
    assert_same(whole[0], train(killed)[0])
    assert files(killed) == ["step-000000016.npz", "step-000000018.npz"]


def test_a_full_disk_leaves_what_was_there(killed):
    before = {path.name: path.read_bytes() for path in killed.iterdir()}
    # Linux' device that is always full stands in for the next file.
    (killed / ".partial-step-000000010.npz").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as error:
        train(killed)
    assert "step-000000010.npz could not be written" in str(error.value)
    assert {path.name: path.read_bytes() for path in killed.iterdir()} == before


def test_nothing_is_unpickled(tmp_path):
    class Evil:
        def __reduce__(self):
            return pathlib.Path.touch, (tmp_path / "evil",)

    np.savez(tmp_path / "step-000000001.npz", about=np.array([Evil()], dtype=object))
    with pytest.warns(UserWarning, match="damaged"), pytest.raises(OSError):
        newest_checkpoint(tmp_path)
    assert not (tmp_path / "evil").exists()


def test_only_the_newest_are_kept(tmp_path):
    for step in range(5):
        write(tmp_path, step, {"step": step}, {"a": np.ones(2)}, keep=2)
    assert files(tmp_path) == ["step-000000003.npz", "step-000000004.npz"]
    path, about, arrays = newest_checkpoint(tmp_path)
    assert about == {"step": 4} and np.array_equal(arrays["a"], [1, 1])
    assert read(path)[0] == about


def test_another_model_is_refused(tmp_path):
    train(tmp_path, stop=3)
    with pytest.raises(ValueError, match="another model or optimizer"):
        train(tmp_path, model=build(hidden=4))


def test_data_that_cannot_be_replayed_is_refused(tmp_path):
    data = ((X[:4],) for _ in range(5))
    with pytest.raises(ValueError, match="could not be resumed"):
        train(tmp_path, data=data, steps_per_epoch=1, shuffle=False)


@pytest.mark.parametrize(
    "fit", [{"validation_split": 0.2}, {"shuffle": "batch"}], ids=str
)
def test_arrays_are_replayed_however_they_are_read(tmp_path, fit):
    fit = {**fit, "data": X, "batch_size": 4}
    kgen.seed_everything(0)
    whole, _ = train(tmp_path / "whole", **fit)
    kgen.seed_everything(0)
    train(tmp_path / "parts", stop=7, **fit)
    kgen.seed_everything(0)
    model, _ = train(tmp_path / "parts", **fit)
    assert_same(whole, model)


@pytest.mark.parametrize("data", [{"data": X[:12]}, {"data": X, "batch_size": 8}])
def test_other_data_is_refused(tmp_path, data):
    train(tmp_path, stop=9, data=X, batch_size=4)
    with pytest.raises(ValueError, match="other data"):
        train(tmp_path, **{"batch_size": 4, **data})


def test_other_steps_per_execution_are_refused(tmp_path):
    train(tmp_path, stop=3)
    with pytest.raises(ValueError, match="no multiple of steps_per_execution=3"):
        train(tmp_path, model=make(steps_per_execution=3))


class WarmUp(keras.callbacks.Callback):
    """Counts batches and sets the learning rate by their number."""

    def __init__(self, rate=0.0):
        super().__init__()
        self.rate = rate

    def on_train_batch_begin(self, batch, logs=None):
        self.rate += 1e-3
        self.model.optimizer.learning_rate = self.rate


@pytest.mark.parametrize("step", [4, 9, 10, 18])
def test_a_callback_that_acts_on_each_batch_counts_none_twice(tmp_path, step):
    counters = [WarmUp() for _ in range(3)]
    expected, _ = train(callbacks=counters[:1])
    train(tmp_path, callbacks=counters[1:2], stop=step)
    assert_same(expected, train(tmp_path, callbacks=counters[2:])[0])
    assert counters[2].rate == counters[0].rate == pytest.approx(0.018)


@pytest.mark.parametrize("swap", [False, True])
def test_more_epochs_are_those_of_a_longer_run(tmp_path, swap):
    """Although the end replaces weights by averages, or by the best so far."""

    def callbacks():
        return [*stateful(), keras.callbacks.SwapEMAWeights(swap_on_epoch=swap)]

    def averaging():
        model = make()
        with_average(model, 0.9)
        model.run_eagerly = True
        return model

    expected, logs = train(model=averaging(), callbacks=callbacks(), epochs=5)
    train(tmp_path, model=averaging(), callbacks=callbacks(), epochs=2)
    found, found_logs = train(
        tmp_path, model=averaging(), callbacks=callbacks(), epochs=5
    )
    assert_same(expected, found)
    assert logs == found_logs


def test_two_checkpoints_do_not_disturb_one_another(whole, tmp_path):
    def second():
        return [Checkpoint(tmp_path / "second", every_steps=3)]

    train(tmp_path / "first", callbacks=second(), stop=9)
    assert_same(whole[0], train(tmp_path / "first", callbacks=second())[0])


def test_numbers_of_files_and_steps_are_checked(tmp_path):
    for wrong in ({"keep": 1}, {"every_steps": 0}):
        with pytest.raises(ValueError, match="or larger"):
            Checkpoint(tmp_path, **wrong)


def test_state_is_json_and_arrays(killed):
    _, about, arrays = newest_checkpoint(killed)
    assert about["epoch"] == 1 and about["step"] == 8
    json.dumps(about)
    assert all(isinstance(value, np.ndarray) for value in arrays.values())
