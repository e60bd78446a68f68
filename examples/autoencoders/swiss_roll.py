"""Manifold learning: an autoencoder unrolls a swiss roll and an S.

Points lie near a bent sheet in space, and their place on the sheet is known. An
autoencoder gets the points only. Its code of one number follows the coordinate along
the curve: their ranks agree. PCA with one number cannot follow a curve.
"""

import keras
from matplotlib.figure import Figure
from scipy.stats import spearmanr
from sklearn.decomposition import PCA

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=200, data=None)
args.output.mkdir(parents=True, exist_ok=True)
figure = Figure(figsize=(9, 7), layout="constrained")
grid = figure.subplots(2, 2)
for row, name in zip(grid, ("swiss_roll", "s_curve"), strict=True):
    surface = kgen.data.manifold(name)
    x, _ = surface.sample(2000, seed=0, return_coordinates=True)
    held_out, coordinates = surface.sample(1000, seed=1, return_coordinates=True)
    mean, scale = x.mean(axis=0), x.std()
    x, held_out = (x - mean) / scale, (held_out - mean) / scale

    keras.utils.set_random_seed(0)
    model = kgen.build(
        "autoencoder", (3,), latent_dim=1, hidden=(64, 64), activation="tanh", seed=0
    )
    rate = keras.optimizers.schedules.CosineDecay(3e-3, 32 * args.epochs)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(x, batch_size=64, epochs=args.epochs, verbose=0)
    codes = {
        "autoencoder": model.encode(held_out).numpy()[:, 0],
        "PCA": PCA(1).fit(x).transform(held_out)[:, 0],
    }
    for kind, z in codes.items():
        found = abs(spearmanr(z, coordinates[:, 0]).statistic)
        print(f"{name}: held-out rank correlation of {kind} with the curve {found:.3f}")
    for axes, kind in zip(row, codes, strict=True):
        axes.scatter(held_out[:, 0], held_out[:, 2], c=codes[kind], s=6)
        axes.set(title=f"{name}: code of {kind}", aspect="equal")
path = args.output / "swiss_roll.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
