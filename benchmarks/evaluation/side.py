"""Shared by both processes: the features, and times with values of figures."""

import functools
import time

import numpy as np

from benchmarks.evaluation import WIDTH
from benchmarks.harness.worker import Side, serve

LATENT_DIM = 32


@functools.cache
def features(examples):
    """Real and fake features `(examples, WIDTH)`, float32, of 32 latents and noise."""
    rng = np.random.default_rng(0)
    normal = functools.partial(rng.standard_normal, dtype=np.float32)
    directions = normal((LATENT_DIM, WIDTH)) * np.float32(LATENT_DIM**-0.5)

    def rows(mean, deviation):
        found = (mean + deviation * normal((examples, LATENT_DIM))) @ directions
        for part in np.array_split(found, 10):  # So that the peak is not that of this.
            part += 0.3 * normal(part.shape)
        return found

    return rows(0.0, 1.0), rows(0.1, 1.1)


class Figures(Side):
    """One process: it calls functions of real and fake features.

    Args:
        functions: Dictionary from a name to a function of two arrays, which returns a
            sequence of numbers.
        given: What the functions take in place of an array.
    """

    def __init__(self, functions, given=np.asarray):
        super().__init__(functions)
        self.given = given
        self.values = {}

    def build(self, variant, examples):
        """Makes the features."""
        pair = [self.given(rows) for rows in features(examples)]
        self.runs[variant] = functools.partial(self.variants[variant], *pair)

    def run(self, variant, steps):
        """Seconds of some calls, and seconds of all processors."""
        start, spent = time.perf_counter(), time.process_time()
        for _ in range(steps):
            self.values[variant] = self.runs[variant]()
        return time.perf_counter() - start, time.process_time() - spent

    def value(self, variant):
        """The numbers of the last call, as text."""
        return " ".join(f"{number:.6f}" for number in self.values[variant])

    def serve(self):
        """Answers requests for these methods until standard input ends."""
        serve(build=self.build, run=self.run, value=self.value, peak=self.peak)
