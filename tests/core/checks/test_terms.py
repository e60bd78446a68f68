"""An objective gives the listed terms, one value per example: else it is told so."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.specs import Real


class Steady(kgen.GenerativeModel):
    """Learns the mean of the data; its terms are made by a function."""

    terms = ("loss", "error")

    def __init__(self, network, make, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.make = make
        self.data_shape = (3,)

    def objective(self, x, labels=None, training=False):
        return self.make((x - self.network(x)) ** 2)

    @kgen.verb
    def add(self, x, other):
        return x + other

    @kgen.verb(returns="y")
    def double(self, other):
        return 2 * other


def model(make):
    x = keras.Input((3,))
    made = Steady(keras.Model(x, keras.layers.Dense(3)(x)), make, seed=0)
    made.compile("sgd")
    return made


def sums(error):
    return tf.reduce_sum(error, -1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda e: {"loss": sums(e)}, "gave loss, but `terms` lists loss, error"),
        (
            lambda e: {"loss": sums(e), "error": sums(e), "more": sums(e)},
            "gave loss, error, more, but",
        ),
        (lambda e: sums(e), "gave SymbolicTensor, but"),
        (
            lambda e: {"loss": tf.reduce_mean(e), "error": sums(e)},
            r"'loss' of shape \(\).*per example",
        ),
        (lambda e: {"loss": sums(e), "error": e}, r"'error' of shape \(\w+, 3\)"),
    ],
)
def test_other_terms_are_refused(make, message):
    x = np.ones((4, 3), "float32")
    for call in (model(make).fit, model(make).evaluate):
        with pytest.raises(ValueError, match=message):
            call(x, verbose=0)


def test_an_array_that_no_table_declares_is_told_so(tmp_path):
    made = model(lambda e: {"loss": sums(e), "error": sums(e)})
    x = np.ones((2, 3), "float32")
    with pytest.raises(ValueError, match="other as an array.*argument_specs.*'other'"):
        made.add(x, x)
    with pytest.raises(ValueError, match="`double` was given other as an array"):
        made.double(x)
    with pytest.raises(ValueError, match="`double` takes other, but.*argument_specs"):
        kgen.export(made, tmp_path / "served")
    assert not (tmp_path / "served").exists()


class Declared(Steady):
    """The same, with the argument in its table."""

    @property
    def argument_specs(self):
        return {**super().argument_specs, "other": Real((3,))}


def test_a_declared_one_is_taken(tmp_path):
    x = keras.Input((3,))
    network = keras.Model(x, keras.layers.Dense(3)(x))
    made = Declared(network, sums, seed=0)
    ones = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(made.add(ones, 2 * ones), 3 * ones)
    np.testing.assert_array_equal(made.double(ones), 2 * ones)
