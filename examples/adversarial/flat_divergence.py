"""The divergence of a GAN is flat where that of a WGAN has a slope.

Data is N(0, 0.1^2), and the generator gives N(theta, 0.1^2). Its one weight is theta,
and 0 is right. The Jensen-Shannon divergence is log 2 for all distributions that do not
overlap, so from theta = 0.6 on it says nothing about the way. The Wasserstein distance
is |theta|, with the slope 1 everywhere.

For some theta a discriminator and a critic learn to the end. The loss of the first
estimates JS, and the scores of the second the distance. The gradients that they give
to theta are the slopes of the curves: 2 JS for the zero-sum game, as its value is
2 JS - 2 log 2. The critic is up to 8 % too high, as a penalty holds its slope near 1
and not at it. In a real game nobody trains so long: a GAN lives on a discriminator that
is not yet perfect, or on a loss with another slope, `"non_saturating"`.
"""

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from scipy.stats import norm

import kgen
from examples import shared
from kgen.adversarial.penalties import GradientPenalty

STDDEV, LENGTH = 0.1, 2.0
args = shared.parse(__doc__, epochs=20, data=None)
rng = np.random.default_rng(0)
x, held_out = (STDDEV * rng.normal(size=(2, 4096, 1))).astype("float32")
LOSSES = {
    "minimax": {"adversarial_loss": "minimax"},
    "wasserstein": {
        "adversarial_loss": "wasserstein",
        "penalty": GradientPenalty(10.0),
    },
}

edges = np.concatenate([[-np.inf], np.linspace(-1.0, LENGTH + 1.0, 6001), [np.inf]])
fine = np.linspace(0.0, LENGTH, 201)
cells = [np.diff(norm.cdf(edges, theta, STDDEV)) for theta in fine]
curves = {
    "minimax": [float(kgen.metrics.js_divergence(cells[0], cell)) for cell in cells],
    "wasserstein": list(fine),
}


def trained(loss, theta):
    """The divergence by a trained discriminator, and its gradient by theta."""
    keras.utils.set_random_seed(0)
    z = keras.Input((1,), name="z")
    shift = keras.layers.Dense(1)
    generator = keras.Model(z, shift(z))
    shift.set_weights([np.array([[STDDEV]]), np.array([theta])])
    generator.trainable = False
    judge = kgen.networks.mlp_discriminator((1,), (64, 64))
    gan = kgen.GAN(generator, judge, seed=0, **LOSSES[loss])
    gan.compile(keras.optimizers.Adam(2e-3, beta_1=0.5))
    gan.fit(x, batch_size=256, epochs=args.epochs, verbose=0)
    figures = gan.evaluate(held_out, batch_size=256, verbose=0, return_dict=True)
    with tf.GradientTape() as tape:
        tape.watch(shift.bias.value)
        fake = shift(gan.latents(tf.constant(held_out / STDDEV)))
        cost = tf.reduce_mean(gan.generator_loss(None, gan.logits(fake)))
    slope = float(tape.gradient(cost, shift.bias.value)[0])
    if loss == "minimax":
        return np.log(2.0) - figures["discriminator_loss"] / 2.0, slope / 2.0
    return figures["real_score"] - figures["fake_score"], slope


figure = Figure(figsize=(11, 4), layout="constrained")
left, right = figure.subplots(1, 2)
labels = {"minimax": "Jensen-Shannon", "wasserstein": "Wasserstein"}
for loss, curve in curves.items():
    slopes = np.gradient(curve, fine)
    color = left.plot(fine, curve, label=labels[loss])[0].get_color()
    right.plot(fine, slopes, color=color, label=labels[loss])
    places = np.array([0.1, 0.3, 0.6, 1.0, 1.5])
    found = np.array([trained(loss, theta) for theta in places])
    left.plot(places, np.abs(found[:, 0]), "o", color=color, label=f"trained, {loss}")
    right.plot(places, found[:, 1], "o", color=color, label=f"trained, {loss}")
    print(f"{labels[loss]} divergence: theta, exact, by held-out data; slope, gradient")
    for theta, (value, slope) in zip(places, found, strict=True):
        exact = np.interp(theta, fine, curve), np.interp(theta, fine, slopes)
        print(
            f"  {theta:.1f}: {exact[0]:6.3f} {value:6.3f}; {exact[1]:8.4f} {slope:8.4f}"
        )
left.set(xlabel="theta", ylabel="divergence")
right.set(xlabel="theta", ylabel="slope, what the generator learns from")
left.legend()
right.legend()
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "flat_divergence.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
