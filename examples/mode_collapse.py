"""Mode collapse on rings and grids of Gaussians, and what cures it.

The first GAN leaves modes out. Packing shows the discriminator several samples at once,
a gradient penalty keeps it smooth, and relativistic losses compare real with generated
examples. All have the same networks and the same number of steps.
"""

import keras
import numpy as np
import shared
from matplotlib.figure import Figure

import kgen
from kgen.adversarial.penalties import R1R2, GradientPenalty

args = shared.parse(__doc__, epochs=50, data=None)
CURES = {
    "minimax": ("minimax-gan", {}),
    "packs of 4": ("gan", {"packing": 4}),
    "WGAN-GP": ("wgan-gp", {"penalty": GradientPenalty(0.1)}),
    "relativistic": ("relativistic-gan", {"penalty": R1R2(0.1)}),
}
NETWORKS = {"latent_dim": 2, "hidden": (128, 128, 128)}
STEPS = 100  # In an epoch.

figure = Figure(figsize=(4 * len(CURES), 8), layout="constrained")
grid = figure.subplots(2, len(CURES))
for row, data in zip(grid, ("8ring", "25gaussians"), strict=True):
    density = kgen.data.density(data)
    points = density.sample(128 * STEPS, seed=0).astype("float32")
    for axes, (title, (recipe, settings)) in zip(row, CURES.items(), strict=True):
        keras.utils.set_random_seed(0)
        gan = kgen.build(
            recipe,
            (2,),
            learning_rate=1e-3,
            beta_1=0.0,
            beta_2=0.9,
            seed=0,
            **NETWORKS,
            **settings,
        )
        optimizers = gan.generator_optimizer, gan.discriminator_optimizer
        gan.compile(*optimizers, steps_per_execution=50)
        gan.fit(points, batch_size=128, epochs=args.epochs, verbose=0)
        samples = np.asarray(gan.sample(2500, seed=0))
        found = kgen.metrics.mode_coverage(samples, density)
        text = (
            f"{found['modes']} of {len(density.means)} modes, "
            f"{found['high_quality']:.0%} near one, "
            f"reverse KL {found['reverse_kl']:.2f}"
        )
        print(f"{data}, {title}, against held-out density: {text}")
        axes.scatter(*density.means.T, marker="x", color="black")
        axes.scatter(*samples.T, s=2)
        axes.set_title(f"{title}\n{text}", fontsize=9)
        limit = 1.4 * np.abs(density.means).max()
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "mode_collapse.png", dpi=80)
print(f"Wrote {args.output / 'mode_collapse.png'}")
