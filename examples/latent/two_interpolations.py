"""Between two digits: an autoencoder beside a VAE with the same networks.

Both walk in a straight line between the codes of two held-out digits. A classifier says
how sure it is of the images on the way, and the nearest training image how far they are
from any digit. Halfway both leave the digits about equally: with a code of 16 numbers
the VAE's advantage in sampling is hardly one on a line between two real codes.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=40)
train, test = kgen.data.load(args.data, batch_size=64)
(x, _), (held_out, labels) = shared.arrays(train), shared.arrays(test)
shape = x.shape[1:]
classifier = kgen.metrics.fit_classifier(train, epochs=max(1, args.epochs // 4))
start, end = np.split(held_out[: len(held_out) // 2 * 2], 2)
differ = np.not_equal(*np.split(labels[: len(start) * 2], 2))

RECIPES = {
    "autoencoder": ("autoencoder", {"reconstruction_loss": "mse"}),
    "vae": ("vae", {"likelihood": "gaussian", "stddev": 0.15}),
}
pairs = []
for name, (recipe, settings) in RECIPES.items():
    keras.utils.set_random_seed(0)
    model = kgen.build(recipe, shape, network="conv", latent_dim=16, seed=0, **settings)
    model.fit(train, epochs=args.epochs, verbose=0)
    ways = np.clip(kgen.latent.interpolate(model, start, end, num_steps=9), 0, 1)
    for place, step in (("ends", [0, -1]), ("middle", [4])):
        images = ways[:, step].reshape(-1, *shape)
        nearest = x[kgen.latent.nearest(x, images, k=1)[:, 0]]
        distance = np.mean(np.sqrt(np.sum((images - nearest) ** 2, axis=(1, 2, 3))))
        sure = np.mean(np.max(classifier.predict(images, verbose=0), axis=1))
        print(
            f"{name:11}, held-out pairs, {place:6}: {distance:.2f} from the nearest "
            f"training image, classifier sure by {sure:.3f}"
        )
    pairs.append(ways[differ][:5])
rows = np.stack(pairs, axis=1).reshape(-1, *shape)
path = args.output / "two_interpolations.png"
print(f"Wrote {kgen.plots.save_samples(rows, path, columns=9)}")
