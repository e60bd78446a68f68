"""The lecture's equations of a DDPM, one after another, for points of two moons.

Forward: `q(x_t | x_(t-1)) = N(sqrt(1 - beta_t) x_(t-1), beta_t I)`. Reverse:
`p(x_(t-1) | x_t) = N(mu(x_t, t), Sigma_t)`. Loss: `E_q[L_T + sum L_(t-1) + L_0]`, three
kinds of terms, each a sum over Gaussians. The lecture writes that the chain models
`p(x_T | x_0)`: it is `p(x_0, ..., x_T)`.

`kgen.DDPM` trains the network, by the squared error of the noise, which the lecture
does not show. Everything else is written out here and held against its verbs: the terms
of the bound, and samples drawn by the reverse chain. As q(x_0 | x_1, x_0) has the
variance 0, L_0 takes that of t = 2, as in the authors' program.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared

T = 50
args = shared.parse(__doc__, epochs=30, data=None)
keras.utils.set_random_seed(0)
train, test = kgen.data.load("moons", batch_size=100)
points, _ = shared.arrays(test)
model = kgen.build(
    "ddpm",
    (2,),
    num_timesteps=T,
    schedule="linear",
    target="noise",
    variance="posterior",
    learning_rate=keras.optimizers.schedules.CosineDecay(
        3e-3, args.epochs * len(train)
    ),
    ema=0.99,
    seed=0,
)
model.fit(train, epochs=args.epochs, verbose=0)

# Tables for t = 1..T, in place 0 the values for no noise.
beta = np.concatenate([[0.0], np.linspace(1e-4, 0.02, T) * 1000 / T])
alpha_bar = np.cumprod(1.0 - beta)
rng = np.random.default_rng(0)
x_0 = np.asarray(model.scaling.scale(points))  # In units of the deviation.


def normal():
    """Fresh noise for each point."""
    return rng.normal(size=x_0.shape)


def q_step(x, t):
    """q(x_t | x_(t-1))."""
    return np.sqrt(1.0 - beta[t]) * x + np.sqrt(beta[t]) * normal()


def q_posterior(x_t, x_0, t):
    """Mean and variance of q(x_(t-1) | x_t, x_0)."""
    rest = 1.0 - alpha_bar[t]
    mean = np.sqrt(alpha_bar[t - 1]) * beta[t] / rest * x_0
    mean += np.sqrt(1.0 - beta[t]) * (1.0 - alpha_bar[t - 1]) / rest * x_t
    return mean, (1.0 - alpha_bar[t - 1]) / rest * beta[t]


def mu(x_t, t):
    """The mean of p(x_(t-1) | x_t): that of q, with the network's guess of x_0."""
    time = np.full(len(x_t), t / T, "float32")
    noise = model.denoiser.predict_on_batch([x_t.astype("float32"), time])
    guess = (x_t - np.sqrt(1.0 - alpha_bar[t]) * noise) / np.sqrt(alpha_bar[t])
    return q_posterior(x_t, guess, t)[0]


_, variance_2 = q_posterior(x_0, x_0, 2)
variances = [0.0, variance_2, *(q_posterior(x_0, x_0, t)[1] for t in range(2, T + 1))]

# Forward, step by step.
forward = [x_0]
for t in range(1, T + 1):
    forward.append(q_step(forward[-1], t))
slope = np.vdot(forward[T // 2], x_0) / np.vdot(x_0, x_0)
print(
    f"x_t for t = {T // 2} has {slope:.3f} x_0 in it; by the product of all steps "
    f"{np.sqrt(alpha_bar[T // 2]):.3f}"
)

# L_T, the sum of L_(t-1), and L_0, each in nats for a point.
L_T = 0.5 * (alpha_bar[T] * x_0**2 - alpha_bar[T] - np.log(1.0 - alpha_bar[T]))
L_T = L_T.sum(1)
L_between = np.zeros(len(x_0))
for t in range(2, T + 1):
    x_t = np.sqrt(alpha_bar[t]) * x_0 + np.sqrt(1.0 - alpha_bar[t]) * normal()
    gap = q_posterior(x_t, x_0, t)[0] - mu(x_t, t)
    L_between += np.sum(gap**2, 1) / (2.0 * variances[t])  # KL of equal variances.
x_1 = np.sqrt(alpha_bar[1]) * x_0 + np.sqrt(beta[1]) * normal()
L_0 = (x_0 - mu(x_1, 1)) ** 2 / variances[1] + np.log(2.0 * np.pi * variances[1])
L_0 = 0.5 * L_0.sum(1) + float(model.scaling.log_det_scaling())

parts = model.elbo_parts(points, seed=0)
gaps = {}
print("Held-out points, nats: by hand, by kgen, and the error of their difference")
for name, ours in (("prior", L_T), ("diffusion", L_between), ("reconstruction", L_0)):
    theirs = np.asarray(parts[name])
    error = max(np.std(ours - theirs) / np.sqrt(len(ours)), 1e-6)
    gaps[name] = (ours.mean() - theirs.mean()) / error
    print(f"  {name:14} {ours.mean():9.3g} {theirs.mean():9.3g} +- {error:.2g}")

# Reverse, from p(x_T) = N(0, I).
reverse = [normal()]
for t in range(T, 0, -1):
    x = mu(reverse[-1], t)
    reverse.append(x if t == 1 else x + np.sqrt(variances[t]) * normal())
drawn = np.asarray(model.scaling.unscale(reverse[-1].astype("float32")))
density = kgen.data.density("moons")
for name, found in {
    "drawn by hand": drawn,
    "drawn by kgen": model.sample(len(points), seed=0, sampler="ancestral"),
    "held-out": points,
}.items():
    nats = np.asarray(density.log_prob(np.asarray(found)))
    print(f"{name:14}: median of the true log density {np.median(nats):.2f} nats")

figure = Figure(figsize=(12, 4.5), layout="constrained")
chains = {"forward": forward, "reverse": reverse[::-1]}
for row, (name, chain) in zip(figure.subplots(2, 6), chains.items(), strict=True):
    for axis, t in zip(row, (0, 2, 5, 10, 25, T), strict=True):
        axis.scatter(*np.transpose(chain[t]), s=1)
        axis.set(aspect="equal", xlim=(-4, 4), ylim=(-4, 4), xticks=[], yticks=[])
        axis.set_title(f"{name}, t = {t}")
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "ddpm_by_hand.png"
figure.savefig(path, dpi=80)
print(f"Wrote {path}")
