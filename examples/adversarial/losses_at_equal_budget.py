"""Seven losses of GANs, each with the same budget for its settings.

A loss that was tuned longer looks better. Lucic et al. (2018) ask what remains if each
loss may try equally many settings, drawn at random, with equally many steps of training
each. Here all have the same networks and the same 8x8 digits. A setting is a learning
rate, a momentum, the number of steps of the discriminator in a round and, where the
loss has one, the weight of its penalty or its limit of weights. The best setting is
chosen by the Frechet distance to validation images, and judged on held-out images.

Settings matter more than losses, as in the paper. With 6 tries the best of six losses
are within 5 and 15, and the tries of one loss reach from 7 to 300. With other draws the
order of the six is another. A BEGAN, whose discriminator is an autoencoder, needs more
steps: it reaches 86. The curves show what a loss is expected to reach with fewer tries.
"""

import math

import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.adversarial.penalties import DRAGAN, GradientPenalty
from kgen.metrics import features, frechet_distance

TRIES, VALIDATION = 6, 360
RECIPES = ("minimax-gan", "gan", "lsgan", "wgan", "wgan-gp", "dragan", "began")
NETWORKS = {"network": "dcgan", "filters": (16, 32), "seed": 0}
args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
see = features(kgen.metrics.fit_classifier(train))
images, held_out = shared.arrays(train)[0], shared.arrays(test)[0]
x, validation = images[VALIDATION:], see(images[:VALIDATION])


def drawn(name, rng):
    """Random settings of a recipe."""
    settings = {
        "learning_rate": 10.0 ** rng.uniform(-4.0, -2.5),
        "beta_1": float(rng.choice([0.0, 0.5, 0.9])),
        "discriminator_steps": int(rng.choice([1, 3])),
    }
    weight, limit = 10.0 ** rng.uniform(-1.0, 1.5), 10.0 ** rng.uniform(-2.5, -0.5)
    if name == "wgan":
        settings["weight_clip"] = limit
    if name in ("wgan-gp", "dragan"):
        penalty = GradientPenalty if name == "wgan-gp" else DRAGAN
        settings["penalty"] = penalty(weight)
    return settings


def expected_best(values):
    """The mean of the smallest of k values, drawn without replacement, for each k."""
    n = len(values)
    # The i-th smallest is the best of k if the others are among the n - 1 - i above it.
    chances = [
        [math.comb(n - 1 - i, k - 1) / math.comb(n, k) for i in range(n)]
        for k in range(1, n + 1)
    ]
    return chances @ np.sort(values)


figure = Figure(figsize=(12, 4.5), layout="constrained")
dots, curves = figure.subplots(1, 2)
best = {}
for place, name in enumerate(RECIPES):
    rng = np.random.default_rng(0)  # All losses try the same rates and momenta.
    found = []
    for _ in range(TRIES):
        settings = drawn(name, rng)
        gan = kgen.build(name, shape, **NETWORKS, **settings)
        # Steps of both players are what is spent.
        epochs = max(1, 2 * args.epochs // (1 + settings["discriminator_steps"]))
        gan.fit(x, batch_size=64, epochs=epochs, verbose=0)
        samples = gan.sample(1000, seed=0)
        distance = float(frechet_distance(validation, see(samples)))
        found.append(distance if np.isfinite(distance) else np.inf)
        if found[-1] == min(found):
            best[name] = samples, settings
    samples, settings = best[name]
    distance = float(frechet_distance(see(held_out), see(samples)))
    values = np.array(found)
    chosen = ", ".join(
        f"{key} {value:.3g}" for key, value in settings.items() if key != "penalty"
    )
    print(
        f"{name:12} Frechet distance to held-out images {distance:6.1f}; on validation "
        f"images {np.min(values):.1f} to {np.max(values):.1f}, median "
        f"{np.median(values):.1f}; best {chosen}",
        flush=True,
    )
    dots.semilogy(np.full(TRIES, place), values, "o")
    curves.semilogy(range(1, TRIES + 1), expected_best(values), "o-", label=name)
dots.set_xticks(range(len(RECIPES)), RECIPES, rotation=30)
dots.set_ylabel("Frechet distance, one dot a setting")
curves.set(xlabel="settings tried", ylabel="expected best distance")
figure.legend(*curves.get_legend_handles_labels(), loc="outside right center")
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "losses_at_equal_budget.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
pictures = np.stack([samples[:12] for samples, _ in best.values()])
path = args.output / "losses_at_equal_budget_samples.png"
print(f"Wrote {kgen.plots.save_samples(pictures, path)}")
