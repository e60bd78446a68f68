"""The step before the GAN: a generator that learns from a fixed score.

Say that f(x) is 1 for a digit and 0 for noise. Then a generator can follow the gradient
of f(G(z)), and needs nothing else. A network learns f from digits and from images that
are none: noise, digits with their pixels shuffled, and digits turned to negatives. That
is plain supervised learning, and f is right about held-out images.

It fails. The generator finds images that f has never seen, and is sure of them: they
are no digits, and all alike. A GAN shows these images to f, as examples of what is
false, and goes on doing so. That f is called the discriminator.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]


def with_others(digits):
    """Digits with the label 1, and as many images that are none with the label 0."""
    kinds = rng.integers(3, size=len(digits))[:, None, None, None]
    flat = rng.permuted(digits.reshape(len(digits), -1), axis=1)
    others = np.where(kinds == 0, rng.uniform(size=digits.shape), 1.0 - digits)
    others = np.where(kinds == 1, flat.reshape(digits.shape), others)
    x = np.concatenate([digits, others]).astype("float32")
    return x, np.repeat([1.0, 0.0], len(digits))


x, y = with_others(shared.arrays(train)[0])
score = kgen.networks.dcgan_discriminator(shape, (16, 32))
score.compile(
    "adam",
    keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
)
score.fit(x, y, batch_size=64, epochs=10, verbose=0)
_, accuracy = score.evaluate(*with_others(shared.arrays(test)[0]), verbose=0)
print(f"The score is right about {accuracy:.1%} of held-out digits and other images.")

pictures, scores, samples = {}, {}, {}
for name in ("fixed score", "GAN"):
    keras.utils.set_random_seed(0)
    judge = keras.models.clone_model(score)
    judge.set_weights(score.get_weights())
    judge.trainable = name == "GAN"  # A frozen network gets no gradients.
    generator = kgen.networks.dcgan_generator(32, shape, (32, 16))
    gan = kgen.GAN(generator, judge, seed=0)
    gan.compile(keras.optimizers.Adam(1e-3, beta_1=0.5))
    logs = gan.fit(train, epochs=args.epochs, verbose=0).history
    samples[name] = gan.sample(1000, seed=0).numpy()
    pictures[name], scores[name] = samples[name][:10], logs["fake_score"]
    first = keras.ops.sigmoid(score(samples[name]))
    spread = samples[name].std(axis=0).mean() / x[: len(y) // 2].std(axis=0).mean()
    print(
        f"{name}: the first score is {np.mean(first):.3f} on samples; their deviation "
        f"is {spread:.2f} of that of digits"
    )
classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, **samples)

figure = Figure(figsize=(9, 4), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.6])
axes = left.subplots()
for name, values in scores.items():
    axes.plot(values, label=name)
axes.set(xlabel="epoch", ylabel="score of samples, by its judge of the epoch")
axes.legend()
for axes, (name, images) in zip(right.subplots(2, 1), pictures.items(), strict=True):
    axes.imshow(
        kgen.plots.image_grid(images, columns=5), cmap="gray", vmin=0.0, vmax=1.0
    )
    axes.set_title(f"samples, {name}")
    axes.axis("off")
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "fixed_score.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
