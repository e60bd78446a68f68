r"""The change of variables: p(x) = p(z) |dz/dx|, where z = f(x).

One dimension shows it: a flow learns the function f that maps data with two humps to a
standard normal z. Where f is steep, a short interval of x becomes a wide one of z and
has much mass; where f is flat, it has little. The mass of an interval does not change.
A finite difference also gives the slope; the flow's p(x) agrees with it to a relative
error of 1e-3 or less, the precision of float32.

In two dimensions `trace` follows points through the steps of a flow, and with them the
lecture's derivation of log p(x): a log |det| for each step, and log p(z) of the last z.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

import kgen
from examples import shared
from kgen.flows import MaskedAutoregressive, Spline, Standardize


def fit(flow, x):
    """Trains a flow on points."""
    decay = keras.optimizers.schedules.CosineDecay(1e-2, args.epochs * len(x) // 256)
    flow.compile(keras.optimizers.Adam(decay), steps_per_execution=16)
    flow.fit(x, batch_size=256, epochs=args.epochs, verbose=0)


def draw_humps(num_samples):
    """Points `(num_samples, 1)` of two Gaussians."""
    left = rng.random((num_samples, 1)) < 0.3
    x = np.where(
        left, rng.normal(-1.5, 0.4, left.shape), rng.normal(1, 0.7, left.shape)
    )
    return x.astype("float32")


def density_of_humps(x):
    """Their density."""
    return 0.3 * norm.pdf(x, -1.5, 0.4) + 0.7 * norm.pdf(x, 1.0, 0.7)


args = shared.parse(__doc__, epochs=40, data=None)
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
spline = Spline(num_bins=16)
network = kgen.networks.MADE(1, spline.num_parameters)
flow = kgen.Flow([Standardize(), MaskedAutoregressive(network, spline)], (1,), seed=0)
fit(flow, draw_humps(2**13))

held_out = draw_humps(5000)
print(
    f"Held-out log p(x) {np.mean(flow.log_prob(held_out)):.3f} nats, by the true "
    f"density {np.mean(np.log(density_of_humps(held_out))):.3f}"
)
print("    x       z    p(z)   dz/dx  p(z) dz/dx    p(x)")
x, h = np.array([[-2.0], [-1.5], [-0.5], [0.5], [2.0]], "float32"), np.float32(1e-3)
z = flow.encode(x).numpy()
slope = (flow.encode(x + h) - flow.encode(x - h)).numpy() / (2 * h)
carried, found = norm.pdf(z) * slope, np.exp(flow.log_prob(x))[:, None]
for row in np.concatenate([x, z, norm.pdf(z), slope, carried, found], axis=1):
    print("{:5.1f} {:7.3f} {:7.4f} {:7.3f} {:11.5f} {:7.5f}".format(*row))
difference = np.max(np.abs(carried / found - 1.0))
print(f"The last two differ by a share of {difference:.1e} at most")

# f, above p(x) and right of p(z), with bands that hold an eighth of the mass each.
figure = Figure(figsize=(9, 8), layout="constrained")
grid = {"width_ratios": (1, 2.5), "height_ratios": (2.5, 1)}
(left, middle), (corner, below) = figure.subplots(2, 2, **grid)
corner.remove()
x, z = np.linspace(-3.2, 3.6, 500, dtype="float32"), np.linspace(-3.2, 3.2, 500)
of_x = np.exp(flow.log_prob(x[:, None]))
middle.plot(x, flow.encode(x[:, None]), color="black")
below.plot(x, of_x, color="black", label="flow")
below.plot(x, density_of_humps(x), ":", color="red", label="truth")
left.plot(norm.pdf(z), z, color="black")
z_ends = norm.ppf(np.linspace(0, 1, 9)).clip(z[0], z[-1]).astype("float32")
x_ends = flow.decode(z_ends[:, None]).numpy()[:, 0]
for k in range(8):
    color = f"C{k}"
    of_band = {"color": color, "alpha": 0.5, "linewidth": 0}
    inside = (x_ends[k] <= x) & (x <= x_ends[k + 1])
    below.fill_between(x, of_x, where=inside, **of_band)
    inside = (z_ends[k] <= z) & (z <= z_ends[k + 1])
    left.fill_betweenx(z, norm.pdf(z), where=inside, **of_band)
    # Up from x to f, and left from f to z.
    middle.vlines(x_ends[k], z[0], z_ends[k], color, linewidth=1)
    middle.hlines(z_ends[k], x[0], x_ends[k], color, linewidth=1)
left.set(xlabel="p(z)", ylabel="z", ylim=(z[0], z[-1]))
left.invert_xaxis()
middle.set(title="z = f(x)", xlim=(x[0], x[-1]), ylim=(z[0], z[-1]))
below.set(xlabel="x", ylabel="p(x)", xlim=(x[0], x[-1]), ylim=(0, None))
below.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "change_of_variables.png", dpi=100)
print(f"Wrote {args.output / 'change_of_variables.png'}")

keras.utils.set_random_seed(0)
moons = kgen.data.density("moons")
flow = kgen.build("nsf", (2,), num_steps=3, seed=0)
fit(flow, moons.sample(2**13, seed=0))
x, labels = moons.sample(2000, seed=1, return_labels=True)
steps = flow.trace(x)
log_base = flow.base.log_prob(steps[-1].z).numpy()
print(f"The first held-out point is x = {x[0].round(3)}; after each step of the flow:")
for step in steps:
    z, log_det = step.z[0].round(3), step.log_det[0]
    print(f"  {step.step:13} z = {z!s:16} log |det| {log_det:7.4f}")
total = log_base[0] + sum(step.log_det[0] for step in steps)
print(
    f"  log p(z) {log_base[0]:.4f}, and with all log |det| {total:.4f}; "
    f"log_prob(x) {flow.log_prob(x[:1])[0]:.4f}"
)
points = [("x", x), *((step.step, step.z) for step in steps)]
figure = Figure(figsize=(2.4 * len(points), 2.8), layout="constrained")
axes = figure.subplots(1, len(points), sharey=True)
for axis, (title, values) in zip(axes, points, strict=True):
    axis.scatter(*values.T, c=labels, s=2, cmap="coolwarm")
    axis.set(title=title, xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
figure.savefig(args.output / "trace.png", dpi=100)
print(f"Wrote {args.output / 'trace.png'}")
