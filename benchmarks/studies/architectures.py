"""The family `architectures`: which GANs train with any networks.

The robustness table of WGAN-GP (Gulrajani et al., 2017, figure 2) at small size: four
methods, one set of hyperparameters each, and seven pairs of networks, on 8x8 digits.
"""

import itertools

from benchmarks.harness.interleave import print_table
from benchmarks.harness.pool import each

STEPS = 1500
BATCH_SIZE = 64
SHAPE = (8, 8, 1)
LATENT_DIM = 32
FILTERS = (32, 64)

# Settings of the paper. WGAN-GP has layer normalisation instead of batch normalisation
# in the critic, because its penalty is for single examples.
METHODS = {
    "DCGAN": ({}, {"learning_rate": 2e-4, "beta_1": 0.5}),
    "LSGAN": (
        {"adversarial_loss": "least_squares"},
        {"learning_rate": 1e-4, "beta_1": 0.5},
    ),
    "WGAN (clipping)": (
        {
            "adversarial_loss": "wasserstein",
            "weight_clip": 0.01,
            "discriminator_steps": 5,
        },
        {"learning_rate": 5e-5, "beta_1": 0.0},
    ),
    "WGAN-GP": (
        {
            "adversarial_loss": "wasserstein",
            "penalty": "gradient_penalty",
            "discriminator_steps": 5,
        },
        {"learning_rate": 1e-4, "beta_1": 0.5, "beta_2": 0.9},
    ),
}
ARCHITECTURES = (
    "baseline",
    "G: no normalisation, constant filters",
    "G: 4 dense layers of 512",
    "no normalisation in either",
    "gated in both",
    "tanh in both",
    "101-layer ResNets",
)


def networks(architecture, normalization):
    """Generator and discriminator.

    Args:
        architecture: One of `ARCHITECTURES`.
        normalization: Normalisation of the discriminator, if any: `"batch"` or
            `"layer"`.
    """
    from kgen import networks

    generator, discriminator = networks.dcgan_generator, networks.dcgan_discriminator
    ours, theirs = {"filters": FILTERS[::-1]}, {"filters": FILTERS}
    theirs["normalization"] = normalization
    if architecture == "G: no normalisation, constant filters":
        ours = {"filters": (FILTERS[0],) * 2, "normalization": None}
    elif architecture == "G: 4 dense layers of 512":
        generator, ours = networks.mlp_generator, {"hidden": (512,) * 4}
    elif architecture == "no normalisation in either":
        ours["normalization"] = theirs["normalization"] = None
    elif architecture == "gated in both":
        ours["activation"] = theirs["activation"] = "gated"
    elif architecture == "tanh in both":
        ours["activation"] = theirs["activation"] = "tanh"
    elif architecture == "101-layer ResNets":
        generator, discriminator = (
            networks.resnet_generator,
            networks.resnet_discriminator,
        )
        sizes = {"filters": (8, 8, 8), "blocks_per_size": 16}
        ours, theirs = sizes, {**sizes, "normalization": normalization}
    return generator(LATENT_DIM, SHAPE, **ours), discriminator(SHAPE, **theirs)


def report(options):
    """Prints the table; `--only` chooses architectures.

    Args:
        options: Options of the command line.
    """
    steps = options.steps or STEPS
    names = options.only.split(";") if options.only else ARCHITECTURES
    tasks = itertools.product(names, METHODS, [steps])
    found = {task[:2]: text for task, text in each(run, tasks, options.threads)}
    print(
        f"\n## Fréchet distance after {steps:,} steps of the generator\n\n"
        "1,000 samples against the training digits, by features of a classifier, and "
        "in brackets the number of different digits that it finds in the samples. One "
        "seed.\n"
    )
    rows = [(name, *(found[name, method] for method in METHODS)) for name in names]
    print_table(("networks", *METHODS), rows)


def run(task):
    """Trains one method on one pair of networks; its figures as text."""
    import keras
    import numpy as np

    import kgen
    from kgen.metrics import class_coverage, features, fit_classifier, frechet_distance

    name, method, steps = task
    settings, rates = METHODS[method]
    train, _ = kgen.data.load("digits", batch_size=BATCH_SIZE)
    keras.utils.set_random_seed(0)
    normalization = "layer" if method == "WGAN-GP" else "batch"
    gan = kgen.GAN(*networks(name, normalization), seed=0, **settings)
    gan.compile(keras.optimizers.Adam(**rates), keras.optimizers.Adam(**rates))
    try:
        gan.fit(train.repeat(), steps_per_epoch=steps, verbose=0)
    except FloatingPointError as error:
        return f"NaN: {str(error).split(':')[0]}"
    classifier = fit_classifier(train)
    samples = gan.sample(1000, seed=0)
    see = features(classifier)
    real = np.concatenate([see.predict(x, verbose=0) for x, _ in train])
    distance = frechet_distance(real, see.predict(samples, verbose=0))
    digits = classifier.predict(samples, verbose=0).argmax(axis=-1)
    modes = class_coverage(digits, 10)["modes"]
    return f"{distance:.1f} ({modes})"
