"""Coordinate ascent: a bound that no update lowers, and natural gradients of it.

Mean-field q has independent factors. Each is set to its optimum in turn, given the
others. For a Bayesian mixture of Gaussians the factors are the assignments and the
parameters. Batches do as well: a batch stands for all the data, and a step along the
natural gradient mixes its answer with the present one. The bound also chooses the
number of components. q holds one of the K! orders of K components, so log K! is added.

For a Bayesian regression the factors are the weights, and the precisions of weights and
noise. With known precisions q is exact, and the bound is the log evidence. A precision
for each weight switches off most of the degrees that a polynomial does not need.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.polynomial.legendre import legvander
from scipy import special, stats

from examples import shared
from kgen.data.gaussians import Gaussians
from kgen.inference import (
    MeanFieldMixture,
    MeanFieldRegression,
    MixturePrior,
    RobbinsMonro,
    StochasticMixture,
)

PRIOR = MixturePrior(concentration=1.0, scatter=1.0)
SEED = 1


def ellipse(mean, covariance):
    """Points `(2, n)` two standard deviations from the mean."""
    angle = np.linspace(0, 2 * np.pi, 100)
    circle = 2 * np.stack([np.cos(angle), np.sin(angle)])
    return mean[:, None] + np.linalg.cholesky(covariance) @ circle


args = shared.parse(__doc__, epochs=20, data=None)
keras.utils.set_random_seed(0)
source = Gaussians([[-2.0, -1.0], [0.0, 1.5], [2.0, -1.0]], sigma=0.7)
x, held_out = source.sample(600, seed=0), source.sample(4000, seed=1)

q = MeanFieldMixture(x, 3, PRIOR, seed=SEED)
bounds = q.fit(max_sweeps=100) / len(x)
model = StochasticMixture((2,), 3, num_examples=len(x), prior=PRIOR, seed=SEED)
model.compile(keras.optimizers.SGD(RobbinsMonro(delay=2.0, forgetting=0.8)))
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
for name, bound, log_prob in (
    ("coordinate ascent", bounds[-1], q.log_prob(held_out)),
    ("natural gradients", stochastic[-1], model.log_prob(held_out)),
):
    print(
        f"  {name}: bound {bound:.4f} nats for each example, held-out log p(x) "
        f"{np.mean(log_prob):.4f}"
    )
print(f"  truth: held-out log p(x) {np.mean(source.log_prob(held_out)):.4f}")
evidences = {}
for count in range(1, 6):
    bound = MeanFieldMixture(x, count, PRIOR, seed=SEED).fit(max_sweeps=50)[-1]
    evidences[count] = bound + special.gammaln(count + 1)
listed = ", ".join(f"{count}: {value:.1f}" for count, value in evidences.items())
print(f"  bound and log K!, nats, by the number of components: {listed}")

# A polynomial of degree 9, a sum of Legendre's, for data of degree 3.
rng = np.random.default_rng(0)
t = rng.uniform(-1, 1, 40)
y, noise = 2 * t**3 - t, 0.15
noisy = y + noise * rng.normal(size=40)
terms = legvander(t, 9)
known = MeanFieldRegression(terms, noisy, 1.0, 1 / noise**2)
covariance = terms @ terms.T + noise**2 * np.eye(40)
evidence = stats.multivariate_normal(np.zeros(40), covariance).logpdf(noisy)
print(
    f"Regression with known precisions: bound {known.elbo():.6f}, log evidence "
    f"{evidence:.6f}"
)
relevant = MeanFieldRegression(terms, noisy, relevance=True)
sweeps = relevant.fit()
new = np.linspace(-1, 1, 200)
columns = legvander(new, 9)
tested, squares = 2 * new**3 - new, {}
least = np.linalg.lstsq(terms, noisy, rcond=None)[0]
mean, stddev = relevant.predict(columns)
squares["least squares"] = np.mean((columns @ least - tested) ** 2)
squares["coordinate ascent"] = np.mean((mean - tested) ** 2)
for name, error in squares.items():
    print(f"  {name}: mean squared error on held-out inputs {error:.5f}")
kept = np.flatnonzero(abs(relevant.mean) > 0.05)
found = relevant.noise_precision.mean[0] ** -0.5
print(f"  degrees kept: {kept.tolist()}; noise {found:.3f} for {noise}")

figure = Figure(figsize=(16, 3.8), layout="constrained")
left, middle, number, right = figure.subplots(1, 4)
left.plot(np.arange(1, 1 + len(bounds)), bounds, label="coordinate ascent, sweeps")
left.plot(
    np.arange(1, 1 + len(stochastic)), stochastic, label="natural gradients, epochs"
)
left.set(title="bound of the mixture", ylabel="nats for each example")
left.legend()
middle.scatter(*x.T, s=4, color="lightgrey")
for centre, covariance in zip(q.posterior.means, q.posterior.covariances, strict=True):
    middle.plot(*ellipse(centre.numpy(), covariance.numpy()))
middle.set(title="components: two standard deviations", aspect="equal")
number.plot(*zip(*evidences.items(), strict=True), "o-")
number.set(title="bound and log K!, nats", xlabel="number of components K")
right.plot(t, noisy, "k.", label="data")
right.plot(new, tested, "k:", label="truth")
right.plot(new, columns @ least, label="least squares")
right.plot(new, mean, label="coordinate ascent")
right.fill_between(new, mean - 2 * stddev, mean + 2 * stddev, alpha=0.2, color="C1")
right.set(title="polynomial of degree 9", ylim=(-2, 2))
right.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "coordinate_ascent.png", dpi=100)
print(f"Wrote {args.output / 'coordinate_ascent.png'}")
