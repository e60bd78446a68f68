"""The family `modes`: which losses keep all modes, by PacGAN's protocol.

A table of figures, not of times: every loss with the same networks trains on the ring
of 8 and on the grid of 25 Gaussians, from several seeds. (`gmn` is left out: it has the
loss of `minimax-gan`, and its steps take many times as long.) As in PacGAN, 100,000
points, a normal latent of 2, 2,500 samples. The networks are smaller than PacGAN's and
train for fewer steps (PacGAN: 400 epochs of batches of 100, which is 400,000 steps).
"""

import itertools

import numpy as np

from benchmarks.harness.interleave import print_table
from benchmarks.harness.pool import each

STEPS = 10_000
BATCH_SIZE = 128
DATA = ("8ring", "25gaussians")
NETWORKS = {"latent_dim": 2, "hidden": (128, 128, 128)}
ROWS = {
    "minimax-gan": ("minimax-gan", {}),
    "gan": ("gan", {}),
    "gan, packing 2": ("gan", {"packing": 2}),
    "gan, packing 4": ("gan", {"packing": 4}),
    "lsgan": ("lsgan", {}),
    "hinge-gan": ("hinge-gan", {}),
    "wgan": ("wgan", {"weight_clip": 0.1}),
    "wgan-gp": ("wgan-gp", {}),
    "dragan": ("dragan", {}),
    "r1-gan": ("r1-gan", {}),
    "relativistic-gan": ("relativistic-gan", {}),
    "began": ("began", {"code_dim": 1}),
}


def penalties(recipe, scale):
    """The penalty of a recipe, for the plane instead of images.

    WGAN-GP has the weight of its own code for the plane. Other weights scale with the
    data, or with its square for a squared slope, so units of the plane do not matter.

    Args:
        recipe: Name.
        scale: Standard deviation of a coordinate of the data.
    """
    from kgen.adversarial.penalties import DRAGAN, R1, R1R2, GradientPenalty

    weight = 0.00625 * scale**2
    found = {
        "wgan-gp": GradientPenalty(0.1),
        "dragan": DRAGAN(1.0, stddev=0.5 * scale),
        "r1-gan": R1(weight),
        "relativistic-gan": R1R2(weight),
    }
    return {"penalty": found[recipe]} if recipe in found else {}


def report(options):
    """Prints the table; `--rounds` is the number of seeds, `--only` the rows.

    Args:
        options: Options of the command line.
    """
    steps = options.steps or STEPS
    names = options.only.split(";") if options.only else list(ROWS)
    tasks = itertools.product(names, DATA, range(options.rounds), [steps])
    figures = {}
    for (name, data, *_), found in each(run, tasks, options.threads):
        figures.setdefault((name, data), []).append(found)
    print(
        f"\n## Modes after {steps:,} steps of {BATCH_SIZE}, {options.rounds} "
        "seeds\n\nMean and standard error. High quality: within 3 standard deviations "
        "of a mode.\n"
    )
    heads = ("modes", "high quality, %", "reverse KL")
    rows = [
        (name, *(text for data in DATA for text in summary(figures[name, data])))
        for name in names
    ]
    print_table(("recipe", *(f"{d}: {h}" for d in DATA for h in heads)), rows)


def summary(runs):
    """Texts with mean and standard error of each of the three figures."""
    scales = (("modes", 1, 1), ("high_quality", 100, 1), ("reverse_kl", 1, 3))
    for key, scale, digits in scales:
        values = scale * np.array([found[key] for found in runs])
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
        yield f"{values.mean():.{digits}f} ± {error:.{digits}f}"


def run(task):
    """Trains one recipe from one seed, and counts modes."""
    import keras
    import tensorflow as tf

    import kgen

    name, data, seed, steps = task
    recipe, settings = ROWS[name]
    keras.utils.set_random_seed(seed)
    density = kgen.data.density(data)
    points = density.sample(100_000, seed=seed).astype("float32")
    critic_steps = 5 if recipe.startswith("wgan") else 1
    cosine = keras.optimizers.schedules.CosineDecay
    gan = kgen.build(
        recipe,
        (2,),
        **NETWORKS,
        learning_rate=cosine(1e-3, steps),
        discriminator_learning_rate=cosine(1e-3, steps * critic_steps),
        beta_1=0.0,
        beta_2=0.99,
        seed=seed,
        **penalties(recipe, points.std(axis=0).mean()),
        **settings,
    )
    gan.compile(
        gan.generator_optimizer,
        gan.discriminator_optimizer,
        jit_compile=True,
        steps_per_execution=50,
    )
    batches = tf.data.Dataset.from_tensor_slices(points).repeat()
    batches = batches.shuffle(len(points), seed=seed).batch(BATCH_SIZE)
    try:
        gan.fit(batches, steps_per_epoch=steps, verbose=0)
    except FloatingPointError:  # Counts as a row of the table with no mode covered.
        return diverged(density)
    samples = gan.sample(2500, seed=seed)
    return kgen.metrics.mode_coverage(samples, density)


def diverged(density):
    """The figures of a generator that has diverged."""
    worst = float(np.log(len(density.means)))
    return {"modes": 0, "high_quality": 0.0, "reverse_kl": worst}
