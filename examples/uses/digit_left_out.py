"""Anomaly detection: models that have never seen a digit find images of it.

There is one VAE and one GAN for each digit that is left out of training. Held-out
images get two scores by the VAE: the squared error of the reconstruction, and minus the
importance-weighted bound on log p(x), which also measures how unusual the code is. The
GAN has neither. Its score is the error of the nearest image that it can make, found by
a search, in pixels and in features of its discriminator (AnoGAN). The AUROC is the
probability that an image of the new digit scores higher than one of a known digit.

Grey values have a Gaussian of fixed width: over 17 levels (`likelihood="categorical"`)
a digit of few strokes, such as 1, would be as likely as the learned digits.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.downstream.anomaly import AnomalyDetector

args = shared.parse(__doc__, epochs=40)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data)
(images, labels), (test_images, test_labels) = map(shared.arrays, (train, test))

for digit in (0, 1, 4, 8):
    vae = kgen.build(
        "vae",
        images.shape[1:],
        latent_dim=8,
        network="mlp",
        likelihood="gaussian",
        stddev=0.2,
        seed=0,
    )
    vae.fit(images[labels != digit], epochs=args.epochs, batch_size=64, verbose=0)
    gan = kgen.build("gan", images.shape[1:], latent_dim=16, seed=0)
    gan.fit(images[labels != digit], epochs=args.epochs, batch_size=64, verbose=0)
    detectors = [AnomalyDetector(vae, score) for score in ("reconstruction", "auto")]
    detectors.append(AnomalyDetector(gan, num_steps=100, num_starts=3))
    new = test_labels == digit
    areas = [f"{d.score} {d.auroc(test_images, new):.3f}" for d in detectors]
    print(
        f"Held out {new.sum()} images of the new {digit} and {np.sum(~new)} of others: "
        f"AUROC by {', by '.join(areas)}"
    )
    # Above the sixteen least anomalous images, below the sixteen most anomalous.
    order = np.argsort(detectors[1].scores(test_images))
    extremes = test_images[np.concatenate([order[:16], order[-16:]])]
    path = args.output / f"without_{digit}.png"
    print(f"Wrote {kgen.plots.save_samples(extremes, path, columns=16)}")
