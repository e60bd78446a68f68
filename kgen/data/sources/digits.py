"""scikit-learn's handwritten digits: a TFDS builder that downloads nothing."""

from kgen.data.sources import register


@register("digits", splits=None)
def load_digits(split):
    """Images of `kgen.data.digits.Digits`, with their labels."""
    from kgen.data.catalogue import from_tfds

    return from_tfds("digits", split)
