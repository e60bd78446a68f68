"""z = y^2 has a derivative by y. What is that of a draw z ~ N(y, 1)?

TensorFlow differentiates a function, and a draw is no function of y alone. Written as
z = y + eps with eps ~ N(0, 1) it is one of y and eps, and dz/dy = 1. For N(mu, sigma)
it is z = mu + sigma eps, with dz/dmu = 1 and dz/dsigma = eps. A draw that is not
written so, here one behind a stop of gradients, has no derivative: TensorFlow says
None, and a network before it would learn nothing.

What has a derivative all the same is a mean over draws. E[z^2] = y^2 + 1, so its
derivative is 2 y, as for the function. Reparameterised draws and the score function
both estimate it. One draw has the variance 4 in the first way, and y^4 + 14 y^2 + 15 in
the second.
"""

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from tensorflow_probability import distributions as tfd

from examples import shared

args = shared.parse(__doc__, epochs=20, data=None)
num_draws = 500 * args.epochs
y, sigma = tf.Variable(1.5), tf.Variable(0.5)
tf.random.set_seed(0)


def derivatives(function, *by):
    """The derivatives of a function without arguments, and its value."""
    with tf.GradientTape() as tape:
        value = function()
    return value, tape.gradient(value, by)


_, (slope,) = derivatives(lambda: y**2, y)
print(f"z = y^2 at y = {y.numpy()}: dz/dy = {slope:.4f}, by hand 2 y = {2 * y:.4f}")
z, (slope,) = derivatives(lambda: tf.stop_gradient(tfd.Normal(y, 1.0).sample()), y)
print(f"z ~ N(y, 1), a draw {z:.4f}: dz/dy = {slope}")
z, slopes = derivatives(lambda: tfd.Normal(y, sigma).sample(), y, sigma)
eps = (z - y) / sigma
print(
    f"z = y + sigma eps, a draw {z:.4f}: dz/dy = {slopes[0]:.4f}, dz/dsigma = "
    f"{slopes[1]:.4f}, eps = {eps:.4f}"
)

places = np.linspace(-2.0, 2.0, 9).astype("float32")
mean = tf.Variable(places)
draws = tfd.Normal(tf.stop_gradient(mean), 1.0).sample(num_draws, seed=1)
noise = draws - mean
# One estimate of dE[z^2]/dy for each draw and each y.
estimates = {
    "reparameterised, 2 z": 2.0 * draws,
    "score function, z^2 (z - y)": draws**2 * noise,
}
exact = {
    "reparameterised, 2 z": 4.0 + 0.0 * places,
    "score function, z^2 (z - y)": places**4 + 14.0 * places**2 + 15.0,
}
figure = Figure(figsize=(10, 4), layout="constrained")
left, right = figure.subplots(1, 2)
left.plot(places, 2.0 * places, "k--", label="2 y")
for name, values in estimates.items():
    error = np.std(values, axis=0) / np.sqrt(num_draws)
    left.errorbar(places, np.mean(values, axis=0), 2 * error, fmt="o", label=name)
    dots = right.semilogy(places, np.var(values, axis=0), "o", label=name)[0]
    right.plot(places, exact[name], color=dots.get_color(), label="by formula")
    print(
        f"dE[z^2]/dy at y = {places[-2]}, exactly {2 * places[-2]:.3f}, by "
        f"draws, {name}: {np.mean(values, axis=0)[-2]:.3f}, variance of one draw "
        f"{np.var(values, axis=0)[-2]:.1f}, by formula {exact[name][-2]:.1f}"
    )
print("All of these are draws of known densities: no data is held out.")
left.set(xlabel="y", ylabel="derivative of E[z^2]")
right.set(xlabel="y", ylabel="variance of the estimate of one draw")
for axes in (left, right):
    axes.legend()
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "gradient_of_a_draw.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
