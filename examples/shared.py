"""What the examples share: their command line, and a look at an autoencoder."""

import argparse
import pathlib

import keras
import numpy as np

import kgen


def parse(description, epochs, data="digits"):
    """Options `data`, `epochs` and `output`, a folder for pictures.

    Args:
        description: The docstring of the example; its first line is its help.
        epochs: Epochs that suffice on the default data.
        data: Name of the default data; `None` for an example that has its own, and so
            no such option.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
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
