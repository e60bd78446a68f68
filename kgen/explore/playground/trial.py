"""A model that learns a density of the plane, in a thread of its own."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import tensorflow as tf

from kgen.data.sources.points import density
from kgen.diffusion.samplers import DDIM
from kgen.explore.pictures import plane_url
from kgen.recipes import build

# Families, and in each the recipes: what differs is the loss, as the page says.
FAMILIES = {
    "GAN": (
        *("gan", "minimax-gan", "lsgan", "hinge-gan", "relativistic-gan"),
        *("wgan", "wgan-gp", "r1-gan", "dragan"),
    ),
    "VAE": ("vae", "beta-vae", "iwae", "sigma-vae"),
    "flow": ("realnvp", "nice", "maf", "iaf", "nsf", "nsf-ar"),
    "diffusion": ("ddpm", "improved-ddpm", "flow-matching"),
}
BATCH_SIZE = 256
STEPS_A_PICTURE = 50
NUM_SAMPLES = 1000
NUM_HELD_OUT = 1000
GRID = 60  # Points on each side, at which a surface is known.
COLOURS = {"density": "Blues", "discriminator": "RdBu"}
SAMPLE_STEPS = 20  # Of a diffusion model, for a picture.


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What a trial shows after some steps: a picture, and its figures as a text."""

    num_steps: int
    url: str
    figures: str


class Trial:
    """Trains a recipe on a density until it is stopped.

    Args:
        name: Name of the density.
        recipe: Name of the recipe.
        learning_rate: Learning rate of its optimizer; `None` for the recipe's.
        num_steps: The most steps.

    Raises:
        ValueError: if the recipe cannot be built with these settings.
    """

    def __init__(
        self,
        name: str,
        recipe: str,
        learning_rate: float | None = None,
        num_steps: int = 5000,
    ) -> None:
        settings = {} if learning_rate is None else {"learning_rate": learning_rate}
        self.density, self.num_steps = density(name), num_steps
        self.model = build(recipe, (2,), **settings)
        self.snapshot: Snapshot | None = None
        self.error: Exception | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether it still trains."""
        return self.thread.is_alive()

    def start(self) -> None:
        """Begins to train."""
        self.thread.start()

    def stop(self) -> None:
        """Has it end after the steps of the picture that is drawn now."""
        self.stopped.set()

    def _run(self):
        try:
            self._train()
        except Exception as error:  # The page shows it: a thread has no caller.
            self.error = error

    def _train(self):
        points = self.density.sample(50_000, seed=0)
        held_out = self.density.sample(NUM_HELD_OUT, seed=1)
        dataset = tf.data.Dataset.from_tensor_slices(points).repeat()
        dataset = dataset.shuffle(10_000).batch(BATCH_SIZE, drop_remainder=True)
        done, losses = 0, {}
        while not self.stopped.is_set():
            self.snapshot = self._look(done, losses, held_out)
            if done >= self.num_steps:
                return
            steps = min(STEPS_A_PICTURE, self.num_steps - done)
            history = self.model.fit(
                dataset, steps_per_epoch=steps, epochs=1, verbose=0
            ).history
            losses = {name: values[-1] for name, values in history.items()}
            done += steps

    def _look(self, done, losses, held_out):
        model, options = self.model, {}
        if hasattr(model, "process"):
            options["sampler"] = DDIM(num_steps=SAMPLE_STEPS)
        samples = np.asarray(model.sample(NUM_SAMPLES, seed=0, **options))
        bounds = np.array(self.density.bounds)
        kind, surface = self._surface(bounds)

        def draw(axes):
            if surface is not None:
                extent = bounds.ravel()
                axes.imshow(
                    surface,
                    extent=extent,
                    origin="lower",
                    aspect="auto",
                    cmap=COLOURS[kind],
                )
            axes.scatter(*held_out.T, s=3, c="0.6")
            axes.scatter(*samples.T, s=3, c="black")

        lines = [f"{name} {value:.4g}" for name, value in losses.items()]
        verb = "log_prob" if model.preferred_likelihood == "log_prob" else "elbo"
        if hasattr(model, verb) and done:
            nats = -float(np.mean(getattr(model, verb)(held_out)))
            lines.append(
                f"held-out -{verb} {nats:.3f} nats, entropy of the density "
                f"{self.density.entropy:.3f}"
            )
        if kind:
            lines.append(f"colours: {kind}")
        return Snapshot(done, plane_url(draw, bounds), "\n".join(lines))

    def _surface(self, bounds):
        """What the model says of each point: its density, or its discriminator."""
        (low_x, high_x), (low_y, high_y) = bounds
        right, up = np.meshgrid(
            np.linspace(low_x, high_x, GRID), np.linspace(low_y, high_y, GRID)
        )
        points = np.stack([right, up], axis=-1).reshape(-1, 2).astype("float32")
        if self.model.preferred_likelihood == "log_prob":
            kind, values = "density", np.exp(self.model.log_prob(points))
        elif hasattr(self.model, "discriminate"):
            kind, values = "discriminator", np.asarray(self.model.discriminate(points))
        else:
            return None, None
        return kind, np.nan_to_num(values.reshape(GRID, GRID))
