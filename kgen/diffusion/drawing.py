"""Samples of a diffusion model, and the way there."""

import reprlib

import tensorflow as tf

from kgen.core.checks.values import check_count, is_number
from kgen.core.random import fold_rows, normal_rows
from kgen.core.verbs import verb
from kgen.diffusion import samplers
from kgen.diffusion.sampling import Completion, walk


class Draws:
    """For `DDPM`: the verbs that a `kgen.diffusion.Sampler` runs.

    The model has `process`, `variance`, `sampler`, `guidance`, `scaled`, `unscaled` and
    `estimated`.
    """

    @verb(returns="x")
    def sample(
        self,
        num_samples=None,
        labels=None,
        seed=None,
        sampler=None,
        guidance=None,
        given=None,
        known=None,
    ):
        """Draws from the model, `(num_samples, *data_shape)`.

        With `given` and `known` it completes what is partly there: at each time what is
        known is put in place, with the noise of that time, and at the end as it is.

        Args:
            num_samples: Number of draws; may be left out where `labels`, `given` or a
                vector of seeds tells it.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
            sampler: Name or instance; by default the model's, for a completion
                `kgen.diffusion.RePaint()`. Each has a graph of its own.
            guidance: Scale of the guidance by labels; by default the model's.
            given: Data `(batch, *data_shape)` to complete.
            known: Bools that broadcast to the shape of `given`.
        """
        x = walk(**self._walk(labels, seed, sampler, guidance, given, known))
        return self.unscaled(x)

    @verb(returns="z", available_if=lambda self: self._is_deterministic)
    def encode(self, x, labels=None, sampler=None):
        """The noise x_T that a deterministic sampler turns into x.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            sampler: Name or instance; by default the model's. More steps come nearer:
                `decode` gives x back but for their error.

        Returns:
            `(batch, *data_shape)`, nearly N(0, I).
        """
        steps = self._deterministic(sampler).steps_up(self.process)

        def estimate(x_t, t):
            # Data itself is taken for the least noisy: x_0 tells no noise.
            found = self.estimated(x_t, tf.maximum(t, 1), labels)
            return found.noise, found.share

        return walk(steps, self.process, estimate, self.scaled(x))

    @verb(returns="x", available_if=lambda self: self._is_deterministic)
    def decode(self, z, labels=None, sampler=None):
        """What a deterministic sampler makes of x_T, `(batch, *data_shape)`.

        Args:
            z: x_T, `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            sampler: Name or instance; by default the model's.
        """
        steps = self._deterministic(sampler).steps(self.process, self.variance)
        return self.unscaled(walk(steps, self.process, self._estimate(labels), z))

    def trajectory(
        self,
        num_samples=None,
        labels=None,
        seed=None,
        sampler=None,
        guidance=None,
        num_frames=11,
        context=None,
    ):
        """States on the way from noise to samples.

        Args:
            num_samples: Number of draws; may be left out where `labels` or a vector of
                seeds tells it.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
            sampler: See `sample`.
            guidance: See `sample`.
            num_frames: How many, 2 or more, evenly over the steps, at most one
                more than there are; the first is x_T, the last what `sample` gives.
            context: Context of each draw, if it has a `context_dim`.

        Returns:
            Array `(num_frames, num_samples, *data_shape)`, as data.
        """
        arguments = (num_samples, labels, seed, sampler, guidance, num_frames)
        return _trajectory(self, *arguments, context=context).numpy()

    def _walk(self, labels, keys, sampler, guidance, given=None, known=None):
        """Arguments of `walk` from noise to data."""
        if sampler is None:
            sampler = self.sampler if given is None else samplers.RePaint()
        steps = samplers.get(sampler).steps(self.process, self.variance)
        if guidance is None:
            guidance = self.guidance
        elif not tf.is_tensor(guidance):  # Tensors of verbs have been checked.
            self.check_guidance(guidance)
        completion = None
        if given is not None:
            completion = Completion(self.scaled(given), known)
        return {
            "steps": steps,
            "process": self.process,
            "estimate": self._estimate(labels, guidance),
            "x": normal_rows(fold_rows(keys, 0), self.data_shape),
            "keys": keys,
            "completion": completion,
        }

    def _estimate(self, labels, guidance=1.0):
        """What `walk` takes: x_t and t to x_0 and the share of the variance."""

        def estimate(x_t, t):
            found = self.estimated(x_t, t, labels, guidance)
            return found.x_0, found.share

        return estimate

    def check_guidance(self, guidance):
        """Raises a ValueError for a scale that this model cannot have."""
        if not is_number(guidance) or guidance < 0:
            raise ValueError(
                f"`sample` was given guidance={reprlib.repr(guidance)}, but expects a "
                "finite number, 0 or larger."
            )
        if guidance != 1 and self.num_classes is None:
            raise ValueError(
                f"guidance={guidance} was given, but the model has no classes. Leave "
                "it out, or build the model with num_classes."
            )
        if guidance != 1 and not self.label_dropout:
            raise ValueError(
                f"guidance={guidance} was given, but with label_dropout=0 the network "
                "never learns to do without a label. Train with label_dropout=0.1."
            )

    @property
    def _is_deterministic(self):
        return samplers.get(self.sampler).deterministic

    def _deterministic(self, sampler):
        sampler = samplers.get(self.sampler if sampler is None else sampler)
        if not sampler.deterministic:
            raise ValueError(
                f"{sampler} draws noise, but only a sampler without noise turns each "
                "x_T into one x. Choose 'ddim' or 'dpm-solver++'."
            )
        return sampler


@verb
def _trajectory(
    self,
    num_samples=None,
    labels=None,
    seed=None,
    sampler=None,
    guidance=None,
    num_frames=11,
):
    check_count("trajectory", "num_frames", num_frames, fewest=2)
    arguments = self._walk(labels, seed, sampler, guidance)
    num_frames = min(num_frames, len(arguments["steps"]) + 1)
    return self.unscaled(walk(**arguments, num_frames=num_frames))
