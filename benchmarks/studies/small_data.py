"""The family `small_data`: GANs at equal time, on all images and on 500 of them.

Each trains for the same seconds of one processor. On 500 images it does so without
augmentation and with an adaptive one. `--data` is any data set of `kgen.data.load` with
labels: a classifier of its images judges the samples.
"""

import collections
import itertools
import pathlib
import tempfile
import time

from benchmarks.harness.interleave import print_table
from benchmarks.harness.pool import each

IMAGE_SIZE = 32
BATCH_SIZE = 32
SMALL = 500
NUM_SAMPLES = 5_000
# Networks that learn within minutes on one processor. The discriminator of the DCGAN is
# without batch normalisation: it tells a batch of real images from one of generated
# images without knowing any of them, which looks like overfitting.
#
# The weak penalty is that of the paper on augmentation for small images. It does not
# keep a discriminator from learning 500 images by heart, as the default one does.
FILTERS = (8, 16, 32, 32)
RECIPES = {
    "dcgan": ("dcgan", {"filters": (16, 32), "discriminator_normalization": None}),
    "progressive-gan": ("progressive-gan", {"filters": FILTERS}),
    "stylegan": ("stylegan", {"filters": FILTERS}),
    "stylegan, weak penalty": ("stylegan", {"filters": FILTERS}),
    # Its usual loss has no logits, whose signs tell how sure the discriminator is.
    "progressive-gan, weak penalty": (
        "progressive-gan",
        {"filters": FILTERS, "adversarial_loss": "non_saturating"},
    ),
}
WEAK = 0.01
KINDS = ("all images", f"{SMALL} images", f"{SMALL} images, augmented")
# Digits have no mirror images and no colours.
AUGMENTATION = {
    "adapt_images": 50_000,
    "geometric": ["shift", "scale", "rotation", "stretch", "fractional_shift"],
    "colour": ["brightness", "contrast"],
}


def report(options):
    """Prints the table; `--seconds` is the time of each training.

    `--seeds` is the number of trainings of each model. `--only` chooses rows and
    columns: `"dcgan;500 images;500 images, augmented"`.

    Args:
        options: Options of the command line.
    """
    import kgen

    asked = options.only.split(";") if options.only else []
    names = [name for name in RECIPES if name in asked] or list(RECIPES)
    kinds = [kind for kind in KINDS if kind in asked] or list(KINDS)
    if unknown := set(asked) - {*RECIPES, *KINDS}:
        raise SystemExit(f"Unknown: {unknown}. Choose of {[*RECIPES, *KINDS]}.")
    data = options.data or "digits"
    train, _ = loaded(data)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "classifier.keras")
        kgen.metrics.fit_classifier(train, epochs=4).save(path)
        tasks = itertools.product(
            range(options.seeds),
            names,
            kinds,
            [data],
            [options.seconds],
            [str(path)],
        )
        found = collections.defaultdict(list)
        for (_, name, kind, *_), text in each(run, tasks, options.threads):
            found[name, kind].append(text)
    print(
        f"\n## Fréchet distance after {options.seconds:g} s on one processor\n\n"
        f"{data} in {IMAGE_SIZE}x{IMAGE_SIZE} pixels. {NUM_SAMPLES:,} samples "
        "against as many held-out images, or all if there are fewer, by features of a "
        "classifier. In brackets: steps, and the accuracy of the discriminator on real "
        f"images in the last ones. Seeds of the networks: {options.seeds}.\n"
    )
    rows = [(name, *("; ".join(found[name, kind]) for kind in kinds)) for name in names]
    print_table(("recipe", *kinds), rows)


def loaded(data):
    """Training and held-out images of the data set, batches of `(x, labels)`."""
    import kgen

    return kgen.data.load(data, batch_size=BATCH_SIZE, image_size=IMAGE_SIZE)


def run(task):
    """Trains one recipe on one kind of data; its figures as text."""
    import keras
    import numpy as np

    import kgen
    from kgen.adversarial.optimizers import with_adam
    from kgen.adversarial.penalties import R1
    from kgen.metrics import features, frechet_distance

    seed, name, kind, data, seconds, path = task
    keras.utils.set_random_seed(0)  # The few images are the same for all.
    train, test = loaded(data)
    if kind != KINDS[0]:
        few = train.unbatch().take(SMALL).cache()
        train = few.shuffle(SMALL, seed=0).batch(BATCH_SIZE)
    train = train.map(lambda x, labels: x).repeat()
    recipe, settings = RECIPES[name]
    settings = dict(settings)
    if name.endswith("weak penalty"):
        settings["penalty"] = R1(WEAK)
    if kind == KINDS[2]:
        settings["augmentation"] = kgen.adversarial.AdaptiveAugmentation(**AUGMENTATION)
    shape = tuple(train.element_spec.shape[1:])
    if recipe == "progressive-gan":
        settings["rounds_per_level"] = rounds_per_level(shape, seconds, **settings)
    gan = kgen.build(recipe, shape, seed=seed, **settings)
    if recipe == "dcgan":  # The other recipes average their generators, too.
        with_adam(gan, 5e-4, ema=0.999)
    watch = stopwatch(seconds)
    gan.fit(train, steps_per_epoch=10**9, callbacks=[watch], verbose=0)
    see = features(keras.models.load_model(path))
    real = np.concatenate([see.predict(x, verbose=0) for x, _ in test])[:NUM_SAMPLES]
    fake = gan.sample(NUM_SAMPLES, seed=0, batch_size=250)
    pictures = pathlib.Path("runs", "small_data")
    kgen.plots.save_samples(fake[:64], pictures / f"{name}, {kind}, {seed}.png")
    distance = frechet_distance(real, see.predict(fake, verbose=0))
    return f"{distance:.1f} ({watch.steps:,}, {np.mean(watch.accuracies):.2f})"


def rounds_per_level(shape, seconds, **settings):
    """Rounds of a level of a progressive GAN that leave the last level two shares."""
    import numpy as np

    import kgen

    grown = {"rounds_per_level": 1, "fade_rounds": 0}
    gan = kgen.build("progressive-gan", shape, **grown, **settings)
    x = np.zeros((BATCH_SIZE * 10, *shape), "float32")
    gan.fit(x, batch_size=BATCH_SIZE, verbose=0)
    start = time.process_time()
    gan.fit(x, batch_size=BATCH_SIZE, verbose=0)
    step = (time.process_time() - start) / 10
    return max(1, int(seconds / step / (len(gan.sizes) + 1)))


def stopwatch(seconds):
    """A callback that ends training after some seconds of the processor."""
    import keras

    class Stopwatch(keras.callbacks.Callback):
        steps, total, accuracies = 0, 0.0, ()

        def on_train_batch_end(self, batch, logs=None):
            if not self.steps:  # The first step has made the graph.
                self.start = time.process_time()
            self.steps += 1
            # Keras logs the mean since the start of the epoch, which is all.
            total = float(logs["real_accuracy"]) * self.steps
            self.accuracies = [*self.accuracies[-199:], total - self.total]
            self.total = total
            self.model.stop_training = time.process_time() - self.start > seconds

    return Stopwatch()
