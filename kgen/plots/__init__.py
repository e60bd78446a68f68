"""Pictures: `draw_...` gives one, which a notebook shows; `save_...` writes a file."""

from kgen.plots.curves import draw_history, save_history
from kgen.plots.films import save_gif
from kgen.plots.grids import image_grid
from kgen.plots.latents import draw_latent, save_latent
from kgen.plots.pairs import (
    draw_reconstructions,
    save_pairs,
    save_paths,
    save_reconstructions,
    save_translations,
)
from kgen.plots.samples import draw_samples, save_samples

__all__ = [
    "draw_history",
    "draw_latent",
    "draw_reconstructions",
    "draw_samples",
    "image_grid",
    "save_gif",
    "save_history",
    "save_latent",
    "save_pairs",
    "save_paths",
    "save_reconstructions",
    "save_samples",
    "save_translations",
]
