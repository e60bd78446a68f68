"""Mode covering and mode seeking: a model that is too simple for two modes.

The truth p has two modes, the model q is one Gaussian. Maximum likelihood minimises
KL(p || q) on samples of p: q must have mass wherever p has mass, so it covers both
modes and the space between them. The reverse, KL(q || p), is minimised on draws of q
and needs log p(x) only up to a constant: q must have no mass where p has none, so it
keeps to one mode. Each fit is far better by its own measure.

A flexible q need not choose: a RealNVP by the reverse KL comes within 0.02 nats of p.
Its draws, weighted by p / q, then also give the constant log Z to about 0.01: so a flow
can sample a posterior with unknown evidence. But it has to find the modes: with
sigma=0.5 and modes at -(2, 1) and (2, 1) it also stays at one of them, and its log Z is
log 2 too low, which its draws do not reveal.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.data.gaussians import Gaussians

LOG_Z = 3.0  # Log of the constant factor in the density that `ReverseKL` sees.
DRAWS = 20_000

target = Gaussians([[-1.0, -0.5], [2.5, 1.5]], sigma=0.6)


def log_density(x):
    """`log p(x) + log Z` of the target, in TensorFlow, as training needs gradients."""
    squares = keras.ops.sum((x[:, None] - target.means.astype("float32")) ** 2, axis=-1)
    logits = -0.5 * squares / target.sigma**2
    constant = np.log(len(target.means) * 2 * np.pi * target.sigma**2)
    return keras.ops.logsumexp(logits, axis=1) - constant + LOG_Z


def gaussian():
    """A Gaussian with any mean and covariance, as a flow."""
    return kgen.Flow([kgen.flows.ActNorm(), kgen.flows.LULinear()], (2,), seed=0)


def adam(learning_rate):
    """Adam, whose rate falls to 0 at the end of training."""
    return keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(learning_rate, 100 * args.epochs)
    )


def fit_reverse(flow, learning_rate):
    """Trains a flow on the density; returns the `ReverseKL` that trained it."""
    training = kgen.flows.ReverseKL(flow, log_density, seed=0)
    training.compile(adam(learning_rate), steps_per_execution=20)
    training.fit(steps=100, epochs=args.epochs, verbose=0)
    return training


args = shared.parse(__doc__, epochs=30, data=None)
keras.utils.set_random_seed(0)
covering, seeking = gaussian(), gaussian()
covering.compile(adam(3e-2), steps_per_execution=20)
x = target.sample(25_600, seed=0)
covering.fit(x, batch_size=256, epochs=args.epochs, verbose=0)
fit_reverse(seeking, 1e-2)
flexible = kgen.build("realnvp", (2,), num_steps=6, seed=0)
training = fit_reverse(flexible, 5e-3)
flows = {
    "KL(p || q), a Gaussian": covering,
    "KL(q || p), a Gaussian": seeking,
    "KL(q || p), RealNVP": flexible,
}

held_out = target.sample(DRAWS, seed=1)
print(f"Both divergences in nats, from {DRAWS} draws of p, held out, and of q:")
for name, flow in flows.items():
    x = flow.sample(DRAWS, seed=0)
    forward = np.mean(target.log_prob(held_out) - flow.log_prob(held_out))
    reverse = np.mean(flow.log_prob(x) - target.log_prob(x))
    print(f"  by {name:23} KL(p || q) {forward:6.3f}, KL(q || p) {reverse:6.3f}")
weights = training.log_weights(DRAWS, seed=1).numpy()
log_z = np.log(np.mean(np.exp(weights)))
print(
    f"By the draws of the RealNVP log Z is at least {weights.mean():.3f} and about "
    f"{log_z:.3f}; it is {LOG_Z:.3f}"
)

sides = np.linspace(-4, 5.5, 120), np.linspace(-4, 5, 120)
grid = np.stack(np.meshgrid(*sides), axis=-1)
points = grid.reshape(-1, 2).astype("float32")
figure = Figure(figsize=(15, 4.5), layout="constrained")
for axes, (name, flow) in zip(figure.subplots(1, 3), flows.items(), strict=True):
    p, q = (np.exp(one.log_prob(points)) for one in (target, flow))
    axes.contourf(*sides, p.reshape(grid.shape[:2]), levels=12, cmap="Greys")
    axes.contour(*sides, np.reshape(q, grid.shape[:2]), levels=6, cmap="autumn")
    axes.set(title=f"q by {name}", aspect="equal")
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "mode_covering.png", dpi=100)
print(f"Wrote {args.output / 'mode_covering.png'}")
