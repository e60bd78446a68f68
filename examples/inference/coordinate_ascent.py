"""Coordinate ascent: a bound that no update lowers, and natural gradients of it.

Mean-field q has independent factors. Each is set to its optimum in turn, given the
others. For a Bayesian mixture of Gaussians the factors are the assignments and the
parameters. Started with eight components, it empties those that it does not need.
Batches do as well: a batch stands for all the data, and a step along the natural
gradient mixes its answer with the present one.

For a Bayesian regression the factors are the weights, and the precisions of weights and
noise. With known precisions q is exact, and the bound is the log evidence. A precision
for each weight switches off the powers that a polynomial does not need.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from examples import shared
from kgen.data.gaussians import Gaussians
from kgen.inference import (
    MeanFieldMixture,
    MeanFieldRegression,
    MixturePrior,
    RobbinsMonro,
    StochasticMixture,
)

PRIOR = MixturePrior(concentration=0.01, scatter=1.0)
SEED = 1


def ellipse(mean, covariance):
    """Points `(2, n)` two standard deviations from the mean."""
    angle = np.linspace(0, 2 * np.pi, 100)
    circle = 2 * np.stack([np.cos(angle), np.sin(angle)])
    return mean[:, None] + np.linalg.cholesky(covariance) @ circle


args = shared.parse(__doc__, epochs=60, data=None)
keras.utils.set_random_seed(0)
source = Gaussians([[-2.0, -1.0], [0.0, 1.5], [2.0, -1.0]], sigma=0.7)
x, held_out = source.sample(600, seed=0), source.sample(4000, seed=1)

q = MeanFieldMixture(x, 8, PRIOR, seed=SEED)
bounds = q.fit(max_sweeps=500) / len(x)
model = StochasticMixture((2,), 8, num_examples=len(x), prior=PRIOR, seed=SEED)
model.compile(keras.optimizers.SGD(RobbinsMonro(delay=4.0, forgetting=0.7)))
stochastic = []
note = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: stochastic.append(
        -model.evaluate(x, batch_size=len(x), verbose=0)
    )
)
model.fit(x, batch_size=50, epochs=args.epochs, callbacks=[note], verbose=0)
print(
    f"Mixture, {len(bounds)} sweeps; smallest gain {np.min(np.diff(bounds)):.1e} nats"
)
for name, bound, posterior, log_prob in (
    ("coordinate ascent", bounds[-1], q.posterior, q.log_prob(held_out)),
    ("natural gradients", stochastic[-1], model.posterior, model.log_prob(held_out)),
):
    used = int(np.sum(posterior.weights > 0.01))
    print(
        f"  {name}: bound {bound:.4f} nats for each example, {used} of 8 components "
        f"used, held-out log p(x) {np.mean(log_prob):.4f}"
    )
print(f"  truth: held-out log p(x) {np.mean(source.log_prob(held_out)):.4f}")

# A polynomial of degree 9 for data of degree 3.
rng = np.random.default_rng(0)
t = rng.uniform(-1, 1, 40)
y, noise = 2 * t**3 - t, 0.15
noisy = y + noise * rng.normal(size=40)
powers = t[:, None] ** np.arange(10)
known = MeanFieldRegression(powers, noisy, 1.0, 1 / noise**2)
covariance = powers @ powers.T + noise**2 * np.eye(40)
evidence = stats.multivariate_normal(np.zeros(40), covariance).logpdf(noisy)
print(
    f"Regression with known precisions: bound {known.elbo():.6f}, log evidence "
    f"{evidence:.6f}"
)
relevant = MeanFieldRegression(powers, noisy, relevance=True)
sweeps = relevant.fit()
new = np.linspace(-1, 1, 200)
tested, squares = 2 * new**3 - new, {}
least = np.linalg.lstsq(powers, noisy, rcond=None)[0]
mean, stddev = relevant.predict(new[:, None] ** np.arange(10))
squares["least squares"] = np.mean(
    (new[:, None] ** np.arange(10) @ least - tested) ** 2
)
squares["coordinate ascent"] = np.mean((mean - tested) ** 2)
for name, error in squares.items():
    print(f"  {name}: mean squared error on held-out inputs {error:.5f}")
kept = np.flatnonzero(abs(relevant.mean) > 0.05)
found = relevant.noise_precision.mean[0] ** -0.5
print(f"  powers kept: {kept.tolist()}; noise {found:.3f} for {noise}")

figure = Figure(figsize=(14, 4), layout="constrained")
left, middle, right = figure.subplots(1, 3)
left.plot(np.arange(1, 1 + len(bounds)), bounds, label="coordinate ascent, sweeps")
left.plot(
    np.arange(1, 1 + len(stochastic)), stochastic, label="natural gradients, epochs"
)
left.set(title="bound of the mixture", ylabel="nats for each example", xscale="log")
left.legend()
middle.scatter(*x.T, s=4, color="lightgrey")
for k, weight in enumerate(np.asarray(q.posterior.weights)):
    if weight > 0.01:
        moments = q.posterior.means[k].numpy(), q.posterior.covariances[k].numpy()
        middle.plot(*ellipse(*moments), color=f"C{k}", label=f"weight {weight:.2f}")
middle.set(title="components that are left", aspect="equal")
middle.legend()
right.plot(t, noisy, "k.", label="data")
right.plot(new, tested, "k:", label="truth")
right.plot(new, new[:, None] ** np.arange(10) @ least, label="least squares")
right.plot(new, mean, label="coordinate ascent")
right.fill_between(new, mean - 2 * stddev, mean + 2 * stddev, alpha=0.2, color="C1")
right.set(title="polynomial of degree 9", ylim=(-2, 2))
right.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "coordinate_ascent.png", dpi=100)
print(f"Wrote {args.output / 'coordinate_ascent.png'}")
