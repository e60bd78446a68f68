"""Shared by the examples: a command line, reports on autoencoders and samples."""

import argparse
import pathlib

import keras
import numpy as np

import kgen
from kgen.metrics import features, frechet_distance, precision_recall


def parse(description, epochs, data="digits"):
    """Options `data`, `epochs` and `output`, a folder for pictures.

    Args:
        description: The docstring of the example; the first line is the help text.
        epochs: Number of epochs that suffices on the default data.
        data: Name of the default data; `None` for an example with its own data, which
            has no option `data`.
    """
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    if data is not None:
        parser.add_argument("--data", default=data, help="digits, mnist, ...")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--output", type=pathlib.Path, default="runs/examples")
    return parser.parse_args()


def arrays(dataset):
    """All images and all labels of a data set, two arrays."""
    images, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def report(autoencoder, test, path):
    """Prints the error of held-out images and draws them above their reconstructions.

    Args:
        autoencoder: A `kgen.Autoencoder`.
        test: Data set of `(images, labels)`.
        path: PNG file to write.
    """
    images, _ = next(iter(test))
    error = keras.ops.mean((images - autoencoder.reconstruct(images)) ** 2)
    print(f"Mean squared error of held-out images: {float(error):.4f}")
    print(f"Wrote {kgen.plots.save_reconstructions(autoencoder, images[:16], path)}")


def report_samples(classifier, train, test, **samples):
    """Prints distances of samples from held-out images, by a classifier's features.

    Training images are judged in the same way, as a reference for the best distance.

    Args:
        classifier: Result of `kgen.metrics.fit_classifier`.
        train: Data set of `(images, labels)`.
        test: Data set of `(images, labels)`.
        **samples: Images `(n, height, width, channels)` under the name of their model.
            Distances are comparable at equal n: take 1,000.
    """
    see = features(classifier)
    real = see(arrays(test)[0][:1000])
    for name, images in {**samples, "training": arrays(train)[0][:1000]}.items():
        fake = see(images)
        shares = precision_recall(real, fake)
        print(
            f"{name:12}: Frechet distance to held-out images "
            f"{frechet_distance(real, fake):5.2f}, precision "
            f"{shares['precision']:.2f}, recall {shares['recall']:.2f}"
        )


def independent_pixels(train, test):
    """Mean log p(x) in nats of binary images, if each pixel has its own probability.

    Args:
        train: Images `(n, height, width, channels)` of 0 and 1, whose shares of 1, with
            one image of each kind added, are the probabilities.
        test: Images whose mean is taken.
    """
    share = (1 + train.sum(axis=0)) / (2 + len(train))
    log_prob = np.log(np.where(test == 1, share, 1 - share))
    return np.sum(log_prob, axis=(1, 2, 3)).mean()


def diffusion_of_digits(train, epochs, **settings):
    """A `kgen.DDPM` of 8x8 digits in 17 levels, trained.

    Args:
        train: Data set of `(images, labels)`.
        epochs: Number of epochs, over which the learning rate falls to 0.
        **settings: Settings of `kgen.build`.
    """
    keras.utils.set_random_seed(0)
    model = kgen.build(
        "ddpm",
        train.element_spec[0].shape[1:],
        filters=(16, 64),
        schedule="cosine",
        levels=17,
        learning_rate=keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(train)),
        ema=0.995,
        seed=0,
        **settings,
    )
    model.fit(train, epochs=epochs, verbose=0)
    return model
