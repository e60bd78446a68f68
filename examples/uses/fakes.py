"""What gives a fake away? A detector of a VAE's and of a GAN's digits, and its reasons.

For each model a network learns to tell its samples from digits, and judges held-out
ones. The VAE draws means, which are smooth: its samples lack power at high frequencies.
The GAN, of two perceptrons, has the right spectrum there; its samples are told by their
pixels. Training digits are not told from held-out ones. The last image of each row
shows where the detector looks.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=30)
train, test = kgen.data.load(args.data, batch_size=64)
real = shared.arrays(test)[0][:2000]
seen = shared.arrays(train)[0][: len(real)]
shape = real.shape[1:]

fakes = {"training digits": seen}
for name, recipe, settings in (
    ("VAE", "vae", {}),
    ("GAN", "gan", {}),
):
    keras.utils.set_random_seed(0)
    model = kgen.build(recipe, shape, latent_dim=16, seed=0, **settings)
    model.fit(train, epochs=args.epochs, verbose=0)
    fakes[name] = np.clip(model.sample(len(real), seed=0), 0.0, 1.0)

rows = []
for name, images in fakes.items():
    found = kgen.downstream.detect_fakes(real, images, epochs=max(1, args.epochs // 2))
    powers = ", ".join(f"{share:.2f}" for share in found.frequencies)
    print(
        f"{name:15}: accuracy on held-out images {found.accuracy:.3f} (p "
        f"{found.p_value:.2g}), AUC {found.auroc:.3f}; more power than a digit at 1, "
        f"2, ... cycles: {powers}"
    )
    looks = (found.pixels / found.pixels.max())[..., None] * np.ones(shape)
    rows += [*images[:11], looks]
path = args.output / "fakes.png"
print(f"Wrote {kgen.plots.save_samples(np.stack(rows), path, columns=12)}")
