"""Configuration derived from constructors: each argument is an attribute."""

import contextlib
import functools
import inspect

import keras

from kgen.suggestions import unknown


class Configured:
    """Derives `get_config` and `from_config` from the constructor, and registers.

    A subclass assigns each constructor argument, unmodified, to the attribute of
    the same name. The class is then saved and loaded by Keras with no
    `custom_objects`, and no subclass writes a `get_config` of its own. Arguments
    may be anything that Keras can serialize: numbers, strings, networks, other
    `Configured` objects; a tuple comes back as a list.

    The registered name starts with the top-level package that defines the class.

    Only a model's arguments may be assigned anew. An object inside a model is fixed:
    the model's graphs would not notice its change.
    """

    def __setattr__(self, name, value):
        settings = constructor_arguments(type(self))
        if (
            name in settings
            and name in vars(self)
            and not isinstance(self, keras.Model)
        ):
            kind = type(self).__name__
            raise AttributeError(
                f"{name} of a {kind} cannot be changed, as models are traced with its "
                f"value. Make another {kind} and assign that to the setting of the "
                "model."
            )
        super().__setattr__(name, value)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        package = cls.__module__.split(".", maxsplit=1)[0]
        keras.saving.register_keras_serializable(package)(cls)

    def get_config(self):
        """The constructor's arguments by name, serialized."""
        return {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in constructor_arguments(type(self))
        }

    @classmethod
    def from_config(cls, config):
        """A new object from the result of `get_config`."""
        arguments = {
            name: keras.saving.deserialize_keras_object(value)
            for name, value in config.items()
        }
        return cls(**arguments)


class ConfiguredLayer(Configured, keras.layers.Layer):
    """A `Configured` layer; its configuration has Keras' own settings, too."""

    def get_config(self):
        """The constructor's arguments, and Keras' name, trainability and dtype."""
        dtype = keras.saving.serialize_keras_object(self.dtype_policy)
        keras_own = {"name": self.name, "trainable": self.trainable, "dtype": dtype}
        return {**keras_own, **super().get_config()}


@functools.cache
def constructor_arguments(cls):
    """Names that the constructor of `cls` accepts, base classes' included.

    A constructor with `**kwargs` passes the rest on to the next class, so signatures
    are read up the method resolution order until one has no `**kwargs`.
    """
    names = []
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base in (object, keras.Model):
            continue
        if base is keras.layers.Layer:
            break
        parameters = inspect.signature(base.__init__).parameters.values()
        names += [p.name for p in parameters if p.kind in _NAMED and p.name != "self"]
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return tuple(dict.fromkeys(names))


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def lookup(kind, name, choices):
    """The entry of `choices` called `name`.

    Args:
        kind: Kind of entry, for the error: `"likelihood"`.
        name: The user's name for it.
        choices: Mapping from name to entry.

    Raises:
        ValueError: if there is no entry of that name; the message lists all names.
    """
    with contextlib.suppress(KeyError, TypeError):  # An unhashable name: TypeError.
        return choices[name]
    raise ValueError(unknown(kind, name, choices))


def named(kind, base, choice, choices, optional=True):
    """An instance of the class named `choice`; `choice` itself if it is an instance.

    Args:
        kind: Kind of instance, for the error: `"corruption"`.
        base: Base class of all instances.
        choice: A name, an instance, or, if `optional`, `None`.
        choices: Mapping from name to class.
        optional: Whether `None` is allowed.

    Raises:
        ValueError: for a name that is not in `choices`, or an instance of another
            class; the message lists all names.
    """
    if isinstance(choice, base) or (optional and choice is None):
        return choice
    if isinstance(choice, str):
        return lookup(kind, choice, choices)()
    raise ValueError(
        f"{kind} was given as a {type(choice).__name__}, but expects an instance of "
        f"{base.__module__}.{base.__name__}, or one of: {', '.join(sorted(choices))}."
    )
