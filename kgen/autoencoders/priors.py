"""Priors p(z) of a VAE: N(0, I), a mixture of posteriors, a model trained with it."""

import keras
import tensorflow as tf

from kgen.core.by_row import scaled
from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer
from kgen.core.parts import as_condition
from kgen.core.random import fold_rows, normal_rows, uniform_rows
from kgen.core.training.initialization import (
    add_adapted,
    initialization_examples,
    is_adapted,
)
from kgen.likelihoods import posteriors
from kgen.networks.inputs import apply


class StandardNormal:
    """N(0, I), the prior of the first VAEs. It has no weights."""

    def __init__(self, latent_dim):
        self.latent_dim = latent_dim

    def log_prob(self, z, labels=None, training=False):
        """log p(z), nats, `(rows,)`, of z `(rows, latent_dim)`."""
        return posteriors.standard_normal(self.latent_dim).log_prob(z)

    def draw(self, keys, labels=None, temperature=1.0):
        """A draw for each key, `(rows, latent_dim)`."""
        return scaled(normal_rows(keys, (self.latent_dim,)), temperature)


class VampPrior(ConfiguredLayer):
    r"""`p(z) = 1/K \sum_k q(z | u_k)`: the posteriors of K learned examples.

    The best prior for a decoder is the mean of the posteriors of all data. This one is
    the mean over a few pseudo-inputs u, which are trained with the networks. The first
    `fit` on arrays or a data set takes them from the data; before that they are noise.

    Args:
        num_components: K.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.

    References:
        [Tomczak & Welling, 2018](https://arxiv.org/abs/1705.07120)
    """

    def __init__(self, num_components: int = 50, **kwargs) -> None:
        super().__init__(**kwargs)
        self.num_components = check_count("VampPrior", "num_components", num_components)

    def connect(self, model):
        """Adds the pseudo-inputs; a VAE calls it once.

        Args:
            model: The VAE. Its encoder sees images as they are, in [0, 1], and other
                data standardised.

        Raises:
            ValueError: if it has a condition or a posterior behind a flow, or its data
                are ints.
        """
        if model.num_data_codes is not None:
            raise ValueError(
                "A VampPrior learns examples by their gradients, which ints have none "
                f"of, but a {type(model).__name__} takes ints. Choose a Ladder or a "
                "flow as the prior."
            )
        if model.condition is not None or model.posterior_flow is not None:
            what = model.condition or "posterior_flow"
            raise ValueError(
                "A VampPrior is a mixture of normal posteriors of an unconditional "
                f"VAE, but this one has {what}. Leave that out, or choose a flow as the"
                " prior."
            )
        self._bounded = model.data_range is not None
        start = (0.0, 1.0) if self._bounded else (-1.0, 1.0)
        self.pseudo_inputs = self.add_weight(
            name="pseudo_inputs",
            shape=(self.num_components, *model.data_shape),
            initializer=keras.initializers.RandomUniform(*start),
        )
        self.adapted = add_adapted(self)
        self.built = True
        # Not an attribute that Keras tracks: the model owns this layer.
        self._posterior = lambda u, training: model.posterior_family(
            apply(model.encoder, u, None, training), *model.latent_shape
        )

    def adapt(self, model, data):
        """Takes the pseudo-inputs from data, once.

        Args:
            model: The VAE.
            data: What the model's `adapt` gets.
        """
        if is_adapted(self.adapted, data):
            return
        found = initialization_examples(model, data)
        if found is not None:
            x = model.scaling.scale(model.likelihood.nearest(found[0]))
            rows = tf.range(self.num_components) % tf.shape(x)[0]
            self.pseudo_inputs.assign(tf.gather(x, rows))
        self.adapted.assign(1.0)

    def log_prob(self, z, labels=None, training=False):
        """log p(z), nats, `(rows,)`, of z `(rows, latent_dim)`."""
        components = self._posterior(self._inputs(), training)
        log_probs = components.log_prob(z[:, None])
        return tf.reduce_logsumexp(log_probs, 1) - tf.math.log(
            float(self.num_components)
        )

    def draw(self, keys, labels=None, temperature=1.0):
        """A draw for each key, `(rows, latent_dim)`: of a component drawn first."""
        u = uniform_rows(fold_rows(keys, 2), ())
        component = tf.cast(u * self.num_components, tf.int32)
        component = tf.minimum(component, self.num_components - 1)
        q = self._posterior(tf.gather(self._inputs(), component), False)
        noise = normal_rows(keys, tuple(q.event_shape))
        return posteriors.reparameterize(q, scaled(noise, temperature))

    def _inputs(self):
        u = tf.convert_to_tensor(self.pseudo_inputs)
        return tf.clip_by_value(u, 0.0, 1.0) if self._bounded else u


class ModelPrior:
    """A model of kgen as p(z), trained with the VAE, or with every VAE that has it.

    Args:
        model: A model with `log_prob` over vectors of real numbers, such as a `Flow`.
        vae: The VAE.

    Raises:
        ValueError: if it does not fit the latent of the VAE, or gradients do not train
            it.
    """

    def __init__(self, model, vae):
        self.model = model
        exact = model.preferred_likelihood == "log_prob" and model.trainable_weights
        warm = exact and "temperature" in type(model).sample.arguments
        # Then the loss is -log p(z), without penalties.
        bare = warm and tuple(model.terms) == ("loss",)
        if not bare or model.num_data_codes is not None:
            raise ValueError(
                f"A VAE was given a {type(model).__name__} as its prior, but expects a "
                "model of real numbers with `log_prob` that gradients train, without "
                "penalties in its loss, such as kgen.Flow or kgen.Autoregressive. "
                "Others fit the codes of a trained VAE: see kgen.TwoStage."
            )
        if tuple(model.data_shape) != tuple(vae.latent_shape):
            raise ValueError(
                f"The prior is for data of shape {tuple(model.data_shape)}, but z has "
                f"the shape {tuple(vae.latent_shape)}. Build it for that."
            )
        if model.condition is not None and model.condition != vae.condition:
            raise ValueError(
                f"The prior takes {model.condition}, but the VAE "
                f"{vae.condition or 'has no condition'}. Build both with the same "
                "num_classes or context_shape."
            )

    def log_prob(self, z, labels=None, training=False):
        """log p(z), nats, `(rows,)`, of z `(rows, latent_dim)`."""
        labels = self._taken(labels)
        if training:
            return -self.model.objective(z, labels, training)["loss"]
        return self.model.log_prob(z, **as_condition(self.model, labels))

    def draw(self, keys, labels=None, temperature=1.0):
        """A draw for each key, `(rows, latent_dim)`."""
        condition = as_condition(self.model, self._taken(labels))
        return self.model.sample(**condition, seed=keys, temperature=temperature)

    def _taken(self, labels):
        return None if self.model.condition is None else labels
