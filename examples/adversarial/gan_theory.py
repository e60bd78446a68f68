"""Theorems of the lectures about GANs, in experiments.

On a discrete toy a trained discriminator reaches p / (p + q), and the value of the game
2 JS(p, q) - 2 log 2, which is -2 log 2 if the generator is right. A losing generator
learns only from -log D. And two players who follow their own gradients need not
converge: in the game V = w b they circle the equilibrium at 0.
"""

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.adversarial.losses import Minimax, NonSaturating

args = shared.parse(__doc__, epochs=300, data=None)
real, fake = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.4, 0.1, 0.1]], "float32")

# The discriminator has a logit for each of four outcomes; each pair of a real and a
# generated outcome is weighted by its probability.
logits = tf.Variable(tf.zeros(4))
for _ in range(args.epochs):
    with tf.GradientTape() as tape:
        losses = Minimax().discriminator(logits[:, None], logits[None, :])
        value = -tf.reduce_sum(np.outer(real, fake) * losses)
    logits.assign_add(5.0 * tape.gradient(value, logits))
found, optimum = tf.sigmoid(logits).numpy(), real / (real + fake)
js = float(kgen.metrics.js_divergence(real, fake))
print(f"Trained D {np.round(found, 3)}, p / (p + q) {np.round(optimum, 3)}")
print(
    f"Value of the game {value:.4f}, 2 JS - 2 log 2 = {2 * js - 2 * np.log(2):.4f} "
    f"(once p = q: {-2 * np.log(2):.4f}); these are exact sums: no data is held out."
)

figure = Figure(figsize=(15, 4.5), layout="constrained")
bars, slopes, orbits = figure.subplots(1, 3)
places = np.arange(4)
bars.bar(places - 0.2, found, 0.4, label="trained D")
bars.bar(places + 0.2, optimum, 0.4, label="p / (p + q)")
bars.set_xlabel("outcome")

grid = tf.linspace(-6.0, 6.0, 200)
for loss in (Minimax(), NonSaturating()):
    with tf.GradientTape() as tape:
        tape.watch(grid)
        values = loss.generator(None, grid)
    size = np.abs(tape.gradient(values, grid))
    slopes.plot(tf.sigmoid(grid), size, label=type(loss).__name__)
slopes.set_xlabel("D(G(z)): the discriminator is sure on the left")
slopes.set_ylabel("size of the generator's gradient by the logit")


def play(step, rounds=60, rate=0.2):
    """Positions `(w, b)` of two players of V = w b; w climbs it, b descends."""
    path = [np.array([1.0, 0.0])]
    for _ in range(rounds):
        path.append(path[-1] + rate * step(*path[-1]))
    return np.array(path)


# Each player against the other as it is, or against the worst other a step away.
games = {
    "each its own gradient": lambda w, b: np.array([b, -w]),
    "the duality gap's gradient": lambda w, b: np.array([b - 0.5 * w, -w - 0.5 * b]),
}
for name, step in games.items():
    path = play(step)
    orbits.plot(*path.T, ".-", label=f"{name}: ends at {np.hypot(*path[-1]):.2f}")
    print(f"{name}: {np.hypot(*path[-1]):.2f} from the equilibrium, after 1.00")
orbits.set_xlabel("w")
orbits.set_ylabel("b")
orbits.set_aspect("equal", "datalim")
for axes in (bars, slopes, orbits):
    axes.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "gan_theory.png", dpi=100)
print(f"Wrote {args.output / 'gan_theory.png'}")
