"""Uses of a VAE's codes: looking at data, finding similar images, clustering.

The model never sees a label; held-out images show how well distances of codes agree
with the classes.
"""

import keras
import numpy as np
from sklearn.metrics import adjusted_rand_score

import kgen
from examples import shared
from kgen import latent

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

vae = kgen.build("vae", shape, latent_dim=16, likelihood="gaussian", stddev=0.1, seed=0)
vae.fit(train, validation_data=test, epochs=args.epochs, verbose=2)
print(f"{kgen.metrics.compression_factor(vae):g} pixels for each number of a code")

x, classes = shared.arrays(train)
held_out, labels = shared.arrays(test)
z, z_held_out = vae.encode(x), vae.encode(held_out)

# Similar to a held-out image are the training images with the nearest codes.
found = latent.nearest(z, z_held_out, k=8)
same = np.mean(classes[found] == labels[:, None])
print(f"Held out: {same:.1%} of the 8 nearest codes are of the same class")
one_of_each = np.unique(labels, return_index=True)[1]
rows = np.concatenate([held_out[:, None], x[found]], axis=1)[one_of_each]
print(f"Wrote {kgen.plots.save_samples(rows, args.output / 'embedding_nearest.png')}")

planes = {method: latent.embed(z_held_out, method) for method in ("pca", "tsne")}
for method, plane in planes.items():
    path = args.output / f"embedding_{method}.png"
    names = [f"{method}[{axis}]" for axis in (0, 1)]
    print(f"Wrote {kgen.plots.save_latent(plane, labels, path, names)}")

# Do clusters of codes agree with the classes? 1 for equality, 0 for chance.
for name, points in {"pixels": held_out, "codes": z_held_out, **planes}.items():
    groups = latent.clusters(points, num_clusters=10)
    score = adjusted_rand_score(labels, groups)
    print(f"Held out, ten clusters of {name}: adjusted Rand score {score:.2f}")
