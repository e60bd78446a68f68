"""The bound of a diffusion model as verbs."""

import tensorflow as tf

from kgen.core.checks import check_count
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

    def elbo_by_time(self, x, labels=None, seed=None):
        """Every term of the bound, L_0 to L_T, nats, an array `(batch, T + 1)`.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            seed: An int, a vector of one int per example, or `None`.
        """
        return _elbo_by_time(self, x, labels, seed).numpy()

    def _parts(self, x, labels, num_times, keys):
        x, last = self.scaled(x), self.num_timesteps
        if num_times is None:
            later = _each(self._term(x, labels, keys), tf.range(2, last + 1))
            diffusion = tf.reduce_sum(later, axis=0)
        else:
            check_count("elbo", "num_times", num_times)
            u = uniform_rows(fold_rows(keys, 0), ())

            def drawn(k):
                # Spread evenly, which leaves less to chance than that many draws.
                spread = (tf.cast(k, tf.float32) + u) / num_times
                t, inverse = self.bound.drawn_times(spread, first=2)
                return inverse * self._term(x, labels, keys)(t, 2 + k)

            diffusion = tf.reduce_mean(_each(drawn, tf.range(num_times)), axis=0)
        return {
            "prior": self.bound.prior(x),
            "diffusion": diffusion,
            "reconstruction": self._term(x, labels, keys)(1) + self.log_volume(),
        }

    def _term(self, x, labels, keys):
        """A function of t to L_(t-1), with the `draw`-th noise of each row."""

        def term(t, draw=None):
            key = fold_rows(keys, t if draw is None else draw)
            t = tf.broadcast_to(t, tf.shape(x)[:1])
            x_t = self.process.diffused(x, t, normal_rows(key, self.data_shape))
            found = self.estimated(x_t, t, labels)
            return self.bound.term(x, t, found.x_0, found.share)

        return term


def _each(function, times):
    """`function` of each int, one after the other, stacked on axis 0."""
    return tf.map_fn(
        function, times, fn_output_signature=tf.float32, parallel_iterations=1
    )


@verb
def _elbo_by_time(self, x, labels=None, seed=None):
    y = self.scaled(x)
    terms = _each(self._term(y, labels, seed), tf.range(1, self.num_timesteps + 1))
    first = terms[:1] + self.log_volume()
    terms = tf.concat([first, terms[1:], self.bound.prior(y)[None]], axis=0)
    return tf.transpose(terms)
