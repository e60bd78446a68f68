"""A perceptual loss: reconstructions that a classifier takes for the right digit.

Pixel by pixel, a slightly shifted stroke costs as much as noise. A perceptual loss also
compares features of a network that classifies digits, so it weighs the shape of a
digit. The features come from a small classifier that is trained first; another one is
the judge. The code has only 3 numbers, so the loss decides which details are lost.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.metrics import features, fit_classifier

args = shared.parse(__doc__, epochs=40)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
images, labels = shared.arrays(test)

guide, judge = (fit_classifier(train, seed=seed) for seed in (1, 2))

rows = [images[:16]]
for weight in (0.0, 0.1, 1.0):
    keras.utils.set_random_seed(0)
    loss = {"feature_network": features(guide), "feature_weight": weight}
    model = kgen.build(
        "autoencoder", shape, network="conv", latent_dim=3, **(loss if weight else {})
    )
    model.fit(train, epochs=args.epochs, verbose=0)
    found = model.reconstruct(images).numpy()
    right = np.mean(np.argmax(judge(found), axis=1) == labels)
    print(
        f"weight {weight:4}: {100 * right:.1f} % of held-out reconstructions are taken "
        f"for their digit, squared error {np.mean((found - images) ** 2):.4f}"
    )
    rows.append(found[:16])
path = args.output / "perceptual_loss.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=16)}")
