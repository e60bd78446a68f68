"""The bound of a diffusion model as verbs."""

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.random import fold_rows, normal_rows, uniform_rows
from kgen.core.verbs import verb


class Bounded:
    """For `DDPM`: bounds on log p(x), over all times or over some of them.

    The model has `bound`, `process`, `scaled`, `log_volume` and `estimated`.
    """

    @verb
    def elbo(self, x, labels=None, num_times=None, seed=None):
        """A lower bound on log p(x), nats, `(batch,)`, in the mean over its noise.

        Of data over `levels` that is a probability, else a density. It is the bound of
        the whole chain of T steps, whatever the sampler.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_times: If given, so many times are drawn by importance instead of
                taking all T: as many evaluations of the network, and one more.
            seed: An int, a vector of one int per example, or `None`.
        """
        parts = self._parts(x, labels, num_times, seed)
        return -sum(parts.values())

    @verb
    def elbo_parts(self, x, labels=None, num_times=None, seed=None):
        """What `elbo` consists of, nats, `(batch,)` each; they add up to `-elbo`.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_times: See `elbo`.
            seed: An int, a vector of one int per example, or `None`.

        Returns:
            Dictionary: `prior`, L_T; `diffusion`, the sum of L_(t-1) for t > 1;
            `reconstruction`, L_0.
        """
        return self._parts(x, labels, num_times, seed)

    def elbo_by_time(self, x, labels=None, seed=None, context=None):
        """Every term of the bound, L_0 to L_T, nats, an array `(batch, T + 1)`.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            seed: An int, a vector of one int per example, or `None`.
            context: Context of each example, if it has a `context_dim`.
        """
        return _elbo_by_time(self, x, labels, seed, context=context).numpy()

    def _parts(self, x, labels, num_times, keys):
        x = self.scaled(x)
        if num_times is not None:
            check_count("elbo", "num_times", num_times)
        if num_times is None or self.num_timesteps == 1:
            first, later = self._terms(x, labels, keys)
            diffusion = tf.reduce_sum(later, axis=0)
        else:
            first, later = self._drawn_terms(x, labels, keys, num_times)
            diffusion = tf.reduce_mean(later, axis=0)
        return {
            "prior": self.bound.prior(x),
            "diffusion": diffusion,
            "reconstruction": first + self.log_volume(),
        }

    def _terms(self, x, labels, keys):
        """L_0, `(batch,)`, and all L_(t-1), `(T - 1, batch)`."""

        def term(t):
            return self._term(x, labels, tf.fill(tf.shape(x)[:1], t), keys, t)

        terms = _each(term, tf.range(1, self.num_timesteps + 1))
        return terms[0], terms[1:]

    def _drawn_terms(self, x, labels, keys, num_times):
        """L_0, `(batch,)`, and `L_(t-1) / p(t)` of drawn t, `(num_times, batch)`."""
        u = uniform_rows(fold_rows(keys, 0), ())

        def term(k):
            # Spread evenly, which leaves less to chance than that many draws.
            spread = (tf.cast(tf.maximum(k - 1, 0), tf.float32) + u) / num_times
            t, inverse = self.bound.drawn_times(spread, first=2)
            t, inverse = tf.where(k > 0, t, 1), tf.where(k > 0, inverse, 1.0)
            return inverse * self._term(x, labels, t, keys, 1 + k)

        terms = _each(term, tf.range(num_times + 1))
        return terms[0], terms[1:]

    def _term(self, x, labels, t, keys, draw):
        """L_(t-1), nats, `(batch,)`, with the `draw`-th noise of each row."""
        noise = normal_rows(fold_rows(keys, draw), self.data_shape)
        found = self.estimated(self.process.diffused(x, t, noise), t, labels)
        return self.bound.term(x, t, found.x_0, found.share)


def _each(function, values):
    """`function` of each int, one after the other, stacked on axis 0."""
    return tf.map_fn(
        function, values, fn_output_signature=tf.float32, parallel_iterations=1
    )


@verb
def _elbo_by_time(self, x, labels=None, seed=None):
    y = self.scaled(x)
    first, later = self._terms(y, labels, seed)
    ends = [(first + self.log_volume())[None], self.bound.prior(y)[None]]
    return tf.transpose(tf.concat([ends[0], later, ends[1]], axis=0))
