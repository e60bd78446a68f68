"""Blocks of steps: numbers as of single steps, and callbacks see what they must."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import config

import kgen
from kgen.callbacks import Checkpoint
from kgen.core.checkpoint.files import newest_checkpoint
from kgen.core.checkpoint.state import variables_of
from kgen.core.training import blocks as blocks_module
from kgen.core.training.compiling import (
    can_be_looped,
    gives_same_numbers,
    operations,
)
from kgen.core.training.looks import steps_until_look

pytestmark = pytest.mark.usefixtures("free_operations")
X = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")


def build(name="realnvp", **compiled):
    """A small model; a flow draws no noise in training."""
    keras.utils.set_random_seed(0)
    settings = {"num_steps": 2} if name == "realnvp" else {"latent_dim": 2}
    model = kgen.build(name, (2,), seed=0, hidden=(4,), **settings)
    model.compile(keras.optimizers.Adam(1e-2), **compiled)
    return model


def data(batch_size=4):
    """13 batches, the last of them smaller, in another order in each epoch."""
    dataset = tf.data.Dataset.from_tensor_slices(X)
    return dataset.shuffle(len(X), seed=1).batch(batch_size)


class Look(keras.callbacks.Callback):
    """Keeps the number of updates after each step, and the logs."""

    def on_train_begin(self, logs=None):
        """Forgets earlier steps."""
        self.updates, self.logs = [], []

    def on_train_batch_end(self, batch, logs=None):
        """Notes what it sees."""
        self.updates.append(int(self.model.optimizer.iterations))
        self.logs.append(logs["loss"])


class Blind(Look):
    """Is called at each step, and need not see it."""

    def steps_until_look(self):
        """Infinity."""
        return np.inf


def assert_same(model, other, **tolerance):
    for one, two in zip(variables_of(model), variables_of(other), strict=True):
        if tolerance:
            np.testing.assert_allclose(one, two, err_msg=one.path, **tolerance)
        else:
            np.testing.assert_array_equal(one, two, err_msg=one.path)


@pytest.fixture
def slow_clock(monkeypatch):
    """Blocks grow as if their steps took no time."""
    monkeypatch.setattr(blocks_module, "LONG", np.inf)
    monkeypatch.setattr(blocks_module, "WAITING", np.inf)


@pytest.fixture
def xla_now(slow_clock, monkeypatch):
    """XLA compiles after the first block, and is never found to be slower."""
    monkeypatch.setattr(blocks_module, "BEFORE_XLA", 0.0)
    monkeypatch.setattr(blocks_module, "FEWEST_STEPS", 1)
    monkeypatch.setattr(blocks_module, "TRIALS", 0)


@pytest.mark.parametrize("name", ["realnvp", "vae"])
def test_blocks_have_the_numbers_of_single_steps(slow_clock, name):
    runs = {}
    for callback in (Look(), Blind()):
        model = build(name, jit_compile=False)
        history = model.fit(data(), epochs=3, callbacks=[callback], verbose=0)
        runs[type(callback)] = model, history.history, callback
    (one, logs, look), (many, same, blind) = runs.values()
    assert look.updates == list(range(1, 40))
    # Blocks of 1, 2, 4 and 6 batches, then up to 8; an epoch has 13.
    assert blind.updates[:13] == [1, 3, 3, 7, 7, 7, 7, *[13] * 6]
    assert blind.updates[13:26] == [*[21] * 8, *[26] * 5]
    assert len(blind.logs) == 39 and blind.logs[-1] == look.logs[-1]
    assert logs == same
    assert_same(one, many)


def test_a_number_of_steps_is_kept_and_the_last_call_of_an_epoch_has_the_rest():
    look = Look()
    model = build(steps_per_execution=5)
    model.fit(data(), epochs=2, callbacks=[look], verbose=0)
    assert look.updates == [5, 10, 13, 18, 23, 26]
    single = build()
    single.fit(data(), epochs=2, callbacks=[Look()], verbose=0)
    assert_same(single, model)


def filtered():
    return data().filter(lambda x: True)


@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
@pytest.mark.parametrize(
    ("make", "fit", "steps"),
    [
        (filtered, {}, 26),
        (filtered, {"steps_per_epoch": 5}, 10),
        (lambda: data().repeat(), {"steps_per_epoch": 5}, 10),
    ],
)
def test_epochs_end_where_they_should(slow_clock, make, fit, steps):
    ends = []
    epoch_end = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: ends.append(int(model.optimizer.iterations))
    )
    model = build()
    model.fit(make(), epochs=2, callbacks=[epoch_end], verbose=0, **fit)
    assert ends == [steps // 2, steps] and model.progress.step == steps


def test_labels_weights_and_absent_parts_come_through_blocks(slow_clock):
    labels, weights = np.arange(50) % 3, np.linspace(0, 2, 50, dtype="float32")
    for settings, parts in (
        ({"num_classes": 3}, (X, labels, weights)),
        ({}, (X, None, weights)),
    ):
        found = []
        for callbacks in ([Look()], []):
            keras.utils.set_random_seed(0)
            flow = kgen.build("realnvp", (2,), num_steps=2, hidden=(4,), **settings)
            x, y, sample_weight = parts
            flow.fit(
                x, y, sample_weight=sample_weight, epochs=2, batch_size=4,
                callbacks=callbacks, verbose=0, shuffle=False,
            )  # fmt: skip
            found.append(flow)
        assert_same(*found)


class Exploding(keras.optimizers.schedules.LearningRateSchedule):
    """An infinite rate at the seventh step: the loss of the eighth is not finite."""

    def __call__(self, step):
        return tf.where(tf.equal(step, 6), np.inf, 1e-3)


def test_a_term_that_is_not_finite_is_found_at_its_step(slow_clock):
    model = build()
    model.compile(keras.optimizers.SGD(Exploding()))
    with pytest.raises(FloatingPointError, match="at step 8: loss is"):
        model.fit(data(), verbose=0)


def test_callbacks_say_how_many_steps_they_need_not_see(tmp_path):
    class Own(keras.callbacks.ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            """Sees every step."""

    path, every = tmp_path / "m.keras", keras.callbacks
    blind = [
        every.EarlyStopping("loss"),
        every.ModelCheckpoint(path),
        every.BackupAndRestore(tmp_path),
        every.TensorBoard(tmp_path),
        every.TerminateOnNaN(),
        every.LambdaCallback(on_epoch_end=print),
        kgen.callbacks.SampleGrid(tmp_path),
    ]
    assert steps_until_look(blind) == np.inf == steps_until_look([])
    for looking in (
        Look(),
        Own(path),
        every.ModelCheckpoint(path, save_freq=5),
        every.BackupAndRestore(tmp_path, save_freq=5),
        every.TensorBoard(tmp_path, update_freq=5),
        every.TensorBoard(tmp_path, profile_batch=3),
        every.LambdaCallback(on_train_batch_begin=print),
        every.LambdaCallback(on_train_batch_end=print),
    ):
        assert steps_until_look([*blind, looking]) == 1


def test_checkpoints_are_written_at_their_steps_and_resumed_from(slow_clock, tmp_path):
    whole = build()
    whole.fit(data(), epochs=3, verbose=0)
    saved = Checkpoint(tmp_path / "saved", every_steps=5, keep=20)
    model = build()
    model.fit(data(), epochs=2, callbacks=[saved], verbose=0)
    names = sorted(path.stem for path in (tmp_path / "saved").iterdir())
    steps = [int(n.split("-")[1]) for n in names if n.startswith("step")]
    assert steps == [0, 5, 10, 13, 18, 23, 26]
    for file in (tmp_path / "saved").glob("step-*26.npz"):
        file.unlink()
    resumed = build()  # From step 23, ten steps into the second epoch.
    resumed.fit(data(), epochs=3, callbacks=[saved], verbose=0)
    assert_same(whole, resumed)


def fused(model):
    (blocks,) = model.train_function._blocks.values()
    blocks.fused.compilation.join()
    return blocks


@pytest.mark.parametrize("arrays", [False, True])
def test_xla_takes_over_with_the_same_numbers(xla_now, arrays):
    plain, model = build(jit_compile=False), build()

    def train(model, epochs):
        given = {"x": X, "batch_size": 4, "shuffle": False} if arrays else {"x": data()}
        model.fit(**given, epochs=epochs, verbose=0)

    train(plain, 1)
    train(model, 1)
    blocks = fused(model)
    seen = []
    take = blocks.fused.count
    blocks.fused.count = lambda sizes: (
        seen.append((take(sizes), len(sizes))) or take(sizes)
    )
    train(model, 3)
    # The last batch of an epoch is smaller: it runs without XLA.
    assert sum(count for count, _ in seen) == 36 and sum(n for _, n in seen) == 39
    train(plain, 3)
    assert_same(plain, model, rtol=1e-4, atol=1e-5)


def test_xla_that_is_asked_for_is_there_at_once():
    plain = build(jit_compile=False)
    plain.fit(data(), epochs=2, verbose=0)
    model = build(jit_compile=True, steps_per_execution=6)
    model.fit(data(), epochs=2, verbose=0)
    assert fused(model).choice == [6, 4]
    assert_same(plain, model, rtol=1e-4, atol=1e-5)


def test_a_resumed_training_takes_xla_at_once_bit_by_bit(xla_now, tmp_path):
    whole = build()
    whole.fit(data(), verbose=0)
    fused(whole)  # It has XLA from the first step of the next `fit` on.
    whole.save(tmp_path / "m.keras")
    saved = Checkpoint(tmp_path / "saved", every_steps=4, keep=20)
    whole.fit(data(), epochs=2, callbacks=[saved], verbose=0)
    _, about, _ = newest_checkpoint(tmp_path / "saved")
    assert about["xla"] == fused(whole).choice and about["xla"][1:] == [4]
    for step in range(14, 27):  # As if training had been killed in its second epoch.
        for file in (tmp_path / "saved").glob(f"step-*{step}.npz"):
            file.unlink()
    resumed = keras.saving.load_model(tmp_path / "m.keras")
    resumed.fit(data(), epochs=2, callbacks=[saved], verbose=0)
    assert fused(resumed).choice == about["xla"]
    assert_same(whole, resumed)


def test_xla_is_given_up_where_it_is_slower(slow_clock):
    model = build()
    model.fit(data(), verbose=0)
    (blocks,) = model.train_function._blocks.values()
    blocks._fastest, blocks.fused = {False: 1e-9}, "a loop"
    for _ in range(blocks_module.TRIALS):
        assert blocks.fused is not None
        blocks._compare(True, 1.0)
    assert blocks.fused is None


@pytest.mark.parametrize(
    ("name", "shape", "looped", "same"),
    [
        ("realnvp", (2,), True, True),
        ("maf", (2,), True, True),
        ("autoencoder", (28, 28, 1), False, True),
        ("vae", (2,), True, False),
    ],
)
def test_xla_is_for_steps_without_convolutions_and_noise(name, shape, looped, same):
    settings = {"network": "mlp", "hidden": (4,)} if name == "vae" else {}
    settings = {"network": "conv"} if name == "autoencoder" else settings
    model = kgen.build(name, shape, **settings)
    spec = tf.TensorSpec((None, *shape), tf.float32)
    step = tf.function(model.train_step, autograph=False).get_concrete_function(spec)
    found = operations(step)
    assert can_be_looped(found) is looped and gives_same_numbers(found) is same


def test_the_time_changes_no_digit_if_operations_have_to_be_deterministic():
    config.enable_op_determinism()
    model = build()
    model.fit(data(), verbose=0)
    (blocks,) = model.train_function._blocks.values()
    assert blocks.choice == [-1]


class Count(keras.callbacks.Callback):
    """Counts the batches of evaluations, and looks at each."""

    seen = 0

    def on_test_batch_end(self, batch, logs=None):
        """Counts."""
        self.seen += 1


def in_order():
    return tf.data.Dataset.from_tensor_slices(X).batch(4)


@pytest.mark.parametrize(
    ("make", "steps"),
    [
        (lambda: {"x": X, "batch_size": 4}, None),
        (lambda: {"x": in_order()}, None),
        (lambda: {"x": in_order()}, 5),
        (lambda: {"x": in_order().filter(lambda x: True)}, None),
        (lambda: {"x": in_order().filter(lambda x: True)}, 5),
    ],
)
@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
def test_evaluations_run_ahead_with_the_same_numbers(slow_clock, make, steps):
    given, found = make(), []
    for callbacks in ([], [Count()]):
        model = build("vae")
        for _ in range(3):
            terms = model.evaluate(
                **given, steps=steps, callbacks=callbacks, verbose=0, return_dict=True
            )
            found.append(terms["loss"])
            draws = int(model.noise.state[2])
        (blocks,) = model.test_function._blocks.values()
        assert callbacks or blocks.size > 4
        assert draws == 3 * (13 if steps is None else 5)
    assert found[:3] == found[3:] and callbacks[0].seen == draws


def test_a_validation_between_epochs_runs_ahead(slow_clock):
    logs = []
    for callbacks in ([], [Look(), Count()]):
        model = build("vae")
        given = {"validation_data": X[:21], "validation_batch_size": 2}
        history = model.fit(
            data(), epochs=3, callbacks=callbacks, verbose=0, **given
        ).history
        logs.append(history)
    assert logs[0] == logs[1] and len(logs[0]["val_loss"]) == 3


@pytest.mark.parametrize(
    "strategy",
    [
        lambda: tf.distribute.OneDeviceStrategy("CPU:0"),
        lambda: tf.distribute.MirroredStrategy(["CPU:0"]),
    ],
)
def test_strategies_of_one_device_train_to_the_same_weights(slow_clock, strategy):
    expected = build(jit_compile=False)
    with strategy().scope():
        model = build(jit_compile=False)
    for each in (expected, model):
        each.fit(X, batch_size=4, epochs=2, shuffle=False, verbose=0)
        each.fit(data(), verbose=0)
    assert_same(expected, model, rtol=1e-5, atol=1e-7)


def test_a_step_of_ones_own_may_log_what_it_likes(slow_clock):
    class Own(type(build())):
        def train_step(self, data):
            """Trains as before, and logs a number that is no tensor."""
            super().train_step(data)
            return {"half": 0.5}

        def test_step(self, data):
            """Logs nothing."""
            return {}

    model = build()
    model.__class__ = Own
    history = model.fit(data(), epochs=2, verbose=0).history
    assert history["half"] == [0.5, 0.5] and int(model.optimizer.iterations) == 26


def test_after_a_stop_the_next_step_is_a_step(slow_clock):
    class Stop(Blind):
        def on_train_batch_end(self, batch, logs=None):
            """Stops in the middle of a block."""
            if batch == 9:
                raise KeyboardInterrupt

    model = build()
    with pytest.raises(KeyboardInterrupt):
        model.fit(data(), verbose=0, callbacks=[Stop()])
    updates = int(model.optimizer.iterations)
    for _ in range(3):
        model.train_on_batch(X[:4])
    assert int(model.optimizer.iterations) == updates + 3


def test_a_resumed_training_does_not_take_the_rest_of_an_epoch_for_a_batch(
    xla_now, tmp_path
):
    whole = build()
    whole.fit(data(), verbose=0)
    fused(whole)
    whole.save(tmp_path / "m.keras")
    saved = Checkpoint(tmp_path / "saved", every_steps=12, keep=20)
    whole.fit(data(), epochs=2, callbacks=[saved], verbose=0)
    for file in (tmp_path / "saved").glob("step-*"):
        if "step-000000012" not in file.name:
            file.unlink()
    resumed = keras.saving.load_model(tmp_path / "m.keras")  # It begins with two rows.
    resumed.fit(data(), epochs=2, callbacks=[saved], verbose=0)
    assert fused(resumed).fused.rows.tolist() == [4]
    assert_same(whole, resumed)


def test_the_last_batch_of_an_epoch_is_no_measure_of_speed(slow_clock):
    model = build()
    model.fit(data(), verbose=0)
    (blocks,) = model.train_function._blocks.values()
    seen = []
    blocks._compare = lambda fused, seconds: seen.append(seconds)
    blocks.size = 12
    model.fit(data(), epochs=2, verbose=0)
    assert len(seen) == 1  # Of the blocks of 12, 1 and 13 batches the first.


@pytest.mark.filterwarnings("ignore:Limiting steps_per_epoch:UserWarning")
def test_keras_limits_of_steps_are_kept(slow_clock):
    keras.config.set_max_steps_per_epoch(5)
    try:
        model = build()
        model.fit(data(), epochs=2, verbose=0)
        expected = model.evaluate(X[:20], batch_size=4, verbose=0)
        found = model.evaluate(X, batch_size=4, verbose=0)
    finally:
        keras.config.set_max_steps_per_epoch(None)
    assert int(model.optimizer.iterations) == 10 and found == expected


def test_data_that_grows_is_read_as_far_as_keras_reads_it(slow_clock):
    sizes = iter((10, 40, 40, 40))

    def rows():
        yield from X[: next(sizes)]

    spec = tf.TensorSpec((2,), tf.float32)
    growing = tf.data.Dataset.from_generator(rows, output_signature=spec).batch(1)
    look = Blind()
    flow = build("vae")
    with pytest.warns(UserWarning, match="ran out of data"):
        flow.fit(growing, epochs=3, callbacks=[look], verbose=0)
    assert len(look.updates) == int(flow.optimizer.iterations)


def test_a_callback_may_look_now_and_has_to_give_a_number(slow_clock):
    class Now(Look):
        def steps_until_look(self):
            """Now."""
            return self.answer

    look = Now()
    look.answer = 0
    model = build()
    model.fit(data(), callbacks=[look], verbose=0)
    assert look.updates == list(range(1, 14))
    look.answer = None
    with pytest.raises(ValueError, match="steps_until_look` of Now gave None"):
        model.fit(data(), callbacks=[look], verbose=0)


def test_determinism_that_is_asked_for_later_keeps_xla_out(xla_now):
    model = build()
    model.fit(data(), verbose=0)
    assert fused(model).is_fused
    config.enable_op_determinism()
    model.fit(data(), verbose=0)
    (blocks,) = model.train_function._blocks.values()
    assert not blocks.is_fused and blocks.choice == [-1]
