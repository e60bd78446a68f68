"""Settings of models: what may be one, and which graphs a change makes out of date."""

import functools
import inspect

import keras
import tensorflow as tf

from kgen.core.config import constructor_arguments


class Retraced:
    """Drops the graphs of a model when a setting or a part of it is changed.

    Keras and verbs trace a graph once, which then holds the values of that moment. A
    base class of `GenerativeModel`, before `Configured`.
    """

    # Settings that may be changed, by name, and what checks their values, in the
    # constructor too: `(name, value) -> value`. A class without may have all of its
    # own changed.
    changeable = None
    ends_unforeseen = False  # Whether `fit` cannot know how many batches there are.

    def __setattr__(self, name, value):
        settings = constructor_arguments(type(self))
        if name not in settings:
            before = vars(self).get(name)
            super().__setattr__(name, value)
            if name.endswith("optimizer") and before is not None is not value:
                self.optimizer_exchanged(name)
                self.retrace()  # The step holds the one before.
            return
        if same_value(vars(self).get(name), value):
            return
        check_trainable(type(self).__name__, name, value)
        check, fixed = check_of(type(self), name)
        if check is not None:
            value = check(name, value)
        if name in vars(self):
            self._change(name, value, fixed)
        else:
            super().__setattr__(name, value)

    def _change(self, name, value, fixed):
        """Sets a setting that had another value, if it may be changed."""
        before = getattr(self, name)
        if fixed and shapes_of(before) is not None:
            check_same_shapes(type(self).__name__, name, before, value)
        elif fixed:
            tables = (vars(base).get("changeable") for base in type(self).__mro__)
            names = sorted({key for table in tables for key in table or ()})
            raise AttributeError(
                f"{name} of a {type(self).__name__} is fixed when it is built, as "
                "other things come from it. Build another model, with the same "
                "networks if they fit. What may be changed: "
                f"{', '.join(names) or 'nothing'}."
            )
        super().__setattr__(name, value)
        try:
            self.check_settings()
        except ValueError:
            super().__setattr__(name, before)
            raise
        # Graphs of verbs, here and in models of which this one is a part.
        vars(self).pop("_verb_graphs", None)
        vars(self)["_changes"] = vars(self).get("_changes", 0) + 1
        self.retrace()

    def check_settings(self):
        """Raises a ValueError for settings that exclude one another; none here."""

    def optimizer_exchanged(self, name):
        """Follows the exchange of the optimizer of that name; nothing to do here."""

    def retrace(self):
        """Drops the graphs of steps; that of a running `fit` is made anew at once."""
        self.test_function = self.predict_function = None
        if getattr(self, "train_function", None) is not None:
            self.make_train_function(force=True)

    def retrace_if_changed(self):
        """Drops the graphs of steps if a part of the model was changed.

        What was frozen since would go on learning.
        """
        found = traced_for(self)
        if found != vars(self).get("_traced_for"):
            vars(self)["_traced_for"] = found
            self.retrace()


@functools.cache
def check_of(cls, name):
    """What checks a setting, and whether it is fixed once the model is built."""
    tables = [
        vars(base)["changeable"]
        for base in cls.__mro__
        if vars(base).get("changeable") is not None
        and name in inspect.signature(base.__init__).parameters
    ]
    check = next((table[name] for table in tables if name in table), None)
    return check, bool(tables) and check is None


def shapes_of(network):
    """Shapes of the inputs and the output of a network, `None` of anything else."""
    inputs = getattr(network, "inputs", None) if isinstance(network, keras.Model) else 0
    if not inputs:
        return None
    return [tuple(tensor.shape) for tensor in inputs], network.output_shape


def check_same_shapes(owner, name, before, network):
    """Raises a ValueError unless a network can take the place of another."""
    found, expected = shapes_of(network), shapes_of(before)
    if found != expected:
        raise ValueError(
            f"{name} of a {owner} was set to {network!r}, whose inputs and output have "
            f"the shapes {found}, but expects a network of those of the one before, "
            f"{expected}. Build another model for other shapes."
        )


def check_logged(model, name, part):
    """Raises a ValueError unless the term of a part of the loss is there with it."""
    if (part is None) == (name in model.trackers):
        raise ValueError(
            f"{name} of a {type(model).__name__} was set to {part}, but a model logs "
            "the terms of its loss from the start. Build another one with it, or "
            "without."
        )


def changes(model):
    """How often settings of each part of a model were changed."""
    values = (getattr(model, n, None) for n in constructor_arguments(type(model)))
    parts = [value for value in values if "_changes" in getattr(value, "__dict__", ())]
    return tuple((vars(part)["_changes"], changes(part)) for part in parts)


def traced_for(model):
    """What the graph of a step holds, and could have changed in a part of the model."""
    variables = tuple(id(v) for v in model.trainable_variables)
    return changes(model), variables, model.ends_unforeseen


def same_value(old, new):
    """Whether a setting that is assigned anew stays the number or name that it is."""
    return (
        isinstance(new, (bool, int, float, str))
        and type(old) is type(new)
        and old == new
    )


def check_trainable(owner, name, value):
    """Raises a ValueError for a network of another library, which would never learn.

    Args:
        owner: Name of the class that was given the setting.
        name: Name of the setting.
        value: Its value; of a list each entry is looked at.
    """
    for part in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(part, (keras.Layer, keras.Variable, tf.Variable, type)):
            continue
        weights = ("trainable_variables", "trainable_weights", "parameters")
        if any(hasattr(part, attribute) for attribute in weights):
            kind = f"{type(part).__module__}.{type(part).__name__}"
            raise ValueError(
                f"{owner} was given {name} of the class {kind}, which is none of Keras "
                "3: its weights would never be trained or saved. Build it from layers "
                "of `keras`; with `import keras` instead of tf_keras most code stays "
                "the same."
            )


def check_precision(owner, compute_dtype):
    """Raises a ValueError for a precision that noise and likelihoods do not have.

    Args:
        owner: Name of the class of the model.
        compute_dtype: That of its dtype policy.
    """
    if "float64" in (compute_dtype, keras.config.floatx()):
        raise ValueError(
            f"{owner} was made where floats are float64, but kgen computes "
            "likelihoods, noise and what it exports in float32. Call "
            "keras.config.set_dtype_policy('float32') and "
            "keras.config.set_floatx('float32') first; float64 data is converted."
        )
