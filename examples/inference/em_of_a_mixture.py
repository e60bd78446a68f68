"""EM line by line: a bound that touches the log likelihood, and is climbed.

For any q(k), `log p(x) >= sum_k q(k) log(p(x, k) / q(k))`. The E step takes
q(k) = p(k | x): the bound then touches log p(x) at the present parameters. The M step
goes to the top of the bound. log p(x) is nowhere below it, so it has risen, too.

The first picture shows this for one parameter, a mean, with all others fixed. Then all
parameters are estimated three times: by these steps, by `fit`, which is scikit-learn's
EM, and by gradients of log p(x). All three end at the same log likelihood to 0.001
nats.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared

WEIGHTS, MEANS, STDDEVS = np.array([0.4, 0.6]), np.array([-1.0, 1.0]), [1.3, 0.4]
STEPS = 60  # Iterations of EM by hand.


def draw(num_samples):
    """Points `(num_samples, 1)` of two Gaussians that overlap."""
    k = rng.choice(2, num_samples, p=WEIGHTS)
    return rng.normal(MEANS[k], np.take(STDDEVS, k))[:, None].astype("float32")


def set_mean(mixture, mean):
    """Sets the mean of the first component; all else is the truth."""
    mixture.log_weights.assign(np.log(WEIGHTS)[None])
    mixture.means.assign([[[mean], [MEANS[1]]]])
    mixture.factors.assign(np.reshape(STDDEVS, (1, 2, 1, 1)))


args = shared.parse(__doc__, epochs=30, data=None)
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x, held_out = draw(400), draw(4000)

# One mean: the log likelihood as a function of it, and the bounds of three steps.
figure = Figure(figsize=(11, 4.2), layout="constrained")
left, right = figure.subplots(1, 2)
slice_ = kgen.GaussianMixture((1,), 2)
grid, mean = np.linspace(-4.2, 1.2, 200), -3.6
steps = []
for _ in range(4):
    set_mean(slice_, mean)
    q = slice_.e_step(x)
    steps.append((mean, q, np.mean(slice_.elbo(x, q))))
    mean = slice_.m_step(x, q)["means"][0, 0, 0]
curves = {"log p(x)": [], **{f"bound of E step {i + 1}": [] for i in range(3)}}
for value in grid:
    set_mean(slice_, value)
    curves["log p(x)"].append(np.mean(slice_.log_prob(x)))
    for i, (_, q, _) in enumerate(steps[:3]):
        curves[f"bound of E step {i + 1}"].append(np.mean(slice_.elbo(x, q)))
print("One mean, all else fixed: before each E step the mean, and log p(x):")
for mean, _, log_prob in steps:
    print(f"  {mean:7.3f}  {log_prob:8.4f} nats")
for i, (name, values) in enumerate(curves.items()):
    left.plot(grid, values, color="black" if i == 0 else f"C{i - 1}", label=name)
    if i:
        left.plot(*steps[i - 1][::2], "o", color=f"C{i - 1}")
left.set(xlabel="mean of the first component", ylabel="nats for each example")
left.set(ylim=(min(curves["log p(x)"]) - 0.6, max(curves["log p(x)"]) + 0.1))
left.legend(loc="lower left")

# All parameters, by hand, by `fit` and by gradients.
hand, fitted = (kgen.GaussianMixture((1,), 2, seed=0) for _ in range(2))
hand.m_step(x, hand.start(x))
by_hand = []
for _ in range(STEPS):
    q = hand.e_step(x)
    by_hand.append(np.mean(hand.elbo(x, q)))  # Equal to log p(x).
    hand.m_step(x, q)
by_fit = -np.array(fitted.fit(x).history["loss"])
gradient = kgen.GaussianMixture((1,), 2, algorithm="gradient", seed=0)
decay = keras.optimizers.schedules.CosineDecay(0.05, args.epochs * 8)
gradient.compile(keras.optimizers.Adam(decay))
history = gradient.fit(x, batch_size=50, epochs=args.epochs, verbose=0).history
difference = np.max(np.abs(by_fit - by_hand[: len(by_fit)]))
print(f"log p(x) of fit's {len(by_fit)} iterations differs by {difference:.1e} at most")
truth = kgen.GaussianMixture((1,), 2)
set_mean(truth, MEANS[0])
models = {"by hand": hand, "fit": fitted, "gradient": gradient, "truth": truth}
for name, model in models.items():
    print(
        f"  {name:9} log p(x) {np.mean(model.log_prob(x)):.4f}, held-out "
        f"{np.mean(model.log_prob(held_out)):.4f} nats"
    )
right.plot(by_hand, label="EM by hand")
right.plot(by_fit, "o", markersize=4, label="fit: scikit-learn's EM")
losses = -np.array(history["loss"])
right.plot(losses, "--", label="gradients, mean of an epoch")
right.axhline(np.mean(truth.log_prob(x)), color="black", linestyle=":", label="truth")
right.set(xlabel="iteration, or epoch", ylabel="log p(x), nats for each example")
right.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "em_of_a_mixture.png", dpi=100)
print(f"Wrote {args.output / 'em_of_a_mixture.png'}")
