"""A likelihood of ints: words of a codebook, tokens."""

from kgen.likelihoods.levels import Categorical


class Codes(Categorical):
    """A probability for each code, for data that are ints: codebook words, tokens.

    Args:
        levels: Number of codes, 0 to `levels - 1`.
    """

    unit_interval = False
    advice = "Pass ints."

    def covers(self, x):
        """True: `fit` and verbs have checked the ints already."""
        return True

    def to_support(self, x):
        """The codes as they are."""
        return x

    def from_support(self, value):
        """The codes as they are."""
        return value

    def log_prob(self, parameters, x):
        """log p(x), nats, `(batch,)`, for codes `(batch, ...)`."""
        return super().log_prob(parameters, x[..., None])
