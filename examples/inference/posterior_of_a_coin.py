"""What is behind the data: exact posteriors of a coin and of an animal.

A coin falls on heads twice in ten throws. How fair is it? With a beta prior the
posterior is beta, too. `exact_posterior` finds it by quadrature without knowing that.
Variational inference fits a family q by draws: the ELBO stays below the log evidence by
KL(q || posterior). A beta q can be exact, and comes within 0.0001 nats; a Gaussian of
the logit and a Kumaraswamy q stay 0.01 below. The most probable z alone predicts
further throws worse than any of these.

The lecture's second case has three latents of an animal: its kind, its colour, a real
number, and whether it can fly. The evidence is a sum over kinds, an integral over
colours, and a sum over flight.
"""

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from matplotlib.figure import Figure
from scipy import stats

from examples import shared
from kgen.inference import Interval, elbo, exact_posterior

tfd = tfp.distributions
A, B, THROWS, HEADS = 2.0, 2.0, 10, 2
DRAWS = 64


def log_joint(z):
    """log p(heads, z): a beta prior, and ten throws."""
    z = tf.cast(z, tf.float32)
    throws = tfd.Binomial(THROWS, probs=z).log_prob(HEADS)
    return tfd.Beta(A, B).log_prob(z) + throws


def fit(make_q, parameters):
    """Maximises the ELBO of `q = make_q(*parameters)`."""
    variables = [tf.Variable(value) for value in parameters]
    steps = 200 * args.epochs
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(0.05, steps)
    )

    @tf.function
    def step(seed):
        with tf.GradientTape() as tape:
            loss = -elbo(log_joint, make_q(*variables), DRAWS, seed)
        optimizer.apply(tape.gradient(loss, variables), variables)

    optimizer.build(variables)
    for number in range(steps):
        step(tf.constant([0, number]))
    return make_q(*variables)


args = shared.parse(__doc__, epochs=5, data=None)
coin = exact_posterior(log_joint, Interval(0.0, 1.0))
truth = stats.beta(A + HEADS, B + THROWS - HEADS)
evidence = stats.betabinom(THROWS, A, B).logpmf(HEADS)
print(
    f"Coin: log p(x) {coin.log_evidence:.4f} nats by quadrature, {evidence:.4f} by the "
    f"formula; mean of z {coin.mean():.4f} and {truth.mean():.4f}"
)
families = {
    "beta": (lambda a, b: tfd.Beta(tf.exp(a), tf.exp(b)), (0.5, 0.5)),
    "Gaussian of the logit": (
        lambda mean, log_scale: tfd.LogitNormal(mean, tf.exp(log_scale)),
        (0.0, 0.0),
    ),
    "Kumaraswamy": (lambda a, b: tfd.Kumaraswamy(tf.exp(a), tf.exp(b)), (0.0, 0.0)),
}
found = {name: fit(q, start) for name, (q, start) in families.items()}

z, log_weights = Interval(0.0, 1.0).quadrature()
mass = np.exp(log_weights)


def predicted(density):
    """Mean log probability of the next ten throws under a density of z."""
    pmf = stats.binom(THROWS, z[:, None]).pmf(outcomes)
    return np.sum(chances * np.log((mass * density) @ pmf))


outcomes = np.arange(THROWS + 1)
chances = stats.betabinom(THROWS, A + HEADS, B + THROWS - HEADS).pmf(outcomes)
most_probable = (A + HEADS - 1) / (A + B + THROWS - 2)
alone = np.sum(chances * stats.binom(THROWS, most_probable).logpmf(outcomes))
print("Mean log probability of the next ten throws, held out:")
print(f"  exact posterior         {predicted(truth.pdf(z)):.4f} nats")
print(f"  most probable z alone   {alone:.4f}")
inside = np.clip(z, 1e-6, 1 - 1e-6).astype("float32")  # Where float32 tells z from 1.
densities = {name: np.exp(q.log_prob(inside)) for name, q in found.items()}
for name, density in densities.items():
    gap = np.sum(mass * density * (np.log(density + 1e-30) - truth.logpdf(z)))
    print(
        f"  q {name:22}{predicted(density):.4f}; ELBO {evidence - gap:.4f}, "
        f"{gap:.4f} below log p(x)"
    )

# An animal: seen are a colour, through fog, and that something is up in a tree.
KINDS = ("cat", "dog", "rabbit", "parrot")
SHARES = np.array([0.35, 0.4, 0.15, 0.1])
COLOURS, SPREADS = np.array([0.6, 0.4, 0.2, 0.9]), np.array([0.2, 0.2, 0.1, 0.1])
FLIES = np.array([0.01, 0.001, 0.001, 0.9])
SEEN, FOG, IN_A_TREE = 0.8, 0.15, np.array([0.05, 0.7])  # By whether it can fly.


def animal(kind, colour, flies):
    """log p(seen, kind, colour, flies)."""
    can = np.where(flies == 1, FLIES[kind], 1 - FLIES[kind])
    of_kind = np.log(SHARES[kind] * can)
    of_kind = of_kind + stats.norm.logpdf(colour, COLOURS[kind], SPREADS[kind])
    seen = stats.norm.logpdf(SEEN, colour, FOG) + np.log(IN_A_TREE[flies])
    return of_kind + seen


support = {"kind": 4, "colour": Interval(-np.inf, np.inf, 1500), "flies": 2}
posterior = exact_posterior(animal, support)
tree = FLIES * IN_A_TREE[1] + (1 - FLIES) * IN_A_TREE[0]
by_hand = SHARES * tree * stats.norm.pdf(SEEN, COLOURS, np.hypot(SPREADS, FOG))
print(
    f"Animal: log p(x) {posterior.log_evidence:.4f}, by hand "
    f"{np.log(by_hand.sum()):.4f}; it can fly with probability "
    f"{posterior.mean('flies'):.3f}, its mean colour is {posterior.mean('colour'):.3f}"
)
kinds = dict(zip(KINDS, posterior.marginal("kind"), strict=True))
print("  " + ", ".join(f"{kind} {share:.3f}" for kind, share in kinds.items()))

figure = Figure(figsize=(13, 3.8), layout="constrained")
left, middle, right = figure.subplots(1, 3)
left.plot(z, stats.beta(A, B).pdf(z), ":", color="grey", label="prior")
left.plot(z, coin.marginal(), color="black", linewidth=3, label="exact posterior")
for name, density in densities.items():
    left.plot(z, density, "--", label=f"q {name}")
left.set(xlabel="z, probability of heads", title="2 heads of 10")
left.legend(fontsize=8)
middle.bar(KINDS, SHARES, width=-0.4, align="edge", color="lightgrey", label="prior")
middle.bar(KINDS, kinds.values(), width=0.4, align="edge", label="posterior")
middle.set(title="which animal?")
middle.legend()
colours = posterior.values["colour"]
joint = posterior.marginal("kind", "colour")
for name, density in zip(KINDS, joint, strict=True):
    right.plot(colours, density, label=name)
right.plot(colours, joint.sum(axis=0), color="black", label="all")
right.set(xlim=(0, 1.3), xlabel="colour", title="kind and colour together")
right.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "posterior_of_a_coin.png", dpi=100)
print(f"Wrote {args.output / 'posterior_of_a_coin.png'}")
