"""Random variables as functions of noise, and the densities that they must have.

`z = g(noise; parameters)` moves the randomness out of the parameters, so z has a
derivative in them. There are four ways: a location and a scale, the inverse of a
distribution function, a composition of other variables, and one-liners such as
`sqrt(-2 log u) cos(2 pi v)`. For each the histogram of draws is held against the
density, and the mean derivative of z against that of the mean, which is known.
"""

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from scipy import stats

from examples import shared
from kgen.inference import reparameterization

args = shared.parse(__doc__, epochs=20, data=None)
num_draws = 5_000 * args.epochs

# Parameters, the density in SciPy, and the derivative of the mean by the first one.
CASES = {
    "normal": ({"loc": 1.0, "scale": 2.0}, stats.norm(1, 2), 1.0),
    "exponential": ({"rate": 2.0}, stats.expon(scale=1 / 2), -1 / 4),
    "gumbel": ({"loc": 0.5, "scale": 1.0}, stats.gumbel_r(0.5, 1), 1.0),
    "logistic": ({"loc": 0.0, "scale": 1.0}, stats.logistic(0, 1), 1.0),
    "erlang": ({"rate": 2.0, "concentration": 3}, stats.gamma(3, scale=0.5), -3 / 4),
    "log_normal": (
        {"loc": 0.0, "scale": 0.5},
        stats.lognorm(0.5),
        float(np.exp(0.125)),
    ),
    "box_muller": ({"loc": 0.0, "scale": 1.0}, stats.norm(0, 1), 1.0),
    "laplace": ({"loc": 0.0, "scale": 1.0}, stats.laplace(0, 1), 1.0),
    "rayleigh": ({"scale": 1.0}, stats.rayleigh(0, 1), float(np.sqrt(np.pi / 2))),
}
figure = Figure(figsize=(12, 9), layout="constrained")
panels = figure.subplots(3, 3).ravel()
for axes, (name, (given, density, exact)) in zip(panels, CASES.items(), strict=True):
    first = next(iter(given))
    parameter = tf.constant(given[first])
    with tf.GradientTape() as tape:
        tape.watch(parameter)
        z = reparameterization.draw(
            name, (num_draws,), seed=0, **{**given, first: parameter}
        )
        mean = tf.reduce_mean(z)
    slope = float(tape.gradient(mean, parameter))
    distance = stats.kstest(z.numpy(), density.cdf).statistic
    entry = reparameterization.TABLE[name]
    print(
        f"{name:12} {entry.kind:34} largest difference of distribution functions "
        f"{distance:.4f}; derivative of the mean by {first} {slope:7.4f}, exactly "
        f"{exact:7.4f}"
    )
    grid = np.linspace(*density.ppf([0.002, 0.998]), 200)
    axes.hist(z.numpy(), grid[::4], density=True, alpha=0.5)
    axes.plot(grid, density.pdf(grid))
    axes.set_title(f"{name}: {entry.formula}", fontsize=10)
print("All of these are draws of known densities: no data is held out.")
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "reparameterizations.png"
figure.savefig(path, dpi=90)
print(f"Wrote {path}")
