"""A continuous flow on the moons: a differential equation carries noise to the data.

RealNVP is a chain of steps, each invertible by its form. FFJORD learns a vector field
f(x, t) instead, any smooth network. It follows the field from data at t = 0 to noise at
t = 1, and back. The density changes along a path by the trace of the Jacobian of f.
Here it is compared with the true density of the points.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared

POINTS, BATCH_SIZE, PIXELS, PATHS, TIMES = 2**16, 512, 100, 150, 40
RATES = {"realnvp": 2e-3, "ffjord": 5e-3}

args = shared.parse(__doc__, epochs=8, data="moons")
density = kgen.data.density(args.data)
x = density.sample(POINTS, seed=0)
held_out = density.sample(5000, seed=1)
truth = density.log_prob(held_out).mean()
print(f"Held-out points, {len(held_out)}: true log p(x) {truth:.3f} nats")

sides = [np.linspace(*bounds, PIXELS) for bounds in density.bounds]
grid = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2).astype("float32")
area = (sides[0][1] - sides[0][0]) * (sides[1][1] - sides[1][0])
pictures, flows = {"truth": np.exp(density.log_prob(grid))}, {}
for name, rate in RATES.items():
    keras.utils.set_random_seed(0)
    flows[name] = flow = kgen.build(name, (2,), seed=0, jit_compile=False)
    decay = keras.optimizers.schedules.CosineDecay(
        rate, args.epochs * POINTS // BATCH_SIZE
    )
    flow.compile(keras.optimizers.Adam(decay), jit_compile=False)
    flow.fit(x, batch_size=BATCH_SIZE, epochs=args.epochs, verbose=0)
    found = flow.log_prob(held_out).numpy().mean()
    pictures[name] = np.exp(flow.log_prob(grid))
    print(
        f"{name:7}: held-out log p(x) {found:.3f} nats, {truth - found:.3f} below the "
        f"truth, {flow.count_params():,} weights, sum over the grid "
        f"{pictures[name].sum() * area:.3f}"
    )

# The density needs the equation to be solved well: more steps, and adaptive ones.
flow = flows["ffjord"]
for solver in (
    *(kgen.flows.RungeKutta("rk4", steps) for steps in (4, 8, 25)),
    "dormand_prince",
):
    found = flow.log_prob(held_out[:1000], solver=solver).numpy().mean()
    print(f"held-out log p(x) of 1,000 points by {solver}: {found:.4f} nats")

# Paths from noise to the data, by Heun's method: the field at two ends of a step.
y = kgen.core.random.normal_rows(kgen.core.random.row_keys(np.arange(PATHS)), (2,))
paths, size = [y.numpy()], 1.0 / TIMES
for time in np.linspace(1.0, size, TIMES, dtype="float32"):
    now, then = np.full(PATHS, time), np.full(PATHS, time - np.float32(size))
    slope = kgen.networks.apply(flow.field, y, t=now)
    end = kgen.networks.apply(flow.field, y - size * slope, t=then)
    y = y - 0.5 * size * (slope + end)
    paths.append(y.numpy())
paths = np.stack([flow.scaling.unscale(step) for step in paths], axis=1)

figure = Figure(figsize=(11, 8), layout="constrained")
axes = figure.subplots(2, 2).ravel()
for axis, (name, values) in zip(axes, pictures.items(), strict=False):
    axis.imshow(
        values.reshape(PIXELS, PIXELS),
        origin="lower",
        extent=np.ravel(density.bounds),
        vmax=pictures["truth"].max(),
    )
    axis.set(title=f"p(x), {name}")
axes[3].plot(*paths.T, color="tab:gray", linewidth=0.5, alpha=0.5)
axes[3].scatter(*paths[:, 0].T, s=6, color="tab:blue", label="noise, t = 1")
axes[3].scatter(*paths[:, -1].T, s=6, color="tab:red", label="samples, t = 0", zorder=3)
axes[3].set(title="paths of ffjord", aspect="equal")
axes[3].legend(loc="upper right")
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "continuous_flow.png"
figure.savefig(path, dpi=90)
print(f"Wrote {path}")
