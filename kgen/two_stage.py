"""Two stages: a model with a latent space, and a learned prior of its codes."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_context
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.parts import as_condition
from kgen.core.random import fold_rows, row_keys
from kgen.core.training.batches import is_endless
from kgen.core.training.datasets import as_datasets
from kgen.core.verbs import verb
from kgen.networks.encoder_decoder import EncoderDecoder


class TwoStage(EncoderDecoder, GenerativeModel):
    r"""`p(x) = \int p(x | z) p(z) dz`: a trained model of x, and a prior of its codes.

    It makes a plain autoencoder or a VQ-VAE generate. `fit` trains the prior on the
    codes of the data by `first`, and leaves `first` as it is; `sample` decodes draws of
    the prior. With a probabilistic `first`, a VAE or a VQ-VAE, `elbo` is a lower bound
    on log p(x).

    Args:
        first: A trained model with `encode` and `decode`.
        prior: A model over its codes, with `data_shape` equal to `first.latent_shape`,
            `sample`, and for the bound `log_prob` or `elbo`: `kgen.GaussianMixture`,
            `kgen.Flow` or `kgen.DDPM` for vectors, `kgen.CategoricalMixture` or
            `kgen.Autoregressive` for the ints of a VQ-VAE. For a VQ-VAE it may also be
            a model of the codebook's words, with `data_shape`
            `(*latent_shape, code_dim)`, such as `kgen.DDPM` with
            `unit_interval=False`: latent diffusion. Its draws are replaced by the
            nearest words, and there is no bound. Diffusion draws with its own
            `sampler` and `guidance`.
        **kwargs: `seed` and `name`, see `GenerativeModel`; the classes, or the shape of
            the context, are those of the parts. One part may do without them.

    Raises:
        ValueError: if `first` has no `encode` or `decode`, `prior` no `sample`, or the
            two do not fit one another.

    Example:

    >>> autoencoder = kgen.build("autoencoder", (8, 8, 1), latent_dim=4)
    >>> model = kgen.TwoStage(autoencoder, kgen.GaussianMixture((4,), 2, seed=0))
    >>> images = np.random.default_rng(0).random((50, 8, 8, 1))
    >>> _ = model.fit(images)
    >>> model.sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])

    References:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937),
        [Dai & Wipf, 2019](https://arxiv.org/abs/1903.05789),
        [Rombach et al., 2022](https://arxiv.org/abs/2112.10752) (latent diffusion)
    """

    changeable = {}

    def __init__(
        self, first: GenerativeModel, prior: GenerativeModel, **kwargs
    ) -> None:
        check_model("TwoStage", first, "encode", "decode", key="first")
        check_model("TwoStage", prior, "sample", key="prior")
        for key in ("num_classes", "context_shape"):
            kwargs[key] = _of_parts(key, first, prior, kwargs.get(key))
        super().__init__(**kwargs)
        self.first = first
        self.prior = prior
        self.data_shape = first.data_shape
        self.latent_shape = first.latent_shape
        self._check_codes()

    @property
    def num_latent_codes(self):
        """Number of values of a code, if codes are ints."""
        return self.first.num_latent_codes

    @property
    def data_range(self):
        """The `data_range` of `first`."""
        return self.first.data_range

    @property
    def likelihood(self):
        """The likelihood of `first`, or `None`."""
        return getattr(self.first, "likelihood", None)

    def objective(self, x, labels=None, training=False):
        """The negative bound, nats, `(batch,)`, for `evaluate`."""
        if not self._has_bound():
            raise ValueError(
                f"There is nothing to evaluate: a {type(self.first).__name__} with a "
                f"{type(self.prior).__name__} has no bound on log p(x)."
            )
        keys = tf.random.experimental.stateless_split(self.noise.next(), tf.shape(x)[0])
        return {"loss": -self._elbo(x, labels, keys)}

    def fit(self, x=None, y=None, **kwargs):
        """Trains the prior on codes; `first` stays as it is.

        The codes are computed once; random codes, as those of a VAE, are one draw for
        each example.

        Args:
            x: An array, or a `tf.data.Dataset` of batches, as in `keras.Model.fit`.
            y: Labels or contexts, if `x` is an array and a part takes them.
            **kwargs: Arguments of the prior's `fit`: epochs, callbacks,
                validation_data, ...

        Returns:
            The result of the prior's `fit`, its `keras.callbacks.History`.
        """
        given = as_datasets(self, keras.Model.fit, x, y, **kwargs)
        given = {**given, **self._codes("x", given)}
        if given.get("validation_data") is not None:
            codes = self._codes("validation_data", given)
            given["validation_data"] = (codes["x"], codes["y"])
        # Codes are arrays again, batched as the data was to be.
        given.pop("shuffle")
        batching = ("shuffle", "batch_size", "validation_batch_size")
        given |= {name: kwargs[name] for name in batching if name in kwargs}
        return self.prior.fit(**given)

    def _codes(self, name, given):
        """Arrays `x` and `y` for the prior from the data set `given[name]`."""
        if not isinstance(given[name], tf.data.Dataset):
            raise ValueError(
                f"`fit` was given {name} of type {type(given[name]).__name__}, but "
                "expects arrays or a tf.data.Dataset of batches."
            )
        if is_endless(given[name]):
            raise ValueError(
                f"`fit` was given {name} that never ends, but computes the codes of all"
                " of it first. Pass a data set without repeat()."
            )
        codes, conditions = [], []
        for batch in given[name]:
            parts, weight = self.unpack(batch)
            x, labels = parts["x"], parts["labels"]
            if weight is not None:
                raise ValueError(
                    "`fit` was given weights of examples, which a prior of codes does "
                    "not take. Leave them out, or repeat examples."
                )
            if hasattr(self.first, "infer"):
                keys = row_keys(self.noise.next_rows(len(x)))
                z, _ = self.first.infer(x, _taken_by(self.first, labels), keys)
            else:
                z = self.first.encode(
                    x, **as_condition(self.first, _taken_by(self.first, labels))
                )
            if self._of_words:
                z = self.first.quantizer.words(z)
            codes.append(z.numpy())
            conditions.append(_taken_by(self.prior, labels))
        y = None if conditions[0] is None else np.concatenate(conditions)
        return {"x": np.concatenate(codes), "y": y}

    @verb(returns="z")
    def encode(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The code of each example by `first`, `(batch, *latent_shape)`."""
        return self.first.encode(
            x, **as_condition(self.first, _taken_by(self.first, labels))
        )

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """The example that `first` decodes from each code, `(batch, *data_shape)`."""
        return self.first.decode(
            z, **as_condition(self.first, _taken_by(self.first, labels))
        )

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Decoded draws of the prior, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; may be left out if `labels` or `seed` is a
                vector with one entry per draw.
            labels: Class of each draw, if a part is conditional.
            seed: An int, a vector of one int per draw, or `None`.
        """
        z = self.prior.sample(
            **as_condition(self.prior, _taken_by(self.prior, labels)), seed=seed
        )
        if self._of_words:
            z = self.first.quantizer.codes(z)
        return self.first.decode(
            z, **as_condition(self.first, _taken_by(self.first, labels))
        )

    @verb(available_if=lambda self: self._has_bound())
    def elbo(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_time_samples: int | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """`log p(x | z) + log p(z) - log q(z | x)` for a z from q, nats, `(batch,)`.

        A lower bound on log p(x): for a VQ-VAE always, for a VAE in the mean over the
        draw of z. If the prior has only a bound on log p(z), it takes that.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if a part is conditional.
            num_time_samples: Of a prior of diffusion, see its `elbo`; others do
                without.
            seed: An int, a vector of one int per example, or `None`.
        """
        return self._elbo(x, labels, seed, num_time_samples)

    def _elbo(self, x, labels, keys, num_time_samples=None):
        of_first = _taken_by(self.first, labels)
        z, log_q = self.first.infer(x, of_first, keys)
        of_prior = as_condition(self.prior, _taken_by(self.prior, labels))
        if self.prior.preferred_likelihood == "log_prob":
            log_prior = self.prior.log_prob(z, **of_prior)
        else:
            drawn = "num_time_samples" in type(self.prior).elbo.arguments
            times = {"num_time_samples": num_time_samples} if drawn else {}
            keys = fold_rows(keys, 0)
            log_prior = self.prior.elbo(z, **of_prior, seed=keys, **times)
        return self.first.log_likelihood(x, z, of_first) + log_prior - log_q

    def _has_bound(self):
        known = hasattr(self.prior, "log_prob") or hasattr(self.prior, "elbo")
        return hasattr(self.first, "infer") and known and not self._of_words

    @property
    def _of_words(self):
        """Whether the prior models the words of a codebook instead of their indices."""
        return self.num_latent_codes is not None and self.prior.num_data_codes is None

    def _check_codes(self):
        shape, num_codes = tuple(self.latent_shape), self.num_latent_codes
        if self._of_words and len(self.prior.data_shape) > len(shape):
            shape, num_codes = (*shape, self.first.quantizer.code_dim), None
            if self.prior.data_range is not None:
                raise ValueError(
                    "A prior of the words of a codebook was given that takes data in "
                    f"{self.prior.data_range}, but words may be any real numbers. "
                    "Build it with unit_interval=False."
                )
        for what, found, expected in (
            ("shape", tuple(self.prior.data_shape), shape),
            ("number of codes", self.prior.num_data_codes, num_codes),
        ):
            if found != expected:
                raise ValueError(
                    f"The prior is for data of {what} {found}, but the codes of "
                    f"`first` have {expected}. Build the prior for these."
                )


def _of_parts(key, first, prior, given):
    """What two parts have in common: their `num_classes` or `context_shape`, or `None`.

    Args:
        key: Name of the attribute.
        first: The first stage.
        prior: The second stage.
        given: What the user passed for both, or `None`.
    """
    found = {getattr(part, key) for part in (first, prior)} - {None}
    if len(found) > 1:
        raise ValueError(
            f"`first` has {key}={getattr(first, key)} and `prior` "
            f"{key}={getattr(prior, key)}. Build both for the same data."
        )
    shared = found.pop() if found else None
    if key == "context_shape":
        given = check_context("TwoStage", given)
    if given not in (None, shared):
        raise ValueError(
            f"`TwoStage` was given {key}={given!r}, but takes that of its parts, "
            f"{shared}. Leave it out."
        )
    return shared


def _taken_by(part, labels):
    """The condition of some rows, labels or context, if this part takes it."""
    return None if part.condition is None else labels
