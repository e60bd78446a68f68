"""Manifold learning: codes on an S and on a swiss roll, whose coordinates are known.

Points lie on a bent sheet in space, and their place on the sheet is known. The
autoencoder gets the points only. Its code of one number follows the S: it has the ranks
of the coordinate along the curve. The roll is wound too tightly for it: gradient
descent finds a code that jumps from layer to layer. Isomap joins neighbours, and
unrolls both, but has no decoder. PCA with one number cannot follow a curve.
"""

import keras
from matplotlib.figure import Figure
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.manifold import Isomap

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100, data=None)
args.output.mkdir(parents=True, exist_ok=True)
figure = Figure(figsize=(12, 7), layout="constrained")
for row, name in zip(figure.subplots(2, 3), ("s_curve", "swiss_roll"), strict=True):
    surface = kgen.data.manifold(name)
    x = surface.sample(2000, seed=0)
    held_out, coordinates = surface.sample(1000, seed=1, return_coordinates=True)
    mean, scale = x.mean(axis=0), x.std()
    x, held_out = (x - mean) / scale, (held_out - mean) / scale

    keras.utils.set_random_seed(0)
    settings = {"latent_dim": 1, "hidden": (64, 64), "activation": "tanh"}
    model = kgen.build("autoencoder", (3,), seed=0, **settings)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, 16 * args.epochs)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(x, batch_size=128, epochs=args.epochs, verbose=0)
    codes = {
        "autoencoder": model.encode(held_out).numpy()[:, 0],
        "Isomap": Isomap(n_neighbors=8).fit(x[:800]).transform(held_out)[:, 0],
        "PCA": PCA(1).fit(x).transform(held_out)[:, 0],
    }
    for axes, (kind, z) in zip(row, codes.items(), strict=True):
        found = abs(spearmanr(z, coordinates[:, 0]).statistic)
        print(
            f"{name:10}: held-out rank correlation of the code of {kind:11} with the "
            f"place along the curve {found:.3f}"
        )
        axes.scatter(held_out[:, 0], held_out[:, 2], c=z, s=6)
        axes.set(title=f"{name}: code of {kind}", aspect="equal")
path = args.output / "swiss_roll.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
