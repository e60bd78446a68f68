"""Panels of the page: what a model can do, one file each.

A panel has a `TITLE`, `missing(subject)`, which says in a sentence why a model has no
such panel, or `None`, and `build(subject, shared)`, which adds the controls and returns
what draws its pictures.
"""

from kgen.explore.panels import (
    completion,
    interpolation,
    latent,
    reconstruction,
    samples,
    training,
)

PANELS = (samples, latent, interpolation, reconstruction, completion, training)
