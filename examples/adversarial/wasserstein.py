"""WGAN and WGAN-GP: two ways to keep a critic Lipschitz, and their effects.

The critic's E[D(x)] - E[D(G(z))] is a lower bound on the Wasserstein distance between
data and samples if D is 1-Lipschitz, and on k times the distance if D is k-Lipschitz.
The WGAN clips each weight to -0.01..0.01 after each step of the critic (the lecture
says 1, for an arbitrary k). Weights are pushed to these limits, and k depends on them.
The gradient penalty pulls slopes to 1 instead, and does not limit weights. Unlike the
losses of other GANs, the estimate falls as samples improve. Divide it by k before
comparing critics, and take it on held-out data: with few training images the critic
memorises them, and the estimate stops falling.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.metrics import lipschitz_estimate

args = shared.parse(__doc__, epochs=40)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
held_out = shared.arrays(test)[0][:1000]

figure = Figure(figsize=(10, 7), layout="constrained")
grid = figure.subplots(2, 2)
samples = {}
for (curve, histogram), recipe in zip(grid, ("wgan", "wgan-gp"), strict=True):
    keras.utils.set_random_seed(0)
    gan = kgen.build(recipe, shape, learning_rate=5e-4, seed=0)
    logs = gan.fit(train, epochs=args.epochs, verbose=2).history
    samples[recipe] = gan.sample(1000, seed=0).numpy()

    figures = gan.evaluate(test, verbose=0, return_dict=True)
    between = np.concatenate([held_out, samples[recipe]])
    slope = lipschitz_estimate(gan.discriminator, between)
    estimate = figures["real_score"] - figures["fake_score"]
    print(
        f"{recipe}: E[D(x)] - E[D(G(z))] of held-out digits {estimate:.3g}, steepest "
        f"slope of the critic {slope:.3g}, and so a distance of {estimate / slope:.2f}"
        " or more"
    )
    curve.plot(np.subtract(logs["real_score"], logs["fake_score"]))
    curve.set(title=recipe, xlabel="epoch", ylabel="E[D(x)] - E[D(G(z))]")
    weights = np.concatenate([w.numpy().ravel() for w in gan.discriminator.weights])
    histogram.hist(weights, bins=60)
    histogram.set(xlabel="weights of the critic", ylabel="number")
    histogram.locator_params(axis="x", nbins=5)

classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, **samples)
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "wasserstein_critics.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
for name, images in samples.items():
    path = args.output / f"wasserstein_{name}.png"
    print(f"Wrote {kgen.plots.save_samples(images[:64], path)}")
