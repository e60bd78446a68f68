"""Posteriors of every family: shapes, ranges, weights that Keras knows."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.inference import MeanField, Posterior

FAMILIES = [
    ("Normal", (2, 3), None),
    ("Gamma", (), None),
    ("Beta", (4,), None),
    ("LogNormal", (2,), None),
    ("MultivariateNormalDiag", (3,), None),
    ("MultivariateNormalTriL", (3,), None),
    ("Dirichlet", (4,), None),
    ("Bernoulli", (2,), None),
    ("Categorical", (2,), 5),
    ("OneHotCategorical", (5,), None),
]


@pytest.mark.parametrize(("family", "shape", "num_classes"), FAMILIES)
def test_draws_have_the_shape_and_one_log_probability(family, shape, num_classes):
    posterior = Posterior(family, shape, num_classes)
    for weight in posterior.trainable_variables:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    with tf.GradientTape() as tape:
        q = posterior.distribution()
        z = tf.nest.map_structure(tf.stop_gradient, q.sample(7, seed=[1, 2]))
        log_prob = q.log_prob(z)
        total = tf.reduce_sum(log_prob)
    assert z.shape == (7, *shape) and log_prob.shape == (7,)
    variables = [weight.value for weight in posterior.trainable_variables]
    assert len(variables) == len(posterior.parameters)
    assert all(g is not None for g in tape.gradient(total, variables))


def test_a_copy_from_the_configuration_is_equal():
    posterior = MeanField({"a": Posterior("Gamma", (2,)), "b": Posterior()})
    assert len(posterior.trainable_variables) == 4
    config = keras.saving.serialize_keras_object(posterior)
    copy = keras.saving.deserialize_keras_object(config)
    copy.set_weights(posterior.get_weights())
    z = posterior.distribution().sample(seed=[1, 2])
    assert {name: part.shape for name, part in z.items()} == {"a": (2,), "b": ()}
    again = copy.distribution().sample(seed=[1, 2])
    np.testing.assert_array_equal(z["a"], again["a"])


def test_unknown_families_are_refused():
    with pytest.raises(ValueError, match="family='Norml'"):
        Posterior("Norml")
    with pytest.raises(ValueError, match="family='kl_divergence'"):
        Posterior("kl_divergence")
    with pytest.raises(ValueError, match="parameter high"):
        Posterior("Uniform")
    with pytest.raises(ValueError, match="shape"):
        Posterior("Normal", (0,))
    with pytest.raises(ValueError, match="parts"):
        MeanField({"a": "Normal"})
