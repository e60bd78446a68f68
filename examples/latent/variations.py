"""Variations of one digit, and pairs of digits and labels from p(x, y).

Draws from q(z given x) decode to digits like x: what the posterior leaves open varies.
With beta = 3 the posterior is the prior: nothing of x is left in its variations, which
are all one mean image. A conditional VAE with a prior over classes
draws pairs: a class, then a digit of it. A classifier that has seen neither checks that
the variations keep their class, and that the pairs fit.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=30)
train, test = kgen.data.load(args.data, batch_size=64)
images, labels = (rows[:300] for rows in shared.arrays(test))
shape, num_classes = images.shape[1:], train.num_classes
classifier = kgen.metrics.fit_classifier(train, epochs=max(1, args.epochs // 4))


def agreement(x, y):
    """Share of images that the classifier takes for their label."""
    found = classifier.predict(np.reshape(x, (-1, *shape)), verbose=0).argmax(axis=1)
    return np.mean(found == np.ravel(y))


print(f"Classifier on held-out digits: {agreement(images, labels):.1%}")
pictures = []
for beta in (0.3, 3.0):
    keras.utils.set_random_seed(0)
    vae = kgen.build("vae", shape, beta=beta, seed=0)
    vae.fit(train, epochs=args.epochs, verbose=0)
    variations = vae.vary(images, num_samples=8, seed=0).numpy()
    spread = np.mean(variations.std(axis=1))
    kept = agreement(variations, np.repeat(labels, 8))
    print(
        f"beta {beta}: variations of held-out digits have a deviation of {spread:.3f} "
        f"by pixel, and {kept:.1%} keep the class"
    )
    pictures.append(np.concatenate([images[:6, None], variations[:6]], axis=1))
path = args.output / "variations.png"
rows = np.concatenate(pictures).reshape(-1, *shape)
print(f"Wrote {kgen.plots.save_samples(rows, path, columns=9)}")

cvae = kgen.build("cvae", shape, num_classes, seed=0)
cvae.fit(train, epochs=args.epochs, verbose=0)
for name, prior in (
    ("the data's prior", kgen.downstream.class_prior(train, num_classes)),
    ("a prior of mostly 3", np.where(np.arange(num_classes) == 3, 0.7, 0.3 / 9)),
):
    x, y = kgen.downstream.sample_joint(cvae, 1000, prior, seed=0)
    print(
        f"Pairs by {name}: {np.mean(y == 3):.1%} are labelled 3, the classifier agrees "
        f"with {agreement(x, y):.1%} of the labels"
    )
path = args.output / "joint.png"
print(f"Wrote {kgen.plots.save_samples(x[:60], path, columns=12)}")
