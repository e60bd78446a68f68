"""Eigenfaces, and an autoencoder with as many numbers: errors, and verification.

PCA writes a crop as the mean face plus a few eigenfaces, and its coefficients tell
whether two crops show the same. The autoencoder gets as many numbers. On 160 crops PCA
has the smaller error; on 1,437 digits the autoencoder has. LDA (Fisherfaces) chooses
the directions by the labels and so verifies best. The labels of the crops say face or
no face, those of the digits which digit.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=200, data=None)
CODE = 16

args.output.mkdir(parents=True, exist_ok=True)
figure = Figure(figsize=(8, 4), layout="constrained")
for axes, data in zip(figure.subplots(1, 2), ("faces", "digits"), strict=True):
    train, test = kgen.data.load(data, batch_size=32)
    (x, y), (held_out, labels) = shared.arrays(train), shared.arrays(test)
    shape = x.shape[1:]
    pca = PCA(CODE, random_state=0).fit(x.reshape(len(x), -1))
    coefficients = pca.transform(held_out.reshape(len(held_out), -1))

    keras.utils.set_random_seed(0)
    deep = kgen.build(
        "deep-autoencoder", shape, latent_dim=CODE, code_activation=None, seed=0
    )
    # As many steps on both sets.
    epochs = max(1, args.epochs * 160 // len(x)) if data == "digits" else args.epochs
    deep.fit(train, epochs=4 * epochs, verbose=0)

    lda = LinearDiscriminantAnalysis().fit(pca.transform(x.reshape(len(x), -1)), y)
    rebuilt = {
        "PCA": pca.inverse_transform(coefficients).reshape(held_out.shape),
        "autoencoder": deep.reconstruct(held_out).numpy(),
    }
    for name, images in rebuilt.items():
        error = np.mean((held_out - images) ** 2)
        print(f"{data}: held-out squared error of {name} {error:.4f}")
    codes = {
        "pixels": held_out,
        "PCA": coefficients,
        "autoencoder": deep.encode(held_out),
        "LDA": lda.transform(coefficients),
    }
    for name, z in codes.items():
        distance = "euclidean" if name == "LDA" else "cosine"
        found = kgen.downstream.verification(z, labels, distance)
        print(
            f"{data}: same or not, by {name:11}: AUC {found.auroc:.3f}, "
            f"equal error rate {found.equal_error_rate:.3f}"
        )
        axes.plot(found.false_match_rate, found.true_match_rate, label=name)
    axes.plot([0, 1], [0, 1], "k:", linewidth=1)
    axes.set(title=data, xlabel="false match rate", ylabel="true match rate")
    axes.legend()

    eigen = pca.components_.reshape(CODE, *shape)
    eigen = 0.5 + 0.5 * eigen / np.abs(eigen).max(axis=(1, 2, 3), keepdims=True)
    rows = np.concatenate([eigen, *(i[:CODE] for i in (held_out, *rebuilt.values()))])
    path = args.output / f"eigen_{data}.png"
    print(f"Wrote {kgen.plots.save_samples(rows, path, columns=CODE)}")
path = args.output / "verification.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
