"""Settings of models: checks of their values, and new graphs after a change."""

import functools
import inspect

import keras
import tensorflow as tf

from kgen.core.config import constructor_arguments


class Retraced:
    """Drops the graphs of a model when a setting or a part of it is changed.

    Keras and verbs trace a graph once, and the graph keeps the values of that moment. A
    base class of `GenerativeModel`, before `Configured`.
    """

    # Changeable settings by name, each with a check `(name, value) -> value`. The check
    # runs in the constructor, too. Without this table all settings of a class may be
    # changed.
    changeable = None
    ends_unforeseen = False  # Whether `fit` cannot know the number of batches.

    def __setattr__(self, name, value):
        settings = constructor_arguments(type(self))
        if name not in settings:
            before = vars(self).get(name)
            super().__setattr__(name, value)
            if name.endswith("optimizer") and before is not None is not value:
                self.optimizer_exchanged(name)
                self.retrace()  # The step holds the former optimizer.
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
        """Gives a setting another value, if it may be changed."""
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
        # Drop verbs' graphs, here and in models that have this one as a part.
        vars(self).pop("_verb_graphs", None)
        vars(self)["_changes"] = vars(self).get("_changes", 0) + 1
        self.retrace()

    def check_settings(self):
        """Raises a ValueError for settings that exclude one another; here never."""

    def optimizer_exchanged(self, name):
        """Called when the optimizer of that name is replaced; does nothing here."""

    def retrace(self):
        """Drops the graphs of steps; a running `fit` gets a new one at once."""
        self.test_function = self.predict_function = None
        if getattr(self, "train_function", None) is not None:
            self.make_train_function(force=True)

    def retrace_if_changed(self):
        """Drops the graphs of steps if a part of the model was changed.

        Otherwise a part would go on learning after it was frozen.
        """
        found = traced_for(self)
        if found != vars(self).get("_traced_for"):
            vars(self)["_traced_for"] = found
            self.retrace()


@functools.cache
def check_of(cls, name):
    """The check of a setting, and whether a built model's value is fixed."""
    tables = [
        vars(base)["changeable"]
        for base in cls.__mro__
        if vars(base).get("changeable") is not None
        and name in inspect.signature(base.__init__).parameters
    ]
    check = next((table[name] for table in tables if name in table), None)
    return check, bool(tables) and check is None


def shapes_of(network):
    """Shapes of the inputs and the output of a network; else `None`."""
    inputs = getattr(network, "inputs", None) if isinstance(network, keras.Model) else 0
    if not inputs:
        return None
    return [tuple(tensor.shape) for tensor in inputs], network.output_shape


def check_same_shapes(owner, name, before, network):
    """Raises a ValueError unless a network can take the place of another."""
    found, expected = shapes_of(network), shapes_of(before)
    if found != expected:
        raise ValueError(
            f"{name} of a {owner} was set to {network!r}, with inputs and output of "
            f"the shapes {found}, but expects a network with the shapes of the former "
            f"one, {expected}. Build another model for other shapes."
        )


def check_logged(model, name, part):
    """Raises a ValueError if a part is set but its term not logged, or the reverse."""
    if (part is None) == (name in model.trackers):
        raise ValueError(
            f"{name} of a {type(model).__name__} was set to {part}, but a model logs "
            "the terms of its loss from the start. Build another one with it, or "
            "without."
        )


def changes(model):
    """Number of changes of settings, for each part of a model."""
    values = (getattr(model, n, None) for n in constructor_arguments(type(model)))
    parts = [value for value in values if "_changes" in getattr(value, "__dict__", ())]
    return tuple((vars(part)["_changes"], changes(part)) for part in parts)


def traced_for(model):
    """The changeable values that a step's graph has traced."""
    variables = tuple(id(v) for v in model.trainable_variables)
    return changes(model), variables, model.ends_unforeseen


def same_value(old, new):
    """Whether both values are the same number or name, of the same type."""
    return (
        isinstance(new, (bool, int, float, str))
        and type(old) is type(new)
        and old == new
    )


def check_trainable(owner, name, value):
    """Raises a ValueError for a network of another library: it would never learn.

    Args:
        owner: Name of the class that has the setting.
        name: Name of the setting.
        value: Its value; each entry of a list is checked.
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
    """Raises a ValueError for float64: noise and likelihoods are float32.

    Args:
        owner: Name of the class of the model.
        compute_dtype: The compute dtype of its policy.
    """
    if "float64" in (compute_dtype, keras.config.floatx()):
        raise ValueError(
            f"{owner} was made where floats are float64, but kgen computes "
            "likelihoods, noise and what it exports in float32. Call "
            "keras.config.set_dtype_policy('float32') and "
            "keras.config.set_floatx('float32') first; float64 data is converted."
        )
