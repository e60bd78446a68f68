"""A model's inputs: one `Spec` for each tensor of `fit`'s data and of its verbs.

A model lists them in `data_specs` and `argument_specs`. Checks, casts, TensorSpecs of
exports and examples for the contract follow from them.
"""

import abc
import dataclasses

import numpy as np
import tensorflow as tf

from kgen.core.checks.arguments import check_labels, check_rows, check_seeds, dense
from kgen.core.checks.forms import (
    VECTORS_AS_LABELS,
    check_integer,
    check_shape,
    check_type,
    check_vector,
)
from kgen.core.checks.limits import (
    FINITE,
    SEEDS,
    TRAINING_SLACK,
    WEIGHTS,
    Limits,
    check_values,
    code_limits,
    data_limits,
    label_limits,
)

ANY_SIDE = 4  # An example's length of a side of any length.


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec(abc.ABC):
    """A tensor with one row for each example, `(batch, *shape)`; an abstract base.

    Args:
        optional: Whether it may be left out. An exported verb does not take it.
        called: Its name in errors; by default its name in the table.
        paired: Whether its row i belongs to row i of x. An unpaired part, such as a
            second domain, is shuffled on its own, and as an array it may have another
            number of rows.
    """

    optional: bool = False
    called: str | None = None
    paired: bool = True

    dtype = "float32"  # The type that models compute with.
    limits = FINITE
    neutral = 0  # A value that every verb takes, in the place of one that it refuses.
    # Whether one value may stand for all rows. Other arguments then give their number.
    broadcasts = False

    def tensor_spec(self, name):
        """The `tf.TensorSpec` for any number of rows."""
        return tf.TensorSpec((None, *self.shape), self.dtype, name)

    def cast(self, values):
        """A checked batch in the type and shape that models compute with."""
        return tf.ensure_shape(tf.cast(values, self.dtype), (None, *self.shape))

    @abc.abstractmethod
    def check_form(self, given, found):
        """Raises a ValueError unless type and shape of a batch fit.

        Args:
            given: Start of the error's sentence: `"This VAE was given x"`.
            found: A tensor or its spec.
        """

    def argument(self, model, verb, name, value, num_rows):
        """A user's argument of a verb as a checked tensor.

        Args:
            model: The `GenerativeModel`.
            verb: Name of the verb, for the error.
            name: Name of the argument.
            value: The user's argument.
            num_rows: Number of rows, for a spec that broadcasts; else `None`.
        """
        given = f"`{verb}` was given {self.called or name}"
        value = dense(given, value)
        if self.broadcasts and value.shape.rank == 0:
            value = tf.repeat(value, num_rows)
        self.check_form(given, value)
        if num_rows not in (None, value.shape[0]):
            raise ValueError(
                f"{given} with {value.shape[0]} rows for {num_rows} rows. Pass one for "
                f"each row{', or one for all' * self.broadcasts}."
            )
        check_values(given, value, self.limits)
        return self.cast(value)

    @abc.abstractmethod
    def example(self, num_rows, rng):
        """An array of `num_rows` rows that pass all checks; `rng` is NumPy's."""

    def missing(self, name):
        """The words of the error for training data without this part."""
        shape = ", ".join(["batch", *map(str, self.shape)])
        return (
            f"but needs it, {self.limits.expected} of shape ({shape}). Pass (x, {name})"
            f", or a dictionary with x and {name}."
        )


@dataclasses.dataclass(frozen=True)
class Real(Spec):
    """Real numbers, float32 `(batch, *shape)`: data, latents, a context, a style.

    Args:
        shape: Shape of one example; a side may be `None`, for any.
        range: Lowest and highest value, such as `(0.0, 1.0)`; `None` for any.
        smallest: The fewest values on a side of any length.
        optional: See `Spec`.
        called: See `Spec`.
        paired: See `Spec`.
    """

    shape: tuple
    range: tuple | None = None
    smallest: int = 1

    @property
    def limits(self):
        """The allowed values; they may exceed the range by rounding."""
        return data_limits(self.range, TRAINING_SLACK)

    def check_form(self, given, found):
        check_type(given, found.dtype, self.range)
        check_shape(given, found.shape, self.shape, self.smallest)

    def argument(self, model, verb, name, value, num_rows):
        called = self.called or name
        return check_rows(verb, called, value, self.shape, self.range, self.smallest)

    def example(self, num_rows, rng):
        some = max(ANY_SIDE, self.smallest)
        sides = (some if side is None else side for side in self.shape)
        shape = (num_rows, *sides)
        if self.range is None:
            return rng.normal(size=shape).astype("float32")
        return rng.uniform(*self.range, size=shape).astype("float32")


@dataclasses.dataclass(frozen=True)
class Codes(Spec):
    """Ints, int32 `(batch, *shape)`: words of a codebook, tokens.

    Args:
        shape: Shape of one example.
        num_codes: One more than the largest code.
        lowest: The smallest code: -1 if that stands for padding.
        broadcasts: Whether a verb takes one int for all rows, too; for the shape `()`.
        optional: See `Spec`.
        called: See `Spec`.
        paired: See `Spec`.
    """

    shape: tuple
    num_codes: int
    lowest: int = 0
    broadcasts: bool = False

    dtype = "int32"

    @property
    def limits(self):
        """The allowed codes."""
        return code_limits(self.num_codes, self.lowest, self.shape != ())

    def check_form(self, given, found):
        check_integer(given, found.dtype, self.limits.expected)
        check_shape(given, found.shape, self.shape)

    def example(self, num_rows, rng):
        shape = (num_rows, *self.shape)
        return rng.integers(self.lowest, self.num_codes, size=shape, dtype="int32")


@dataclasses.dataclass(frozen=True)
class Labels(Spec):
    """The class of each example, int32 `(batch,)`.

    Args:
        num_classes: Number of classes.
        optional: See `Spec`.
        called: See `Spec`.
        paired: See `Spec`.
    """

    num_classes: int

    shape = ()
    dtype = "int32"
    broadcasts = True

    @property
    def limits(self):
        """The allowed classes."""
        return label_limits(self.num_classes)

    def check_form(self, given, found):
        check_vector(given, found.shape, VECTORS_AS_LABELS)
        check_integer(given, found.dtype, self.limits.expected)

    def cast(self, values):
        return tf.reshape(tf.cast(values, tf.int32), [-1])

    def argument(self, model, verb, name, value, num_rows):
        return check_labels(verb, self.num_classes, value, num_rows)

    def example(self, num_rows, rng):
        return rng.integers(self.num_classes, size=num_rows, dtype="int32")

    def missing(self, name):
        return (
            f"but is conditional. Pass (x, labels), with {self.limits.expected}, or "
            "build it without num_classes."
        )


@dataclasses.dataclass(frozen=True)
class Mask(Spec):
    """Bools `(batch, *shape)` that mark the values of another part that count.

    Args:
        shape: Shape of one example.
        optional: See `Spec`.
        called: See `Spec`.
        paired: See `Spec`.
    """

    shape: tuple

    dtype = "bool"

    def check_form(self, given, found):
        if not found.dtype.is_bool:
            raise ValueError(
                f"{given} of type {found.dtype.name}, but expects bools: pass mask > 0."
            )
        check_shape(given, found.shape, self.shape)

    def example(self, num_rows, rng):
        return rng.random((num_rows, *self.shape)) < 0.5


@dataclasses.dataclass(frozen=True)
class Number(Spec):
    """An option of a verb, such as a temperature, for each row, float32 `(batch,)`.

    Args:
        limits: The allowed numbers; 1 is one of them.
        optional: See `Spec`.
        called: See `Spec`.
        paired: See `Spec`.
    """

    limits: Limits = FINITE

    shape = ()
    neutral = 1

    def check_form(self, given, found):
        check_type(given, found.dtype)
        check_vector(given, found.shape)

    def example(self, num_rows, rng):
        return rng.uniform(0.5, 1.5, size=num_rows).astype("float32")


@dataclasses.dataclass(frozen=True)
class Weights(Spec):
    """The weight of each example in training, `(batch,)`, 0 or larger."""

    optional: bool = True

    shape = ()
    limits = WEIGHTS

    def check_form(self, given, found):
        check_type(given, found.dtype)
        check_vector(given, found.shape)

    def cast(self, values):
        return tf.reshape(values, [-1])

    def example(self, num_rows, rng):
        return rng.uniform(0.5, 1.5, size=num_rows).astype("float32")


@dataclasses.dataclass(frozen=True)
class Seeds(Spec):
    """Seeds that make the rows of a random verb repeatable, int64 `(batch,)`."""

    shape = ()
    dtype = "int64"
    limits = SEEDS
    broadcasts = True

    def check_form(self, given, found):
        check_vector(given, found.shape)
        check_integer(given, found.dtype, self.limits.expected)

    def argument(self, model, verb, name, value, num_rows):
        return check_seeds(model, verb, value, num_rows, name)

    def example(self, num_rows, rng):
        return np.arange(num_rows)


def of_data(shape, num_codes=None, data_range=None):
    """The spec of data or latents: `Codes` if `num_codes` is given, else `Real`."""
    return Real(shape, data_range) if num_codes is None else Codes(shape, num_codes)


def default_data_specs(model):
    """The table of `x`, its condition and weights, from a model's attributes."""
    x = of_data(model.data_shape, model.num_data_codes, model.data_range)
    specs = {"x": x}
    if model.num_classes is not None:
        specs["labels"] = Labels(model.num_classes)
    if model.context_shape is not None:
        specs["context"] = Real(model.context_shape)
    return {**specs, "weights": Weights()}


def default_argument_specs(model):
    """The table of `fit`'s data, latents, data to complete and seeds."""
    specs = {"x": model.data_specs["x"]}
    if model.latent_shape is not None:
        specs["z"] = of_data(model.latent_shape, model.num_latent_codes)
    specs |= {key: spec for key, spec in model.data_specs.items() if key != "weights"}
    given = dataclasses.replace(specs["x"], optional=True)
    known = Mask(model.data_shape, optional=True)
    return {**specs, "given": given, "known": known, "seed": Seeds()}
