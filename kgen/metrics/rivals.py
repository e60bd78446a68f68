"""GANs as rivals: their samples, and what their discriminators take for real."""

from collections.abc import Mapping

import numpy as np

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.parts import verb_parts
from kgen.metrics.drawn import rows_in_turn
from kgen.metrics.ingredients import ROWS, Ingredients, MissingError

ADVICE = "Pass a kgen.GAN without packing, whose discriminator judges single examples."


class Rival:
    """A GAN whose networks meet those of other GANs.

    Args:
        name: Name of the function that compares, for errors.
        key: Name of the argument that holds the model, or of the model itself.
        model: A model with `discriminate` and `sample`.
        test: Held-out data: a data set of batches, or arrays.
        num_samples: Number of samples. Conditions are those of the held-out rows.
        seed: Integer that fixes the samples.

    Raises:
        ValueError: for another model, or data that it does not take.
    """

    def __init__(self, name, key, model, test, num_samples, seed):
        check_model(name, model, "discriminate", "sample", key=key, advice=ADVICE)
        if "x" not in getattr(model.discriminate, "arguments", ()):
            raise ValueError(
                f"`{name}` was given a {type(model).__name__} as {key}, whose "
                f"discriminator does not judge data x. {ADVICE}"
            )
        size = {"num_samples": num_samples, "seed": seed}
        found = Ingredients(model, test, **size, name=name, called=f"test for {key}")
        self.model = model
        self.parts = found["examples"]
        self.real = numbers(name, f"test for {key}", self.parts["x"], rows=1)
        try:
            self.samples = found["samples"]
        except MissingError as error:
            raise ValueError(
                f"`{name}` cannot draw samples of a {type(model).__name__}, as "
                f"{error}. Pass test as (x, labels)."
            ) from error
        self.loss = getattr(model, "adversarial_loss", None)
        self.boundary = 0.0 if self.loss is None else self.loss.boundary
        if self.boundary is None:
            means = [np.mean(self.scores(x)) for x in (self.real, self.samples)]
            self.boundary = np.mean(means)

    def scores(self, x):
        """The discriminator's score of each example, larger for real ones."""
        given = verb_parts(self.model, self.model.discriminate, self.parts)
        given = {k: v[rows_in_turn(len(v), len(x))] for k, v in given.items()}
        logits = self.model.discriminate(**{**given, "x": x}, batch_size=ROWS)
        return np.asarray(logits if self.loss is None else self.loss.score(logits))

    def taken_for_real(self, x):
        """Share of examples that the discriminator takes for real, in 0..1."""
        scores = self.scores(x)
        # A discriminator that is undecided does no better than one that guesses.
        undecided = np.mean(scores == self.boundary)
        return float(np.mean(scores > self.boundary) + undecided / 2)


def check_named(name, key, values, wanted):
    """Raises a ValueError unless values are a dictionary of two or more."""
    named = isinstance(values, Mapping)
    if not named or len(values) < 2:
        size = f" of {len(values)}" if named else ""
        raise ValueError(
            f"`{name}` was given {key} as a {type(values).__name__}{size}, but expects "
            f"a dictionary of two or more: {wanted}."
        )
