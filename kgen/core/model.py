"""The base class of every model: its training step, test step and exact means."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from kgen.core.checks.data import data_errors
from kgen.core.checks.terms import check_objective
from kgen.core.checks.values import check_condition, check_context, check_count
from kgen.core.config import Configured
from kgen.core.distribution.batch import sample_weights, with_batch
from kgen.core.distribution.replicas import (
    check_fit,
    check_strategy,
    global_mean,
    pad_empty_shard,
    several_workers,
    worker_errors,
)
from kgen.core.keras_habits import (
    KerasHabits,
    OfKerasFiles,
    check_compile,
    check_has_call,
    check_optimizer,
    check_steps_per_execution,
    compile_arguments,
    jit_as_possible,
    with_condition,
)
from kgen.core.notebook import ShownInNotebooks
from kgen.core.parts import tensors_of
from kgen.core.random import NoiseSource
from kgen.core.settings import Retraced, check_precision
from kgen.core.specs import default_argument_specs, default_data_specs
from kgen.core.traced import forget_traced
from kgen.core.training.ahead import RunsAhead
from kgen.core.training.batches import one_batch
from kgen.core.training.datasets import as_datasets
from kgen.core.training.resumable import (
    Progress,
    check_some_steps,
    ends_unforeseen,
    evaluated,
    resumable_datasets,
    with_checked_data,
)


class GenerativeModel(
    KerasHabits, RunsAhead, ShownInNotebooks, Retraced, Configured, keras.Model
):
    """A `keras.Model` that is trained on an objective of its own.

    `fit`, `evaluate`, callbacks and saving are Keras'. Data is `x`, `(x, labels)` or
    `(x, labels, weight)`; a model without classes ignores labels. The loss is the
    weighted mean of `objective` over the global batch plus the regularisation
    losses of the networks. It is exact on a ragged last batch and the same for any
    number of replicas. A weight of 2 counts an example twice.

    To write a new model:

    1. Subclass `GenerativeModel`. Take networks and settings as constructor
       arguments and assign each to the attribute of its name: saving and loading
       need no more. Set `data_shape`, and `latent_shape` if there is a `z`. Images
       must be in [0, 1]; define `data_range` for other limits.
    2. List in `terms` the names of the values that `objective` returns. `"loss"` is
       minimised, the others are logged beside it.
    3. Write `objective(x, labels, training)`: one value per example for each term,
       in nats where it is a likelihood. Take noise from
       `self.noise.next(training)` and call networks with `kgen.networks.apply`. Take
       means over the whole batch by `kgen.core.distribution.batch.batch_mean`.
    4. Decorate with `kgen.verb` each method that a user calls on data. It is then
       checked, compiled and exported.
    5. Add to `data_specs` an entry for other data than x and its condition, such as a
       second domain or a mask. Add other arguments of verbs to `argument_specs`.

    `docs/writing_a_model.md` shows a complete model.

    Call each network once in `objective` if it has activity penalties: Keras keeps the
    penalties of the last call. Noise from `self.noise` is saved with the model and
    differs between replicas, like the noise of `kgen.networks.Dropout`. Keras' own
    random layers draw the same on all replicas, and only a `Checkpoint` keeps their
    state. Under a strategy an empty shard becomes one row of zeros with weight 0:
    `objective` must be finite there.

    Args:
        num_classes: Number of classes of a conditional model; its networks then
            declare an input named `labels`. `None` for an unconditional model.
        seed: Integer that fixes all noise of the model; `None` for a random one.
        context_shape: Shape of what conditions the model instead of classes, such as
            `(28, 28, 1)` for images, or the size of vectors; its networks then declare
            an input named `context`.
        **kwargs: `name` and `dtype` of `keras.Model`.
    """

    terms = ("loss",)
    data_shape = None
    latent_shape = None
    # Number of codes if x, or z, holds ints from 0 on instead of real numbers.
    num_data_codes = None
    num_latent_codes = None
    can_jit_verbs = False  # Whether `compile(jit_compile=True)` is for verbs, too.
    jit_verbs = "auto"  # XLA compiles verbs that are often called.
    # Name of the optimizer, as attribute and argument of `compile`, that averages
    # weights with `--ema`.
    averaging_optimizer = "optimizer"

    changeable = {}

    def __init__(
        self,
        num_classes: int | None = None,
        seed: int | None = None,
        context_shape: int | Sequence[int] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        name = type(self).__name__
        check_precision(name, self.compute_dtype)
        if num_classes is not None:
            check_count(name, "num_classes", num_classes)
        check_condition(name, num_classes, context_shape)
        self.num_classes = num_classes
        self.context_shape = check_context(name, context_shape)
        self.seed = seed
        self.noise = NoiseSource(seed, name="noise")
        vars(self)["_made_under"] = tf.distribute.get_strategy()
        vars(self)["_progress"] = Progress({})
        self.trackers = {name: keras.metrics.Mean(name=name) for name in self.terms}
        self.built = True  # Networks arrive built: nothing is left to build.

    @property
    def data_specs(self):
        """The data of `fit`: a `kgen.core.specs.Spec` of each part, by its name.

        A subclass may add a part, such as a second domain or a mask:
        `{**super().data_specs, "y": Real((8, 8, 1), (0.0, 1.0))}`. Verbs may take it,
        too.
        """
        return default_data_specs(self)

    row_options = {}  # Options of `sample` that exports serve by row, `{name: Spec}`.

    @property
    def argument_specs(self):
        """Tensor arguments of verbs: a `kgen.core.specs.Spec` for each, by name.

        These are the data of `fit`, latents, seeds, and the known part of data to
        complete. A subclass may add others.
        """
        return default_argument_specs(self)

    @property
    def condition(self):
        """The condition's name in verbs, `"labels"`, `"context"` or `None`."""
        specs = self.data_specs
        return next((name for name in ("context", "labels") if name in specs), None)

    def add_term(self, name, tracker=None):
        """Adds a term that only some models of a class have; for constructors.

        Args:
            name: Name of the term, in the result of `objective` and in the logs.
            tracker: `keras.metrics.Metric` of the term; by default its mean is logged.
        """
        self.terms = (*self.terms, name)
        self.trackers[name] = tracker or keras.metrics.Mean(name=name)

    @property
    def data_range(self):
        """Limits of data: `(0.0, 1.0)` for images or by a likelihood, else `None`."""
        over_unit = getattr(getattr(self, "likelihood", None), "unit_interval", False)
        return (0.0, 1.0) if over_unit or len(self.data_shape) == 3 else None

    def objective(self, x, labels=None, training=False):
        """The terms of each example, such as its loss.

        Args:
            x: Data, float32 `(batch, *data_shape)`.
            labels: int32 `(batch,)`; for a model with a `context_shape` the context,
                float32 `(batch, *context_shape)`; else `None`.
            training: Whether networks run in training mode.

        Returns:
            Dictionary from each name in `terms` to values `(batch,)`.
        """
        raise TypeError(f"{type(self).__name__} does not define `objective`.")

    def compile(
        self,
        optimizer="adam",
        run_eagerly=False,
        steps_per_execution="auto",
        jit_compile="auto",
        auto_scale_loss=True,
        **others,
    ):
        """Sets the optimizer; the loss is the model's own objective.

        Args:
            optimizer: Name or instance of a Keras optimizer. `compile` builds it, so
                that checkpoints and strategies find its variables.
            run_eagerly: Whether steps run without a graph, for debugging.
            steps_per_execution: Steps in one call of the graph; callbacks see the last
                of them. `"auto"` runs many small steps in one call where no callback
                has to see the model in between.
            jit_compile: Whether XLA compiles the step. On a CPU `"auto"` compiles small
                steps beside the training, unless they have convolutions, which it
                slows down, or noise, which it changes; and never after
                `kgen.seed_everything(seed)`: the time decides when it takes over.
            auto_scale_loss: Whether `mixed_float16` scales the loss.
            **others: Keras' `loss` and `metrics`, which are refused.

        Raises:
            TypeError: for other arguments of Keras' `compile`.
            ValueError: for several steps per execution, or XLA, on several replicas.
        """
        check_compile(self, others, run_eagerly, jit_compile)
        optimizer = check_optimizer("compile", "optimizer", optimizer)
        steps = check_steps_per_execution(steps_per_execution)
        check_strategy(steps, jit_compile)
        super().compile(
            optimizer=optimizer,
            run_eagerly=run_eagerly,
            steps_per_execution=steps,
            jit_compile=jit_as_possible(jit_compile),
            auto_scale_loss=auto_scale_loss,
        )
        self._compile_config = OfKerasFiles(self._compile_config)
        self.auto_scale_loss = auto_scale_loss
        self.jit_asked, self.steps_asked = jit_compile, steps_per_execution
        allowed = self.can_jit_verbs and self.jit_compile
        self.jit_verbs = "auto" if jit_compile == "auto" else jit_compile and allowed
        self.optimizer.build(self.trainable_variables)

    def get_compile_config(self):
        """The arguments of `compile`, serialized."""
        config = super().get_compile_config()
        if config:  # Else the model is not compiled.
            config["auto_scale_loss"] = self.auto_scale_loss
            config["jit_compile"] = self.jit_asked
            config["steps_per_execution"] = self.steps_asked
        return config

    def compile_from_config(self, config):
        """Compiles with the result of `get_compile_config`.

        On several replicas `steps_per_execution` and XLA are left out: these are for
        one device, and change no result.
        """
        config = keras.saving.deserialize_keras_object(config)
        # A game's `optimizers` are in it one by one.
        names = set(compile_arguments(self)) - {"optimizers"}
        config = {name: config[name] for name in names}
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            config |= {"steps_per_execution": "auto", "jit_compile": "auto"}
        self.compile(**config)

    def fit(self, *args, **kwargs):
        """Trains as `keras.Model.fit` does, with its arguments."""
        check_fit(self)
        given = as_datasets(self, keras.Model.fit, *args, **kwargs)
        self.ends_unforeseen = ends_unforeseen(given)
        self.retrace_if_changed()
        with data_errors(self):
            self.adapt(given.get("x"))
        given = resumable_datasets(self, given)
        vars(self)["_progress"] = Progress(given)
        try:
            with data_errors(self), worker_errors():
                history = super().fit(**given)
            check_some_steps(self.progress, history)
            return history
        finally:
            self._initial_epoch = None  # `Checkpoint` sets it, for one call.
            forget_traced()
            self.progress.closing.close()

    def adapt(self, data):
        """Prepares the model at the start of `fit`, from data; by default does nothing.

        Args:
            data: `tf.data.Dataset` of batches, or other data for `fit`.
        """

    @property
    def progress(self):
        """The progress of `fit`, a `kgen.core.training.resumable.Progress`."""
        return vars(self)["_progress"]

    def train_on_batch(
        self, x, y=None, sample_weight=None, class_weight=None, return_dict=False
    ):
        """One step on a batch, as `keras.Model.train_on_batch` takes it."""
        self.retrace_if_changed()
        batch = one_batch(self, x, y, sample_weight, class_weight)
        return super().train_on_batch(*batch, return_dict=return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """The terms on a batch, as `keras.Model.test_on_batch` gives them."""
        self.retrace_if_changed()
        batch = one_batch(self, x, y, sample_weight)
        return super().test_on_batch(*batch, return_dict=return_dict)

    def evaluate(self, *args, **kwargs):
        """Evaluates as `keras.Model.evaluate` does, with its arguments."""
        given = as_datasets(self, keras.Model.evaluate, *args, **kwargs)
        if not given.get("_use_cached_eval_dataset"):
            self.retrace_if_changed()
        given = with_checked_data(self, given)
        self.begin_evaluation(given)
        with data_errors(self):
            return evaluated(super().evaluate(**given))

    def predict(self, x, batch_size=None, *args, **kwargs):
        """Predicts as `keras.Model.predict` does, with its arguments.

        Args:
            x: Data as for `fit`; for a conditional model also arrays `(x, labels)`.
            batch_size: Number of rows in a batch, for arrays.
            *args: Further arguments of `keras.Model.predict`.
            **kwargs: The same, by name.

        Raises:
            NotImplementedError: if the model has no `call`; it names the verbs.
        """
        check_has_call(self, "predict")
        x, batch_size = with_condition(self, x, batch_size)
        given = as_datasets(self, keras.Model.predict, x, batch_size, *args, **kwargs)
        given = with_checked_data(self, given)
        with data_errors(self):
            return super().predict(**given)

    @with_batch
    def train_step(self, data):
        """One step of the optimizer on a batch; returns the running means."""
        parts, weight = self.unpack(data)
        with tf.GradientTape() as tape, sample_weights(weight):
            terms = check_objective(self, self.objective(**parts, training=True))
            terms = self.with_regularization(terms)
            loss = self.optimizer.scale_loss(global_mean(terms["loss"], weight))
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self.track(terms, weight)

    def test_step(self, data):
        """Adds a batch to the running means, without training."""
        parts, weight = self.unpack(data)
        with sample_weights(weight):
            terms = check_objective(self, self.objective(**parts))
            terms = self.with_regularization(terms)
        return self.track(terms, weight)

    def unpack(self, data):
        """A batch as `(parts, weight)`: the arguments of `objective`, and the weights.

        `labels` is the condition, classes or a context, or `None` without one.
        """
        parts = tensors_of(self, data)
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            parts = pad_empty_shard(parts)
        weight = parts.pop("weights", None)
        labels = parts.pop(self.condition) if self.condition else None
        return {"labels": labels, **parts}, weight

    @property
    def optimizer_names(self):
        """Arguments of `compile` that are optimizers; the model's attributes, too."""
        return ("optimizer",)

    @property
    def averaged_variables(self):
        """Variables that `averaging_optimizer` trains."""
        return self.trainable_variables

    def with_regularization(self, terms):
        """`terms` with the networks' regularisation losses added to the loss."""
        return {**terms, "loss": terms["loss"] + sum(self.losses)}

    def track(self, terms, weight):
        """Updates the running means; returns them by name, as `fit` logs them."""
        for name, tracker in self.trackers.items():
            tracker.update_state(terms[name], sample_weight=weight)
        return self.results()

    def results(self):
        """The running means by name, as a step returns them."""
        results = {name: tracker.result() for name, tracker in self.trackers.items()}
        if several_workers(tf.distribute.get_strategy()):
            # With several workers Keras averages logs over axis 0.
            results = {name: value[None] for name, value in results.items()}
        return results

    def get_config(self):
        """The constructor's arguments and Keras' name and dtype policy."""
        dtype = keras.saving.serialize_keras_object(self.dtype_policy)
        return {"name": self.name, "dtype": dtype, **super().get_config()}
