"""Keras methods that users try on any model: they work, or name kgen's way."""

import inspect
import reprlib
import warnings

import keras
from tensorflow.python.framework import config as framework_config

from kgen.core.checks.values import check_count
from kgen.core.file_format import FORMAT, KEY, check_format
from kgen.core.parts import packed, parts_of
from kgen.core.training.batches import checked_parts
from kgen.core.training.gathering import batches
from kgen.suggestions import suggest

# Advice for a missing verb, beside the list of the model's verbs.
BOUND = "VAEs and diffusion have bounds; flows and autoregressive models `log_prob`."
WAYS = {
    "sample": "kgen.TwoStage(model, prior) learns a prior of its codes, and samples.",
    "log_prob": "Flows, autoregressive models and mixtures have exact densities, and "
    "diffusion of real numbers has one by an ODE; VAEs and diffusion have a bound, "
    "`elbo`, and `ode_likelihood` of diffusion over levels estimates one by the ODE.",
    "elbo": BOUND,
    "elbo_parts": BOUND,
    "iwae_bound": BOUND,
    "encode": "kgen.latent.invert(model, x) finds codes for a model with `decode`.",
    "decode": "VAEs, autoencoders, GANs and flows decode.",
    "reconstruct": "Autoencoders, VAEs and VQ-VAEs reconstruct.",
    "discriminate": "GANs discriminate.",
}
EXACT = "`log_prob` is exact."
WAYS_OF_BOUNDS = {
    ("log_prob", "elbo"): "`elbo` is a lower bound on it.",
    ("log_prob", "energy"): "`energy` is -log p(x) up to log Z. Call log_normalizer(), "
    "which estimates log Z: then there is `log_prob`, until the next training.",
    ("elbo", "log_prob"): EXACT,
    ("iwae_bound", "log_prob"): EXACT,
}


class KerasHabits:
    """Methods of `keras.Model` that work differently for a generative model.

    A base class of `GenerativeModel`, before `keras.Model`.
    """

    def __getattr__(self, name):
        if name in WAYS:
            raise AttributeError(_lacks(self, name), name=name, obj=self)
        # Raises Python's own message, or the error inside a property.
        return object.__getattribute__(self, name)

    # Verbs that give log p(x) or a bound on it, in the order in which what scores
    # examples takes one by itself.
    preferred_likelihoods = ("log_prob", "iwae_bound", "elbo")

    @property
    def preferred_likelihood(self):
        """The first of `preferred_likelihoods` that the model has, or `None`."""
        return next((n for n in self.preferred_likelihoods if hasattr(self, n)), None)

    @property
    def is_explicit(self):
        """Whether the model has a density, `log_prob`, or a bound on it, `elbo`."""
        return hasattr(self, "log_prob") or hasattr(self, "elbo")

    def __call__(self, *args, **kwargs):
        """The model's `call`, if its class has one."""
        check_has_call(self, "model(x)")
        return super().__call__(*args, **kwargs)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # There is nothing to build. Keras would add the batches of the replicas to
        # try it, which fails if their sizes differ.
        pass

    @property
    def metrics(self):
        """The trackers alone: Keras would list a second, empty "loss"."""
        return list(self.trackers.values())

    def fit(self, *args, **kwargs):
        """Keras' `fit`, after a check of the quantities that callbacks monitor."""
        warn_of_monitors(self, kwargs)
        return super().fit(*args, **kwargs)

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Saves the model to a `.keras` file, as `keras.Model.save` does.

        Args:
            filepath: Path that ends in `.keras`, or a folder with `zipped=False`.
            overwrite: Whether to replace an existing file; else Keras asks.
            zipped: `False` for a folder instead of a file.
            **kwargs: Of `keras.Model.save`.

        Raises:
            ValueError: for another ending, such as `.h5`: kgen cannot load such a file.
        """
        path = str(filepath)
        hub = path.startswith("hf://")
        if zipped is not False and not hub and not path.endswith(".keras"):
            raise ValueError(f"`save` was given {path!r}, but {KERAS_FILES}")
        return super().save(filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def export(self, filepath, format="tf_saved_model", **kwargs):
        """Writes a new version of a served model: the same as `kgen.export`.

        Networks of the model, `keras.Model`s, export themselves in Keras' other
        formats.

        Args:
            filepath: Folder of the served model. Versions are its subfolders.
            format: `"tf_saved_model"`, Keras' name of a SavedModel, or the name of
                another one of `kgen.serving.FORMATS`.
            **kwargs: `verbose`, which has no effect: nothing is printed.

        Returns:
            Path of the version that was written.

        Raises:
            ValueError: for an unknown format, or other arguments of Keras' `export`.
        """
        import kgen

        kwargs.pop("verbose", None)
        if kwargs:
            raise ValueError(
                f"`export` was given {_listed(kwargs)}, but writes a SavedModel with a "
                "signature for each verb: kgen.export(model, folder). Networks of the "
                "model, keras.Models, export themselves with Keras' arguments."
            )
        format = "saved_model" if format == "tf_saved_model" else format
        return kgen.export(self, filepath, format=format)

    def get_config(self):
        """The model's configuration, with the version of kgen's files."""
        return {KEY: FORMAT, **super().get_config()}

    @classmethod
    def from_config(cls, config):
        """A new model from the result of `get_config`.

        Raises:
            ValueError: if a later kgen wrote the configuration.
        """
        config = dict(config)
        check_format(f"The model {cls.__name__}", config.pop(KEY, None))
        return super().from_config(config)


def verb_names(model):
    """Names of a model's public verbs, found without access to the attributes."""
    names = {}
    for cls in type(model).__mro__:
        for name, value in vars(cls).items():
            if getattr(value, "is_verb", False) and not name.startswith("_"):
                available = getattr(value, "available_if", None)
                names.setdefault(name, available is None or available(model))
    return sorted(name for name, available in names.items() if available)


def _lacks(model, name):
    names = verb_names(model)
    ways = (way for (lacks, has), way in WAYS_OF_BOUNDS.items() if lacks == name)
    has = (has in names for lacks, has in WAYS_OF_BOUNDS if lacks == name)
    way = next((way for way, true in zip(ways, has, strict=True) if true), WAYS[name])
    if way is EXACT and model.preferred_likelihood != "log_prob":
        way = WAYS[name]
    listed = ", ".join(names) or "none"
    return f"This {type(model).__name__} has no {name!r}. Its verbs are {listed}. {way}"


def check_has_call(model, used):
    """Raises a NotImplementedError for a model that has verbs, but no `call`.

    Args:
        model: A `GenerativeModel`.
        used: The user's expression that needs `call`: `"predict"`.
    """
    if type(model).call is keras.Model.call:
        names = ", ".join(verb_names(model)) or "none"
        raise NotImplementedError(
            f"A {type(model).__name__} has no single output that `{used}` could give. "
            f"Call a verb: {names}."
        )


def with_condition(model, x, batch_size):
    """`x` of `predict`; arrays `(x, labels)` of a conditional model as a data set."""
    if model.condition is None or not isinstance(x, (tuple, list)) or len(x) != 2:
        return x, batch_size
    parts = checked_parts(model, parts_of(model, tuple(x)))
    return batches(packed(model, parts), batch_size=batch_size or 32), None


def compile_arguments(model):
    """Names of the arguments that a model's `compile` uses."""
    parameters = inspect.signature(model.compile).parameters.values()
    names = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
    return list(dict.fromkeys([*names, *model.optimizer_names]))


KERAS_FILES = (
    "writes only .keras files, which hold model, weights and optimizer. Use "
    "model.save('model.keras'), model.save_weights('model.weights.h5') for the "
    "weights, or kgen.export(model, folder) for a server."
)


class OfKerasFiles:
    """Keras' record of `compile`: it serializes for .keras files, but not for HDF5.

    `keras.saving.save_model(model, "model.h5")` would remove the optimizer from the
    record and write a file that cannot be loaded.

    Args:
        kept: Keras' own record.
    """

    def __init__(self, kept):
        self.serialize = kept.serialize

    @property
    def config(self):
        """Raises a ValueError: Keras reads this only for an HDF5 file."""
        raise ValueError(f"`save_model` was to write an HDF5 file, but {KERAS_FILES}")


def check_compile(model, others, run_eagerly=False, jit_compile="auto"):
    """Raises a TypeError for arguments of Keras' `compile` that kgen's does not take.

    Args:
        model: A `GenerativeModel`.
        others: Dictionary of the further arguments of `compile`. The model's
            optimizers are accepted.
        run_eagerly: The second argument of `compile`, where Keras has the loss.
        jit_compile: The argument `jit_compile`.
    """
    if jit_compile not in (True, False, "auto"):
        raise ValueError(
            f"`compile` was given jit_compile={jit_compile!r}, but expects True, False "
            "or 'auto'."
        )
    if isinstance(run_eagerly, (int, float)) and not isinstance(run_eagerly, bool):
        raise ValueError(
            f"`compile` was given run_eagerly={run_eagerly!r}, but expects True or "
            "False."
        )
    own = model.optimizer_names
    others = {key: value for key, value in others.items() if key not in own}
    if not isinstance(run_eagerly, bool):
        others = {"loss": run_eagerly, **others}
    if not others:
        return
    name, accepted = next(iter(others)), compile_arguments(model)
    objective = f"the loss of a {type(model).__name__} is its own objective"
    terms = ", ".join(model.trackers)
    if "optimizer" in name and "optimizer" not in accepted:
        optimizers = [key for key in accepted if key in own]
        way = f"expects {' and '.join(optimizers)}"
    elif "metrics" in name:
        way = (
            f"{objective}, and there is no y to compare with. It logs {terms}; "
            "kgen.metrics has figures of samples, which a keras.callbacks.Callback may "
            "compute after each epoch. Leave it out"
        )
    elif "loss" in name:
        way = f"{objective}, of the terms {terms}. Leave it out"
    else:
        way = f"expects {', '.join(accepted)}.{suggest(name, accepted)} Leave it out"
    raise TypeError(f"`compile` was given {_listed({name: others[name]})}, but {way}.")


def check_optimizer(name, key, optimizer):
    """A Keras optimizer from a name, an instance or a configuration.

    Args:
        name: Name of the function that takes it, for the error.
        key: Name of the argument.
        optimizer: Its name, an instance, or its configuration.
    """
    reason = None
    try:
        found = keras.optimizers.get(optimizer)
    except (TypeError, ValueError) as error:
        found, reason = None, error
    if found is None:
        raise ValueError(
            f"`{name}` was given {key}={reprlib.repr(optimizer)}, but expects the name "
            "of a Keras optimizer, such as 'adam', or an instance."
        ) from reason
    return found


def check_steps_per_execution(steps):
    """The number of steps that Keras takes in one call; 1 for `"auto"`."""
    if isinstance(steps, str) and steps == "auto":
        return 1  # kgen's train function runs others beside it.
    if isinstance(steps, str):
        raise ValueError(
            f"`compile` was given steps_per_execution={steps!r}, but expects a number "
            "of steps or 'auto'."
        )
    return check_count("compile", "steps_per_execution", steps)


def jit_as_possible(jit_compile):
    """`jit_compile`; if operations are deterministic, `False` and a warning."""
    if jit_compile is not True or not framework_config.is_op_determinism_enabled():
        return jit_compile
    warnings.warn(
        "jit_compile=True has no effect: operations have to be deterministic, and XLA "
        "gives no guarantee. Call kgen.seed_everything(seed, deterministic=False), or "
        "pass --no-deterministic on the command line.",
        stacklevel=4,
    )
    return False


def warn_of_monitors(model, given):
    """Warns of callbacks that monitor a quantity that `fit` will not log.

    Callbacks after a user's own, or after one that adds logs, are not checked: that one
    may log the quantity.

    Args:
        model: A `GenerativeModel`.
        given: Arguments of its `fit`.
    """
    callbacks = given.get("callbacks") or []
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    logged = list(model.trackers)
    if given.get("validation_data") is not None or given.get("validation_split"):
        logged += [f"val_{name}" for name in model.trackers]
    for callback in keras.tree.flatten(callbacks):
        theirs = type(callback).__module__.split(".")[0] not in ("keras", "kgen")
        if theirs or getattr(callback, "adds_logs", False):
            return
        monitor = getattr(callback, "monitor", None)
        needed = getattr(callback, "save_best_only", True)
        if needed and isinstance(monitor, str) and monitor not in logged:
            lacks = monitor.removeprefix("val_") in model.trackers
            way = "Pass validation_data, or monitor" if lacks else "Monitor"
            warnings.warn(
                f"{type(callback).__name__} monitors {monitor!r}, which this "
                f"{type(model).__name__} does not log, and will do nothing. {way} one "
                f"of: {', '.join(logged)}.",
                stacklevel=4,
            )


def _listed(arguments):
    pairs = arguments.items()
    return ", ".join(f"{name}={reprlib.repr(value)}" for name, value in pairs)
