"""Games of any players: rounds, optimizers by name, and what is saved of both."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.specs import Real
from kgen.networks.inputs import apply
from kgen.testing.numeric_checks import check_average
from kgen.testing.replica_checks import check_replicas
from kgen.testing.resume_checks import check_resume
from kgen.testing.tools import reloaded
from tests import choice

RNG = np.random.default_rng(0)
X, Y = (RNG.normal(size=(12, 2)).astype("float32") for _ in range(2))


def linear(name):
    x = keras.Input((2,), name="x")
    return keras.Model(x, keras.layers.Dense(2, use_bias=False)(x), name=name)


def squared_error(one, other):
    return tf.reduce_sum((one - other) ** 2, axis=-1)


class Translation(kgen.Game):
    """Three players and two data sets: from x to y, back, and twice as far.

    The first takes `steps` in a round, the last sits out all but each `every`-th
    round. Both draw noise. The second plays from the round `start` to before `stop`.
    """

    terms = ("there_loss", "there_gradient", "noise", "back_loss", "twice_loss")

    def __init__(
        self,
        there,
        back,
        twice,
        steps=2,
        every=3,
        stddev=0.01,
        start=0,
        stop=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.start, self.stop = start, stop
        self.there, self.back, self.twice = there, back, twice
        self.steps, self.every, self.stddev = steps, every, stddev
        self.data_shape = (2,)

    @property
    def players(self):
        return (
            kgen.Player("there", self.there, self.translate, steps=self.steps),
            kgen.Player(
                "back",
                [self.back],
                self.translate_back,
                start=self.start,
                stop=self.stop,
            ),
            kgen.Player("twice", self.twice, self.go_on, every=self.every),
        )

    @property
    def data_specs(self):
        x, weights = super().data_specs.values()
        return {"x": x, "y": Real((2,)), "weights": weights}

    def drawn(self, x, training):
        seed = self.noise.next(training)
        return self.stddev * tf.random.stateless_normal(tf.shape(x), seed)

    def translate(self, x, y, labels=None, training=False):
        noise = self.drawn(x, training)
        loss = squared_error(apply(self.there, x + noise, None, training), y)
        return {"there_loss": loss, "noise": tf.reduce_max(noise)}

    def translate_back(self, x, y, labels=None, training=False):
        return {"back_loss": squared_error(apply(self.back, y, None, training), x)}

    def go_on(self, x, y, labels=None, training=False):
        noise = self.drawn(x, training)
        found = apply(self.twice, x + noise, None, training)
        return {"twice_loss": squared_error(found, apply(self.there, y))}


def translation(optimizers="sgd", **settings):
    names = ("there", "back", "twice")
    game = Translation(*(linear(name) for name in names), seed=0, **settings)
    game.compile(optimizers)
    return game


def sgd(rate=0.1, **others):
    return keras.optimizers.SGD(rate, **others)


def iterations(game):
    """Rounds, and the steps of each player."""
    optimizers = (game.optimizer, *(getattr(game, n) for n in game.optimizer_names))
    return [int(optimizer.iterations) for optimizer in optimizers]


@pytest.fixture(scope="module")
def game():
    """A game after four rounds; tests leave it as it is."""
    game = translation()
    game.fit(X, Y, batch_size=3, verbose=0)
    return game


def test_three_players_learn_from_two_data_sets():
    game = translation({name: sgd(0.05) for name in ("there", "back", "twice")})
    x = RNG.normal(size=(256, 2)).astype("float32")
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]], "float32")
    game.fit(x, x @ turn, batch_size=16, epochs=10, verbose=0)
    found = [
        network.get_weights()[0] for network in (game.there, game.back, game.twice)
    ]
    for kernel, expected in zip(found, (turn, turn.T, turn @ turn), strict=True):
        np.testing.assert_allclose(kernel, expected, atol=0.02)


def test_a_step_by_hand():
    """Of `|y K - x|^2` by K; the player after it meets what the first has learned."""
    rates = {"there": sgd(0.0), "back": sgd(0.1), "twice": sgd(0.2)}
    game = translation(rates, stddev=0.0)
    there, back, twice = (v.numpy() for v in game.trainable_variables)
    game.fit(X, Y, batch_size=12, verbose=0, shuffle=False)
    gradient = 2 / 12 * Y.T @ (Y @ back - X)
    np.testing.assert_allclose(game.back.get_weights()[0], back - 0.1 * gradient, 1e-5)
    gradient = 2 / 12 * X.T @ (X @ twice - Y @ there)
    found = game.twice.get_weights()[0]
    np.testing.assert_allclose(found, twice - 0.2 * gradient, 1e-5)


def test_rounds_and_steps_are_counted(game):
    assert iterations(game) == [4, 8, 4, 2]
    assert int(game.noise.state[1]) == 8 + 2, "draws: who sits out computes nothing"
    before = game.get_weights()
    logs = game.evaluate(X, Y, verbose=0, return_dict=True)
    assert set(logs) == set(Translation.terms) and iterations(game) == [4, 8, 4, 2]
    for one, other in zip(before, game.get_weights(), strict=True):
        if one.dtype.kind == "f":
            np.testing.assert_array_equal(one, other)


def test_a_player_that_sits_out_is_not_logged_and_does_not_move():
    rates = {"there": sgd(0.0), "back": sgd(0.0), "twice": sgd()}
    game = translation(rates, stddev=0.0)
    (kernel,) = game.twice.get_weights()
    losses, kernels = [], []
    for _ in range(3):
        logs = game.train_on_batch(X, Y, return_dict=True)
        losses.append(logs["twice_loss"])
        kernels.append(game.twice.get_weights()[0])
    (there,) = game.there.get_weights()
    expected = np.mean(np.sum((X @ kernel - Y @ there) ** 2, axis=-1))
    assert losses[0] == pytest.approx(expected, rel=1e-5)
    assert np.any(kernels[0] != kernel)
    for later in kernels[1:]:
        np.testing.assert_array_equal(later, kernels[0])


def test_a_player_plays_from_its_first_round_to_its_last():
    game = translation(start=2, stop=4)
    kernels = [game.back.get_weights()[0]]
    for _ in range(6):
        game.train_on_batch(X, Y)
        kernels.append(game.back.get_weights()[0])
    moves = [np.any(a != b) for a, b in zip(kernels, kernels[1:], strict=False)]
    assert moves == [False, False, True, True, False, False]
    assert iterations(game) == [6, 12, 2, 2]


def test_an_interrupted_game_goes_on_where_a_player_has_stopped():
    """Rounds 0 to 3 are its own; the interruption comes in round 7 or before."""
    check_resume(translation("adam", stop=4), X[:8], Y[:8])


def test_two_replicas_change_players_as_one_device():
    check_replicas(translation(start=3, stop=11), X, Y)


@choice.parametrize(
    "settings",
    [{"steps_per_execution": 3}, {"run_eagerly": True}, {"jit_compile": True}],
    2,
    ids=str,
)
def test_rounds_are_the_same_however_steps_are_run(settings):
    plain, other = (translation(stddev=0.0) for _ in range(2))  # XLA's noise differs.
    other.compile("sgd", **settings)
    other.set_weights(plain.get_weights())
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(3)
    for each in (other, plain):
        each.fit(data, epochs=2, verbose=0)
    assert iterations(other) == iterations(plain) == [8, 16, 8, 3]
    for one, two in zip(other.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_an_interrupted_game_goes_on_with_the_next_round():
    check_resume(translation("adam"), X[:8], Y[:8])


def test_two_replicas_play_as_one_device():
    check_replicas(translation(), X, Y)


def test_a_saved_game_goes_on(game):
    loaded = reloaded(game)
    assert iterations(loaded) == iterations(game) == [4, 8, 4, 2]
    assert loaded.get_compile_config() == game.get_compile_config()
    for one, other in zip(game.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    (kernel,) = loaded.twice.get_weights()
    for moves in (False, False, True):  # Rounds 4, 5 and 6.
        loaded.train_on_batch(X, Y)
        assert np.any(loaded.twice.get_weights()[0] != kernel) == moves


def test_optimizers_have_the_names_of_players():
    game = translation("adam")
    game.compile({"back": sgd(0.3)}, twice_optimizer="rmsprop")
    kinds = [type(getattr(game, name)).__name__ for name in game.optimizer_names]
    assert game.optimizer_names == (
        "there_optimizer",
        "back_optimizer",
        "twice_optimizer",
    )
    assert kinds == ["Adam", "SGD", "RMSprop"]
    assert float(game.back_optimizer.learning_rate) == pytest.approx(0.3)
    assert game.optimizer.optimizers == [
        getattr(game, name) for name in game.optimizer_names
    ]
    assert game.averaging_optimizer == "twice_optimizer"
    assert game.averaged_variables == game.twice.trainable_variables


def test_an_optimizer_that_is_exchanged_trains():
    game = translation()
    game.train_on_batch(X, Y)
    (kernel,) = game.back.get_weights()
    game.back_optimizer = keras.optimizers.Adam(0.0)
    game.train_on_batch(X, Y)
    np.testing.assert_array_equal(game.back.get_weights()[0], kernel)
    assert iterations(reloaded(game)) == iterations(game) == [2, 4, 1, 1]


def test_the_weights_of_the_last_player_are_averaged():
    check_average(translation(every=1), X, Y)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"optimizers": {"their": "sgd"}}, "'their', but.*there, back, twice.*'there'"),
        ({"optimizers": sgd()}, "expects a dictionary"),
        ({"optimizers": {"back": "adamm"}}, "back_optimizer='adamm'"),
        ({"optimizers": {"back": "sgd"}, "back_optimizer": "sgd"}, "pass one of them"),
        ({"optimizers": dict.fromkeys(("there", "back"), sgd())}, "'there' and 'back'"),
    ],
)
def test_optimizers_that_make_no_sense_are_refused(game, given, words):
    with pytest.raises(ValueError, match=words):
        game.compile(**given)


def test_what_compile_does_not_take_is_refused(game):
    names = "expects there_optimizer and back_optimizer and twice_optimizer"
    for given in ({"optimizer": "adam"}, {"critic_optimizer": "adam"}):
        with pytest.raises(TypeError, match=names):
            game.compile(**given)
    with pytest.raises(TypeError, match="own objective"):
        game.compile(loss="mse")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "the critic"}, "identifier"),
        ({"networks": []}, "None as a network"),
        ({"networks": ["dense"]}, "'dense' as a network"),
        ({"objective": "loss"}, "objective='loss'"),
        ({"steps": 0}, "steps=0"),
        ({"every": 1.5}, "every=1.5"),
        ({"start": -1}, "start=-1"),
        ({"stop": 0}, "stop=0"),
    ],
)
def test_players_that_make_no_sense_are_refused(change, words):
    given = {"name": "critic", "networks": linear("c"), "objective": print}
    with pytest.raises(ValueError, match=words):
        kgen.Player(**{**given, **change})


class Given(Translation):
    """A game of the players that a test gives it."""

    terms = ("back_loss",)
    given = ()

    @property
    def players(self):
        return self.given


def of_players(objective, *pairs):
    """A game of players `(name, names of networks)` with one objective."""
    game = Given(linear("there"), linear("back"), linear("twice"))
    networks = [[getattr(game, name) for name in names] for _, names in pairs]
    pairs = zip(pairs, networks, strict=True)
    game.given = tuple(kgen.Player(name, each, objective) for (name, _), each in pairs)
    return game


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([], r"called \[\]"),
        ([("back", ["back"]), ("back", ["there"])], "name of its own"),
        ([("one", ["back", "there"]), ("two", ["back"])], "'one' and 'two', but only"),
        ([("one", ["back", "there"])], "belongs to no player"),
    ],
)
def test_each_variable_has_one_player(pairs, words):
    with pytest.raises(ValueError, match=words):
        of_players(print, *pairs).compile()


@pytest.mark.parametrize(
    ("name", "returned", "words"),
    [
        ("one", "back_loss", "gave the terms back_loss, but it minimises 'one_loss'"),
        ("one", "one_loss", "logs back_loss, but no objective"),
    ],
)
def test_a_term_that_is_missing_is_told(name, returned, words):
    def objective(x, y, labels=None, training=False):
        return {returned: tf.reduce_sum(x, axis=-1)}

    game = of_players(objective, (name, ["there", "back", "twice"]))
    game.compile()
    with pytest.raises(ValueError, match=words):
        game.evaluate(X, Y, verbose=0)


def test_a_term_that_is_not_listed_is_told():
    def objective(x, y, labels=None, training=False):
        error = tf.reduce_sum(x, axis=-1)
        return {"one_loss": error, "surprise": error}

    game = of_players(objective, ("one", ["there", "back", "twice"]))
    game.compile()
    with pytest.raises(ValueError, match="return surprise, which `terms` does not"):
        game.evaluate(X, Y, verbose=0)


def test_a_game_without_players_says_so():
    with pytest.raises(TypeError, match="Game does not define `players`"):
        kgen.Game().compile()


def test_a_player_that_sits_out_an_epoch_has_no_mean():
    """0 would be a loss; NaN says that there is none, and stops no training."""
    game = translation(every=4)
    history = game.fit(X, Y, batch_size=4, epochs=4, verbose=0).history
    assert np.isfinite(history["twice_loss"][:3]).all()
    assert np.isnan(history["twice_loss"][3])  # Rounds 9, 10, 11.
    assert np.isfinite(history["there_loss"]).all()
