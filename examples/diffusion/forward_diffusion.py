"""The forward chain: how digits, and two moons, become noise; nothing is trained here.

`q(x_t | x_(t-1)) = N(sqrt(1 - beta_t) x_(t-1), beta_t I)` takes T = 1,000 steps, and
`q(x_t | x_0) = N(alpha_t x_0, sigma_t^2 I)` takes one: both have the same mean and
variance at every t. Three schedules end in the same noise, but not at the same pace.
Half of the variance is noise after 26 % of the steps of the linear schedule, and after
half of the steps of the others. L_T of the bound measures the rest of x_0 in x_T, which
training cannot reduce.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared

T, FRAMES = 1000, 11  # T is the models' default.
SHOWN = (0, 1, 2, 3, 5, 10)  # Frames of the moons.
SCHEDULES = ("linear", "cosine", "sigmoid")

args = shared.parse(__doc__, epochs=0)  # Nothing is trained.
_, test = kgen.data.load(args.data)
images, _ = shared.arrays(test)
shape = images.shape[1:]
points = kgen.data.density("moons").sample(2000, seed=0)
times = [round(k * T / (FRAMES - 1)) for k in range(FRAMES)]

keras.utils.set_random_seed(0)
models = {
    name: kgen.build("ddpm", shape, schedule=name, filters=(8,), levels=17, seed=0)
    for name in SCHEDULES
}
planes = {name: kgen.build("ddpm", (2,), schedule=name, seed=0) for name in SCHEDULES}

# A thousand steps one after another, beside single steps to some of the times.
model = models["linear"]
x_0 = x = model.scaling.scale(images)
for t in range(1, T + 1):
    x = model.q_step(x, t, seed=1)
    if t in (100, 200, 500, T):
        alpha, sigma = model.process.alpha[t], model.process.sigma[t]
        # The factor of x_0 in x_t, by least squares, and the deviation of the rest.
        (slow, slow_sigma), (fast, fast_sigma) = (
            (np.vdot(y, x_0) / np.vdot(x_0, x_0), np.std(y - alpha * x_0))
            for y in (x, model.q_sample(x_0, t, seed=2))
        )
        print(
            f"linear, t = {t:4}: alpha {alpha:.3f}, in {t} steps {slow:.3f}, in one "
            f"{fast:.3f}; sigma {sigma:.3f}, {slow_sigma:.3f}, {fast_sigma:.3f}"
        )

for name, model in models.items():
    half = np.argmax(model.process.sigma**2 > 0.5)
    prior = model.bound.prior(model.scaling.scale(images)).numpy().mean()
    bits = kgen.metrics.bits_per_dimension(-prior, shape)
    print(
        f"{name:7}: half of the variance is noise from t = {half} on; L_T of held-out "
        f"digits {prior:.1e} nats, {bits:.1e} bits per dimension"
    )


def frames(model, x):
    """x_0 = x and x_t at the times of the pictures."""
    return [x] + [model.q_sample(x, t, seed=0) for t in times[1:]]


rows = [
    [model.scaling.unscale(y) for y in frames(model, model.scaling.scale(images[:3]))]
    for model in models.values()
]
gap = np.full((1, FRAMES, *shape), 0.5)
rows = [part for row in rows for part in (np.stack(row, axis=1), gap)]
rows = np.concatenate(rows[:-1])
path = args.output / "forward_digits.png"
print(f"Three digits each: {', '.join(SCHEDULES)}; t = {times[0]} to {times[-1]}")
print(f"Wrote {kgen.plots.save_samples(rows, path)}")

figure = Figure(figsize=(13, 7), layout="constrained")
axes = figure.subplots(3, 6, sharex=True, sharey=True)
cloud = (points - points.mean(axis=0)) / points.std(axis=0)
for row, (name, model) in zip(axes, planes.items(), strict=True):
    clouds = frames(model, cloud)
    for axis, k in zip(row, SHOWN, strict=True):
        axis.scatter(*np.transpose(clouds[k]), s=1)
        axis.set(aspect="equal", xlim=(-4, 4), ylim=(-4, 4))
        axis.set(title=f"{name}, t = {times[k]}")
path = args.output / "forward_moons.png"
figure.savefig(path, dpi=80)
print(f"Wrote {path}")
