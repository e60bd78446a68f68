"""Few labels: the benefit of an autoencoder of all digits for 50 labelled ones.

A VAE learns from all training images, without labels. Then networks learn from five
labelled images of each class: on the VAE's frozen code, with its encoder trained
further, or with an encoder from random weights. Settings were chosen on a part of the
training images. All share the draws of the 50 labels; a gain is the mean over these
draws of the difference from the network from scratch, with its standard deviation.

On the 8x8 digits the frozen code gains three points, because a network from scratch has
too many weights for 50 labels. Training the encoder further loses that gain. Nothing
beats the pixels themselves: pixels with an untrained code do as well, and so does
logistic regression. Larger codes, Bernoulli and categorical likelihoods are worse.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression

import kgen
from examples import shared
from kgen.downstream.classifiers import code_classifier

MODES = {
    "from scratch": ("fine_tune", "untrained"),
    "fine-tuned": ("fine_tune", "pretrained"),
    "frozen code": ("head", "pretrained"),
    "pixels and code": ("append", "pretrained"),
    "pixels and untrained code": ("append", "untrained"),
}
NUM_STEPS = 200


def build():
    """The VAE, untrained."""
    settings = {"network": "mlp", "hidden": (256,), "latent_dim": 8, "seed": 0}
    return kgen.build("vae", shape, likelihood="gaussian", stddev=0.1, **settings)


def accuracy(model, mode, x, y):
    """Held-out accuracy of a classifier on the code of `model`."""
    classifier = code_classifier(model, 10, mode, hidden=(64,))
    classifier.optimizer.learning_rate = 3e-3 if mode != "fine_tune" else 1e-3
    for _ in range(NUM_STEPS):
        classifier.train_on_batch(x, y)
    return np.mean(np.argmax(classifier(test_images), axis=-1) == test_labels)


def logistic_regression(x, y):
    """Held-out accuracy of the simplest classifier of pixels."""
    classifier = LogisticRegression(max_iter=1000).fit(x.reshape(len(x), -1), y)
    return classifier.score(test_images.reshape(len(test_images), -1), test_labels)


def draw(results, path):
    """A point for each draw of the labels, a line at the mean."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for row, values in enumerate(results.values()):
        axes.plot(values, np.full(len(values), row), "o", color="tab:blue", alpha=0.4)
        axes.plot(np.mean(values), row, "|", color="black", markersize=24)
    axes.set_yticks(range(len(results)), results)
    axes.invert_yaxis()
    axes.set(xlabel="held-out accuracy with 50 labels")
    figure.savefig(path, dpi=100)
    return path


args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data)
(images, labels), (test_images, test_labels) = map(shared.arrays, (train, test))
shape = images.shape[1:]

models = {"untrained": build(), "pretrained": build()}
models["pretrained"].fit(images, epochs=args.epochs, batch_size=64, verbose=0)

num_draws = min(10, args.epochs)  # Fewer in a short trial run.
results = {name: [] for name in (*MODES, "logistic regression")}
for seed in range(num_draws):
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(labels == label) for label in range(10)]
    rows = np.concatenate([rng.choice(m, 5, replace=False) for m in members])
    few = images[rows], labels[rows]
    for name, (mode, weights) in MODES.items():
        results[name].append(accuracy(models[weights], mode, *few))
    results["logistic regression"].append(logistic_regression(*few))

print(
    f"Accuracy on {len(test_labels)} held-out images, {num_draws} draws of 50 labels:"
)
for name, values in results.items():
    gain = np.subtract(values, results["from scratch"])
    print(
        f"{name:>26}: {np.mean(values):.1%} +- {np.std(values):.1%}, gain "
        f"{100 * gain.mean():+.1f} +- {100 * gain.std():.1f} points"
    )
args.output.mkdir(parents=True, exist_ok=True)
print(f"Wrote {draw(results, args.output / 'few_labels.png')}")
