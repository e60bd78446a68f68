"""Configuration: what the constructor was given is what comes back."""

import keras
import pytest

from kgen.core.config import Configured, constructor_arguments, lookup


class Base(Configured):
    def __init__(self, shape, network=None, seed=None):
        self.shape = shape
        self.network = network
        self.seed = seed


class Derived(Base):
    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale


def test_arguments_are_read_up_the_inheritance():
    assert constructor_arguments(Base) == ("shape", "network", "seed")
    assert constructor_arguments(Derived) == ("scale", "shape", "network", "seed")


def test_round_trip_of_networks_and_nested_objects():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    inner = Base(shape=(1, 2))
    made = Derived(scale=inner, shape=(4, 5, 1), network=network)
    config = keras.saving.serialize_keras_object(made)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is Derived
    assert list(again.shape) == [4, 5, 1]
    assert list(again.scale.shape) == [1, 2]
    assert again.network.output_shape == (None, 2)
    assert again.seed is None


def test_registered_under_the_package_that_defines_the_class():
    name = keras.saving.get_registered_name(Derived)
    assert name == f"{__name__.split('.')[0]}>Derived"


def test_lookup_says_what_there_is_and_what_is_near():
    assert lookup("likelihood", "gaussian", {"gaussian": 1}) == 1
    with pytest.raises(ValueError) as error:
        lookup("likelihood", "gausian", {"gaussian": 1, "bernoulli": 2})
    message = str(error.value)
    assert "Unknown likelihood 'gausian'" in message
    assert "Did you mean 'gaussian'?" in message
    assert "bernoulli, gaussian" in message
