"""Maximum likelihood of a Gaussian by gradient steps, beside its closed form.

The lecture's first likelihood-based model: mean and covariance are the weights, and
training raises `sum_i log p(x_i)`. As a flow it is a shift, a scale and a matrix,
`z = W ((x - mean) / stddev)`, which gives x a Gaussian with any covariance. The optimum
is known: mean and covariance of the data. SGD comes within 0.01 of both; held-out
log p(x) is the same to 0.001 nats.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy.stats import multivariate_normal

import kgen
from examples import shared

MEAN, COVARIANCE = np.array([2.0, -1.0]), np.array([[1.5, 0.9], [0.9, 0.8]])
SHOWN = (0, 1, 2, 4, 8, 40)  # Epochs in the picture.


def gaussian():
    """Mean and covariance of the flow: x is linear in z."""
    mean, *ends = flow.decode(np.array([[0, 0], [1, 0], [0, 1]], "float32")).numpy()
    matrix = np.transpose(ends - mean)
    return mean, matrix @ matrix.T


def ellipse(mean, covariance):
    """Points `(2, n)` two standard deviations from the mean."""
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = 2 * np.stack([np.cos(angle), np.sin(angle)])
    return mean[:, None] + np.linalg.cholesky(covariance) @ circle


args = shared.parse(__doc__, epochs=40, data=None)
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.multivariate_normal(MEAN, COVARIANCE, 2048).astype("float32")
held_out = rng.multivariate_normal(MEAN, COVARIANCE, 5000).astype("float32")

flow = kgen.Flow([kgen.flows.ActNorm(), kgen.flows.LULinear()], (2,), seed=0)
flow.adapted.assign(1.0)  # Else `ActNorm` would start from the data's mean and stddev.
decay = keras.optimizers.schedules.CosineDecay(0.1, args.epochs * len(x) // 64)
flow.compile(keras.optimizers.SGD(decay))
found = [gaussian()]
note = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: found.append(gaussian())
)
flow.fit(x, batch_size=64, epochs=args.epochs, callbacks=[note], verbose=0)

mean, covariance = x.mean(axis=0), np.cov(x.T, bias=True)
print("            closed form               SGD")
print(f"mean        {mean.round(3)!s:24}  {found[-1][0].round(3)}")
for row in range(2):
    ours, closed = found[-1][1][row].round(3), covariance[row].round(3)
    print(f"covariance  {closed!s:24}  {ours}")
closed = multivariate_normal(mean, covariance).logpdf(held_out).mean()
truth = multivariate_normal(MEAN, COVARIANCE).logpdf(held_out).mean()
print(
    f"Held-out log p(x): SGD {np.mean(flow.log_prob(held_out)):.4f} nats, closed form "
    f"{closed:.4f}, true density {truth:.4f}"
)

figure = Figure(figsize=(7, 6), layout="constrained")
axes = figure.subplots()
axes.scatter(*x[:1000].T, s=4, color="lightgrey")
for epoch, moments in enumerate(found):
    if epoch in SHOWN:
        color = f"C{SHOWN.index(epoch)}"
        axes.plot(*ellipse(*moments), color=color, label=f"after epoch {epoch}")
axes.plot(*ellipse(mean, covariance), "k:", linewidth=3, label="closed form")
axes.set(aspect="equal", title="two standard deviations around the mean")
axes.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "gaussian_mle.png", dpi=100)
print(f"Wrote {args.output / 'gaussian_mle.png'}")
