"""Why samples come from a VAE, and not from a plain autoencoder.

The codes of an autoencoder may lie anywhere, with empty regions in between, and codes
from these regions do not decode to digits. The codes of a VAE fill N(0, I), so a draw
from it decodes to an image like the data. Both have the same networks. Alternatively, a
second stage learns the density of the autoencoder's codes, here a mixture of Gaussians.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
x, held_out = (shared.arrays(part)[0] for part in (train, test))


def build(name, **settings):
    """A trained model with convolutions and a code of 16."""
    keras.utils.set_random_seed(0)
    settings = {"network": "conv", "latent_dim": 16, "seed": 0, **settings}
    model = kgen.build(name, x.shape[1:], **settings)
    model.fit(train, validation_data=test, epochs=args.epochs, verbose=2)
    return model


def distance(images):
    """Mean distance of images from their nearest training images."""
    images = np.clip(images, 0.0, 1.0)
    nearest = x[kgen.latent.nearest(x, images, k=1)[:, 0]]
    return np.mean(np.sqrt(np.sum((images - nearest) ** 2, axis=(1, 2, 3))))


autoencoder = build("autoencoder")
vae = build("vae", likelihood="gaussian", stddev=0.15)

second_stage = kgen.GaussianMixture((16,), num_components=20, seed=0)
two_stage = kgen.TwoStage(autoencoder, second_stage, seed=0)
two_stage.fit(train)

# The smallest box around all codes: the lecture's "random point in the latent space".
z = autoencoder.encode(x).numpy()
box = np.random.default_rng(0).uniform(z.min(axis=0), z.max(axis=0), z[:360].shape)
samples = {
    "autoencoder": autoencoder.decode(box),
    "two_stage": two_stage.sample(len(box), seed=0),
    "vae": vae.sample(len(box), seed=0),
}
# The codes that the VAE's decoder is trained on are draws from q(z | x).
codes = {
    "autoencoder": autoencoder.encode(held_out),
    "vae": vae.posterior(held_out).sample(seed=0),
}
for name, z in codes.items():
    nats = kgen.metrics.latent_gaussianity(z)
    print(f"Held-out codes of the {name} are {nats:.2f} nats from N(0, I)")
print(f"Held-out images lie {distance(held_out):.2f} from the nearest training image")
for name, images in samples.items():
    print(
        f"Samples of {name:11} lie {distance(images):.2f} from it, "
        f"sharpness {np.mean(kgen.metrics.sharpness(images)):.3f}"
    )
    path = args.output / f"sampling_{name}.png"
    print(f"Wrote {kgen.plots.save_samples(images[:64], path)}")
