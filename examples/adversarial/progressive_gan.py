"""A progressive GAN learns digits of 2x2 pixels first, then of 4x4 and of 8x8.

The networks are those of 8x8 pixels from the start. At first the generator enlarges an
image of 2x2 pixels, and the discriminator sees no more than that of a digit. Then the
layers of each larger size fade in. The first pixels decide where ink is, the last ones
draw strokes: a picture at the end of each level shows the same latents at each size.
"""

import keras
import numpy as np

import kgen
from examples import shared


class AtEachLevel(keras.callbacks.Callback):
    """Draws samples in the round in which the next level starts, and at the end."""

    def __init__(self):
        super().__init__()
        self.samples = {}

    def on_train_batch_end(self, batch, logs=None):
        """Looks whether a level has ended with this round."""
        if int(self.model.rounds) % self.model.rounds_per_level == 0:
            self.draw(int(self.model.rounds) // self.model.rounds_per_level - 1)

    def on_train_end(self, logs=None):
        """The last level has no end."""
        self.draw(self.model.last_level)

    def draw(self, level):
        """Samples of the same latents for each level."""
        if level <= self.model.last_level:
            self.samples[level] = self.model.sample(10, seed=1).numpy()


args = shared.parse(__doc__, epochs=100)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
small = max(shape[:-1]) <= 8

rounds = args.epochs * len(train)
gan = kgen.build(
    "progressive-gan",
    shape,
    **({"filters": (32, 64, 64)} if small else {}),
    # Half of the rounds at the final size.
    rounds_per_level=max(1, rounds // (4 if small else 6)),
    seed=0,
)
steps = AtEachLevel()
gan.fit(train, epochs=args.epochs, callbacks=[steps], verbose=2)
for level, (height, width) in enumerate(gan.sizes):
    variance = np.var(steps.samples[level], axis=0).mean()
    print(f"level {level}, {height}x{width} pixels: variance {variance:.3f}")

classifier = kgen.metrics.fit_classifier(train)
samples = gan.sample(1000, seed=0)
shared.report_samples(classifier, train, test, gan=samples)

path = args.output / "progressive_gan_levels.png"
images = np.concatenate([steps.samples[level] for level in sorted(steps.samples)])
print(f"Wrote {kgen.plots.save_samples(images, path, 10)}")
path = args.output / "progressive_gan_samples.png"
print(f"Wrote {kgen.plots.save_samples(samples[:100], path, 10)}")
