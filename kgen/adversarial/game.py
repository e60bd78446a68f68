"""A game: several players learn in turn, each with an optimizer of its own."""

import functools

import keras
import tensorflow as tf

from kgen.adversarial.optimizers import combined, optimizers_by_name
from kgen.adversarial.player import check_players, check_terms
from kgen.adversarial.rounds import in_rounds_of
from kgen.core.distribution.batch import all_sum, sample_weights, with_batch
from kgen.core.distribution.replicas import (
    global_gradients,
    global_mean,
    zeros_for_none,
)
from kgen.core.keras_habits import check_compile, check_optimizer
from kgen.core.model import GenerativeModel


class Game(GenerativeModel):
    """Players that learn in turn, each minimising an objective of its own.

    A step of `fit` is a round of the game, on one batch. Players play in the order of
    `players`. Each takes its `steps` with its own optimizer, on the mean of its loss
    over the global batch; a player with `every=n` plays in round 0 and in each n-th
    round after it, and costs nothing in the others. `start` and `stop` of a player are
    its first round and the first one without it. `optimizer.iterations` counts the
    rounds. It is saved with the optimizers, so a resumed run goes on with the next
    round. Another `compile` makes new optimizers, and keeps the number of rounds.
    A game that was loaded with `compile=False` starts at round 0.

    To write a new game:

    1. Subclass `Game`, with a constructor as for any `GenerativeModel`.
    2. Give `players`, a property: a tuple of `Player`.
    3. Write the objective `(x, labels, training)` of each. It returns its terms by
       name, with one value per example: the loss, `f"{name}_loss"`, and others to log.
       A scalar holds for the whole batch. Regularisation losses of networks are part
       of the loss only if the objective adds them.
    4. List the terms that `fit` logs in `terms`. `f"{name}_gradient"`, the norm of a
       player's gradient, is one that you may list.
    5. Add further inputs of objectives, such as a second domain, to `data_specs`.
       Override `project` if weights have limits.

    Args:
        **kwargs: See `GenerativeModel`.

    Example:

    >>> class Chase(kgen.Game):
    ...     terms = ("hare_loss", "dog_loss", "dog_gradient")
    ...
    ...     def __init__(self, hare, dog, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.hare, self.dog = hare, dog
    ...         self.data_shape = kgen.networks.input_shape(dog, "x")
    ...
    ...     @property
    ...     def players(self):
    ...         return (
    ...             kgen.Player("hare", self.hare, self.run, every=2),
    ...             kgen.Player("dog", self.dog, self.follow, steps=3),
    ...         )
    ...
    ...     def distance(self, x, training):
    ...         gap = self.hare(x, training=training) - self.dog(x, training=training)
    ...         return keras.ops.sum(gap**2, axis=-1)
    ...
    ...     def run(self, x, labels=None, training=False):
    ...         return {"hare_loss": -self.distance(x, training)}
    ...
    ...     def follow(self, x, labels=None, training=False):
    ...         return {"dog_loss": self.distance(x, training)}
    >>> def network():
    ...     x = keras.Input((2,), name="x")
    ...     return keras.Model(x, keras.layers.Dense(2)(x))
    >>> chase = Chase(network(), network())
    >>> chase.compile(optimizers={"hare": "sgd", "dog": keras.optimizers.Adam(1e-2)})
    >>> history = chase.fit(np.ones((8, 2)), batch_size=2, verbose=0)
    >>> int(chase.optimizer.iterations)
    4
    >>> int(chase.hare_optimizer.iterations), int(chase.dog_optimizer.iterations)
    (2, 12)
    """

    terms = ()

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        vars(self)["_recorded"] = set()  # Names of terms that objectives have given.

    @property
    def players(self):
        """The players, a tuple of `Player`, in the order in which they play."""
        raise TypeError(f"{type(self).__name__} does not define `players`.")

    def player(self, name):
        """The player with this name."""
        return next(player for player in self.players if player.name == name)

    @property
    def learners(self):
        """The players that have an optimizer of their own."""
        return tuple(p for p in self.players if p.trains_with is None)

    @property
    def optimizer_names(self):
        """The optimizers of the players: arguments of `compile`, and attributes."""
        return tuple(player.optimizer for player in self.learners)

    @property
    def averaging_optimizer(self):
        """The last player's optimizer; as a rule this player's network samples."""
        return self.learners[-1].optimizer

    @property
    def averaged_variables(self):
        """Variables that `averaging_optimizer` trains; no others are averaged."""
        name = self.averaging_optimizer
        return next(p for p in self.players if p.optimizer == name).variables

    def compile(
        self,
        optimizers: str | dict = "adam",
        run_eagerly=False,
        steps_per_execution="auto",
        jit_compile="auto",
        **others,
    ):
        """Sets the optimizers; `self.optimizer` is a `MultiOptimizer` of them all.

        Losses are not scaled, and a `LossScaleOptimizer` is refused: small gradients
        may vanish with `mixed_float16`, but not with `mixed_bfloat16`. The optimizer of
        each player is an attribute: `game.critic_optimizer.learning_rate = 1e-4`.

        Args:
            optimizers: Dictionary from names of players to Keras optimizers, by name or
                as instances; other players get Adam. Or one name for all players.
            run_eagerly: See `GenerativeModel.compile`.
            steps_per_execution: See `GenerativeModel.compile`.
            jit_compile: See `GenerativeModel.compile`.
            **others: Optimizers of players by the name of the attribute, such as
                `critic_optimizer`. Keras' `optimizer`, `loss` and `metrics` are
                refused.

        Raises:
            TypeError: for other arguments of Keras' `compile`.
            ValueError: for an unknown player, an invalid or shared optimizer, variables
                without a player or with two; for several steps per execution, or XLA,
                on several replicas.
        """
        check_compile(self, others, run_eagerly, jit_compile)
        check_players(self)
        former = getattr(self, "optimizer", None)
        rounds = 0 if former is None else former.iterations.numpy()
        found = optimizers_by_name(self.learners, optimizers, others)
        self.compiled = False  # Until each player has its optimizer.
        vars(self)["_optimized"] = {id(v) for p in self.players for v in p.variables}
        for player in self.learners:
            setattr(self, player.optimizer, found[player.name])
        super().compile(
            combined(found, self.learners),
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            auto_scale_loss=False,
        )
        self.optimizer.iterations.assign(rounds)

    def retrace_if_changed(self):
        """Drops the graphs of steps if a part of the game was changed.

        Raises:
            ValueError: for a weight that was frozen when the game was compiled.
        """
        optimized = vars(self).get("_optimized", ())
        for variable in self.trainable_variables if self.compiled else ():
            if id(variable) not in optimized:
                raise ValueError(
                    f"{variable.path} was frozen when the game was compiled, so it has "
                    "no optimizer. Compile the game again after a network was freed."
                )
        super().retrace_if_changed()

    def check_exchange(self, name, optimizer):
        """An optimizer of Keras that is to take the place of a player's.

        Raises:
            AttributeError: for the place of `optimizer`, which combines those of all.
            ValueError: for what is no optimizer.
        """
        if not self.compiled or isinstance(optimizer, keras.optimizers.MultiOptimizer):
            return optimizer
        if name in self.optimizer_names:
            return check_optimizer(f"the attribute {name}", "value", optimizer)
        raise AttributeError(
            f"{name} of a {type(self).__name__} combines those of its players and is "
            f"not set. Set {' or '.join(self.optimizer_names)}, or compile again."
        )

    def optimizer_exchanged(self, name):
        """Combines a player's new optimizer with the others, so that it is saved."""
        if not self.compiled or name not in self.optimizer_names:
            return
        found = {p.name: getattr(self, p.optimizer) for p in self.learners}
        rounds = self.optimizer.iterations
        self.optimizer = combined(found, self.learners)
        self.optimizer.build(self.trainable_variables)
        self.optimizer.iterations.assign(rounds)

    def get_compile_config(self):
        """The arguments of `compile`, serialized."""
        config = super().get_compile_config()
        if not config:  # Not compiled.
            return config
        del config["optimizer"], config["auto_scale_loss"]
        for name in self.optimizer_names:
            optimizer = getattr(self, name)
            config[name] = keras.saving.serialize_keras_object(optimizer)
        return config

    @with_batch
    def train_step(self, data):
        """A round of the game on a batch; returns the running means."""
        return self.play(data, training=True)

    def test_step(self, data):
        """Adds a batch to the running means, without training."""
        return self.play(data, training=False)

    def play(self, data, training):
        """A round of the game; without `training`, one evaluation of each objective.

        Returns:
            The running means by name.
        """
        parts, weight = self.unpack(data)
        for player in self.players:
            turn = functools.partial(self.turn, player, training=training)
            if training and not player.always_plays:
                in_rounds_of(player, self.optimizer.iterations, turn, parts, weight)
            else:
                turn(parts, weight)
        if training:
            self.optimizer.iterations.assign_add(1)
        if not tf.executing_eagerly():  # Eagerly, a player may sit out: no terms.
            check_terms(self, vars(self)["_recorded"])
        return self.results()

    def results(self):
        """The running means by name, as a step returns them."""
        # A replica may have had no rows where another one had some.
        return self._with_gaps(super().results(), all_sum)

    def get_metrics_result(self):
        """The running means by name, as an epoch ends with them."""
        return self._with_gaps(super().get_metrics_result(), tf.identity)

    def _with_gaps(self, means, over_replicas):
        """The means, with NaN for a player that has sat out all rounds so far."""
        if all(player.always_plays for player in self.players):
            return means
        counts = [tf.convert_to_tensor(self.trackers[name].count) for name in means]
        played = tf.unstack(over_replicas(tf.stack(counts)) > 0)
        return {
            name: tf.where(ever, value, float("nan"))
            for ever, (name, value) in zip(played, means.items(), strict=True)
        }

    def turn(self, player, parts, weight, training):
        """The steps of a player in a round, and the running means of its last terms.

        Args:
            player: A `Player`.
            parts: Dictionary of the arguments of objectives, from `unpack`.
            weight: `(local batch,)`, or `None` for 1.
            training: Whether the player learns; else its objective is evaluated once.
        """
        with sample_weights(weight):
            for _ in range(player.steps if training else 1):
                terms = self.step(player, parts, weight, training)
        rows = tf.shape(terms[player.loss])
        for name, value in terms.items():
            if name in self.trackers:
                value = tf.broadcast_to(value, rows)
                self.trackers[name].update_state(value, sample_weight=weight)
        vars(self)["_recorded"].update(terms)

    def step(self, player, parts, weight, training):
        """One step of a player, if `training`; its terms and its gradient's norm."""
        terms, gradients = self.gradients(player, parts, weight, training)
        sums, shares = global_gradients(gradients)
        if training:
            getattr(self, player.optimizer).apply(shares, player.variables)
            self.constrain(player)
        return {**terms, player.gradient: tf.linalg.global_norm(sums)}

    def gradients(self, player, parts, weight, training):
        """Terms and gradients for a player's step; here, `objective_gradients`."""
        return self.objective_gradients(player, parts, weight, training)

    def objective_gradients(self, player, parts, weight, training, by=None):
        """The terms of a player, and this replica's share of its gradients.

        Args:
            player: A `Player`.
            parts: See `turn`.
            weight: See `turn`.
            training: Whether networks run in training mode.
            by: Tensors to differentiate by, instead of the player's variables.
        """
        with tf.GradientTape() as tape:
            if by is not None:
                tape.watch(by)
            terms = player.terms(parts, training)
            loss = global_mean(terms[player.loss], weight)
        by = player.variables if by is None else by
        gradients = tape.gradient(loss, by)
        if player.trains_with is not None:
            # A further objective, such as a penalty, may depend on some weights only.
            gradients = zeros_for_none(gradients, by)
        return terms, gradients

    def project(self, player, weights):
        """The allowed weights nearest to `weights`; here, all weights are allowed.

        Args:
            player: A `Player`.
            weights: List of tensors or variables.
        """
        return weights

    def constrain(self, player):
        """Brings the variables of a player into their limits."""
        variables = player.variables
        allowed = self.project(player, variables)
        if allowed is not variables:
            for variable, value in zip(variables, allowed, strict=True):
                variable.assign(value)
