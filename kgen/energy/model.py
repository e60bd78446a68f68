"""The energy-based model."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.values import (
    check_count,
    check_fraction,
    check_number,
    check_seed,
    check_switch,
)
from kgen.core.distribution.batch import SHARED_STATE
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.random import (
    fold_in,
    fold_rows,
    normal_rows,
    row_seeds,
    uniform_rows,
)
from kgen.core.verbs import verb
from kgen.energy.annealing import LogNormalizer, Path, log_integral
from kgen.energy.chains import Chains
from kgen.energy.langevin import gradient_of, langevin
from kgen.energy.settings import check_network, check_positive
from kgen.energy.spaces import space_of
from kgen.networks.inputs import apply, input_shape


class EnergyModel(GenerativeModel):
    """`p(x) = exp(-E(x)) / Z`: a network gives each example an energy.

    Training lowers the energy of data and raises that of the model's own draws, which
    follows the gradient of log p(x) (persistent contrastive divergence). The draws are
    chains of Langevin dynamics that go on from batch to batch, and start anew from
    noise now and then. The network works in its own units: images are `2 x - 1`, and
    chains stay in [-1, 1]; each channel of other data is standardised by the first
    `fit`.

    Data gets normal noise, as Langevin steps cannot follow edges: the density is that
    of noisy data. `sample` removes the noise at the end.

    The loss is `E(x) - E(x') + energy_penalty (E(x)^2 + E(x')^2)`, x' the state of a
    chain. It stays near 0 while the model learns, and does not tell how well.

    `log_normalizer` estimates log Z. From then on the model has `log_prob`, also after
    it is saved and loaded, until it is trained again.

    Args:
        energy_network: Network `x -> E`, output `(batch, 1)`, without activation.
            Smooth activations, such as `"silu"`, give smooth gradients.
        num_chains: Number of chains that are kept.
        num_steps: Langevin steps of each chain in a batch.
        step_size: Standard deviation of the noise of a step, in units of the network.
            Steps of more than half of `data_noise` blur the density.
        restart_rate: Share of chains that start anew from noise, in 0..1.
        data_noise: Standard deviation of the noise that data gets, in units of the
            network.
        energy_penalty: Weight of the squared energies, which keeps them near 0.
        **kwargs: `name`, `seed` and `dtype`, see `GenerativeModel`. There are no
            classes and no context.

    Raises:
        ValueError: if the network does not fit, for classes, or for a setting out of
            its range.

    Example:

    >>> network = kgen.networks.mlp_encoder((2,), 1, hidden=(32, 32), activation="silu")
    >>> model = kgen.EnergyModel(network, num_chains=64, num_steps=5, seed=0)
    >>> model.compile("adam")
    >>> x = kgen.data.density("moons").sample(64, seed=0)
    >>> _ = model.fit(x, verbose=0)
    >>> model.energy(x).shape, model.sample(3, seed=0, num_steps=10).shape
    (TensorShape([64]), TensorShape([3, 2]))
    >>> found = model.log_normalizer(num_runs=20, num_temperatures=50, seed=0)
    >>> bool(np.allclose(model.log_prob(x), -model.energy(x) - found.value))
    True

    References:
        [Tieleman, 2008](https://doi.org/10.1145/1390156.1390290) (persistent chains),
        [Du & Mordatch, 2019](https://arxiv.org/abs/1903.08689) (replay buffer),
        [Neal, 2001](https://doi.org/10.1023/A:1008923215028) (annealed importance
        sampling)
    """

    terms = ("loss", "energy", "chain_energy")
    changeable = {
        "num_steps": lambda name, value: check_count("EnergyModel", name, value),
        "step_size": check_positive,
        "restart_rate": check_fraction,
        "data_noise": check_number,
        "energy_penalty": check_number,
    }

    def __init__(
        self,
        energy_network: keras.Model,
        num_chains: int = 2000,
        num_steps: int = 20,
        step_size: float = 0.1,
        restart_rate: float = 0.05,
        data_noise: float = 0.2,
        energy_penalty: float = 1e-5,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.energy_network = energy_network
        self.num_chains = check_count("EnergyModel", "num_chains", num_chains)
        self.num_steps = num_steps
        self.step_size = step_size
        self.restart_rate = restart_rate
        self.data_noise = data_noise
        self.energy_penalty = energy_penalty
        self.data_shape = input_shape(energy_network, "x")
        check_network(self, energy_network)
        self.space = space_of(self.data_shape, self.data_range)
        self.chains = Chains(self.num_chains, self.data_shape, name="chains")
        # log Z in units of the data, and whether it was estimated.
        self.normalizer = self.add_weight(
            (2,), "zeros", "float32", name="normalizer", **SHARED_STATE
        )

    def adapt(self, data):
        """Takes mean and deviation from the first data, unless it is in [0, 1]."""
        self.space.adapt(self, data)

    def objective(self, x, labels=None, training=False):
        """The terms of each example, and of a chain beside it, `(batch,)`."""
        seed = self.noise.next(training)
        shape = tf.shape(x)

        def normal(k):
            noise = tf.random.stateless_normal(shape, fold_in(seed, k))
            return tf.ensure_shape(noise, x.shape)

        def uniform(k):
            noise = tf.random.stateless_uniform(shape, fold_in(seed, k))
            return tf.ensure_shape(noise, x.shape)

        y = self.noisy(self.space.scale(x), normal(0))
        states, begun = self.chains.next(x)
        states = tf.ensure_shape(states, x.shape)
        chance = tf.random.stateless_uniform(shape[:1], fold_in(seed, 1))
        goes_on = begun & (chance >= self.restart_rate)
        goes_on = tf.reshape(goes_on, [-1] + [1] * len(self.data_shape))
        noise = self.space.start(lambda: normal(2), lambda: uniform(2))
        states = tf.where(goes_on, states, noise)
        states = self.walk(states, self.num_steps, lambda k: normal(k + 3))
        states = tf.stop_gradient(states)
        if training:
            self.chains.store(states)
            self.normalizer.assign(tf.zeros(2))  # Z is another one after the step.
        energies = self.energy_of(tf.concat([y, states], axis=0), training)
        energy, chain_energy = tf.split(energies, 2)
        squares = self.energy_penalty * (energy**2 + chain_energy**2)
        loss = energy - chain_energy + squares
        return {"loss": loss, "energy": energy, "chain_energy": chain_energy}

    def energy_of(self, y, training=False):
        """Energies `(batch,)` of points in the units of the network."""
        energies = apply(self.energy_network, y, training=training)
        return tf.reshape(energies, [-1])

    def noisy(self, y, noise):
        """Points in the units of the network, with the noise of data."""
        return self.space.inside(y + self.data_noise * noise)[0]

    def walk(self, y, num_steps, noise, hold=None):
        """States of chains after some steps, see `langevin`."""
        inside = self.space.inside
        return langevin(
            self.energy_of, y, num_steps, self.step_size, noise, inside, hold
        )

    @verb
    def energy(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """E(x), nats, `(batch,)`: `-log p(x)` up to a constant.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: `None`: there are no classes.
        """
        return self.energy_of(self.space.scale(x))

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        num_steps: int = 500,
        denoise: bool = True,
        given: ArrayLike | None = None,
        known: ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws by Langevin dynamics from noise, `(num_samples, *data_shape)`.

        With `given` and `known` it completes partial data: chains keep the known
        values, and so have the density of the others, given these.

        Args:
            num_samples: Number of draws; by default the number of rows of `given` or of
                seeds.
            labels: `None`: there are no classes.
            seed: An int, a vector of one int per draw, or `None`.
            num_steps: Number of steps; each costs one gradient of the network.
            denoise: Whether a draw y of the noisy density is replaced by the mean of
                the data that it comes from, `y - data_noise^2 dE/dy`.
            given: Data `(batch, *data_shape)` to complete.
            known: Bools that broadcast to the shape of `given`.
        """
        check_count("sample", "num_steps", num_steps)
        check_switch("sample", "denoise", denoise)
        shape, space = self.data_shape, self.space
        y = space.start(
            lambda: normal_rows(fold_rows(seed, 0), shape),
            lambda: uniform_rows(fold_rows(seed, 0), shape),
        )
        hold = None
        if given is not None:
            noise = normal_rows(fold_rows(seed, 1), shape)
            noisy = self.noisy(space.scale(given), noise)

            def hold(y):
                return tf.where(known, noisy, y)

            y = hold(y)
        y = self.walk(
            y, num_steps, lambda k: normal_rows(fold_rows(seed, k + 2), shape), hold
        )
        if denoise:  # Tweedie's formula: -dE/dy is the gradient of log p(y).
            y -= self.data_noise**2 * gradient_of(self.energy_of, y)
        x = space.unscale(y)
        return x if given is None else tf.where(known, given, x)

    def log_normalizer(
        self,
        num_runs: int = 100,
        num_temperatures: int = 1000,
        num_leapfrog: int = 5,
        seed: int | None = None,
        draws: ArrayLike | None = None,
    ) -> LogNormalizer:
        """Estimates log Z by annealed importance sampling, and keeps it for `log_prob`.

        Runs go from noise to the model through densities between the two, by moves of
        Hamiltonian Monte Carlo. Their mean weight is in the mean Z, so its logarithm is
        in the mean a lower bound on log Z. Runs back from exact draws of the model give
        an upper bound.

        Args:
            num_runs: Number of runs, 2 or more.
            num_temperatures: Number of densities of a run. More tighten the bounds.
            num_leapfrog: Gradients of the network for each density.
            seed: Integer that fixes the runs; `None` takes the model's next.
            draws: Exact draws of the model `(n, *data_shape)`, 2 or more, for `upper`.
                Draws of `sample(denoise=False)` are nearly exact if chains are long.

        Returns:
            `kgen.energy.LogNormalizer`; its `value`, nats, is the integral over x in
            the units of the data.

        Raises:
            ValueError: for a number or a seed that is invalid, or draws that the model
                refuses.
            FloatingPointError: if the estimate is not finite.
        """
        name = "log_normalizer"
        num_runs = check_count(name, "num_runs", num_runs, fewest=2)
        counts = [
            check_count(name, "num_temperatures", num_temperatures),
            check_count(name, "num_leapfrog", num_leapfrog),
        ]
        seed = check_seed(name, seed)
        key = (
            self.noise.next()
            if seed is None
            else tf.constant([*row_seeds(seed, 1), 0], tf.int64)
        )
        space = self.space
        if draws is not None:
            spec = self.argument_specs["x"]
            draws = space.scale(spec.argument(self, name, "draws", draws, None))
            check_count(name, "the number of draws", len(draws), fewest=2)
        shape = (num_runs, *self.data_shape)
        y = space.start(
            lambda: tf.random.stateless_normal(shape, fold_in(key, 3)),
            lambda: tf.random.stateless_uniform(shape, fold_in(key, 3)),
        )
        path = Path(self.energy_of, space.log_prob_of_start, space.inside)
        found = log_integral(path, y, key, *counts, draws)
        shift = float(space.log_det_scaling())
        upper = None if found.upper is None else found.upper + shift
        found = found._replace(value=found.value + shift, upper=upper)
        if not np.isfinite(found.value):
            raise FloatingPointError(
                f"`log_normalizer` found {found.value}. Check the model's weights: "
                "training may have diverged."
            )
        if upper is not None and not np.isfinite(upper):
            raise FloatingPointError(
                f"`log_normalizer` found {upper} as the upper estimate, from the draws "
                "that were given. Pass draws of this model, such as those of `sample`."
            )
        self.normalizer.assign([found.value, 1.0])
        return found

    @property
    def has_log_normalizer(self):
        """Whether log Z was estimated since the last training step."""
        with tf.init_scope():
            return bool(tf.convert_to_tensor(self.normalizer)[1] > 0)

    @verb(available_if=lambda self: self.has_log_normalizer)
    def log_prob(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """`-E(x)` minus the estimate of log Z, nats, `(batch,)`.

        It is the density of noisy data. An estimate of log Z that is too low makes it
        too high. A model has it once `log_normalizer` was called.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: `None`: there are no classes.
        """
        log_z = tf.convert_to_tensor(self.normalizer)[0]
        return -self.energy_of(self.space.scale(x)) - log_z
