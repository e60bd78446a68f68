"""The duality gap shows whether a GAN converges.

The losses do not show it: the loss of a converging generator stays constant. Here one
GAN learns a ring of Gaussians with a penalty on the discriminator's slope. A second has
no penalty and too high a learning rate. A third minimises the gap itself.
"""

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.adversarial import duality_gap
from kgen.adversarial.penalties import R1

args = shared.parse(__doc__, epochs=10, data=None)
density = kgen.data.density("8ring")
points = density.sample(12800, seed=0).astype("float32")
held_out = tf.data.Dataset.from_tensor_slices(
    density.sample(1000, seed=1).astype("float32")
).batch(250)
RUNS = {
    "converges": ("r1-gan", {"penalty": R1(0.1), "learning_rate": 1e-3}),
    "does not": ("gan", {"learning_rate": 2e-2, "beta_1": 0.9}),
    "GMN": ("gmn", {"learning_rate": 1e-3, "worst_learning_rate": 0.02}),
}

figure = Figure(figsize=(15, 4.5), layout="constrained")
panels = dict(
    zip(
        ("generator_loss", "gap", "proximal gap"),
        figure.subplots(1, 3),
        strict=True,
    )
)
for title, (recipe, settings) in RUNS.items():
    keras.utils.set_random_seed(0)
    gan = kgen.build(recipe, (2,), latent_dim=2, hidden=(64, 64), seed=0, **settings)
    curves = {name: [] for name in panels}
    for _ in range(args.epochs):
        logs = gan.fit(points, batch_size=128, verbose=0).history
        curves["generator_loss"] += logs["generator_loss"]
        for name, proximal in (("gap", None), ("proximal gap", 0.1)):
            gap = duality_gap(gan, held_out, num_steps=100, proximal=proximal)
            curves[name].append(gap["gap"])
    coverage = kgen.metrics.mode_coverage(gan.sample(2500, seed=0), density)
    print(
        f"{title}: {coverage['modes']} of 8 modes, {coverage['high_quality']:.0%} near "
        f"one; held-out duality gap {curves['gap'][-1]:.3f} nats, "
        f"proximal {curves['proximal gap'][-1]:.3f}"
    )
    for name, axes in panels.items():
        axes.plot(np.arange(1, args.epochs + 1), curves[name], ".-", label=title)
for name, axes in panels.items():
    axes.set(title=name, xlabel="epoch", ylabel="nats")
    if name != "generator_loss":
        axes.set_yscale("symlog", linthresh=0.01)  # An estimate may be below 0.
    axes.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "duality_gap.png", dpi=100)
print(f"Wrote {args.output / 'duality_gap.png'}")
