"""Melodies from scores, as ints."""

from kgen.data.melodies import NUM_CODES
from kgen.data.sources import register


@register("chorales", kind="melodies", num_codes=NUM_CODES)
def load_chorales(split):
    """Four bars of the soprano of one of Bach's chorales, in eighths, `(32,)`.

    See `kgen.data.chorales`.
    """
    from kgen.data.chorales import load_split

    return load_split(split)
