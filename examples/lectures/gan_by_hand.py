"""The lecture's algorithm that trains a GAN, step by step, and the same as `kgen.GAN`.

The lecture's step 2b maximises the classification loss by the generator's weights. Of
that loss only the part of the fakes depends on them, so the generator minimises
`log(1 - D(G(z)))`: kgen's `"minimax"`. While D is sure of the fakes, the slope of this
loss is nearly 0. `"non_saturating"` minimises `-log D(G(z))`, which has a slope there.

kgen's losses are the lecture's, number by number. All networks start from the same
weights; the noise is drawn anew, so samples differ as they do between two runs.
"""

import math

import keras
import numpy as np
import tensorflow as tf

import kgen
from examples import shared

NOISE = 32
args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]


def networks():
    """Generator and discriminator, two perceptrons; the first weights are the same."""
    keras.utils.set_random_seed(0)
    z = keras.Input((NOISE,), name="z")
    h = keras.layers.Dense(256, activation="relu")(z)
    h = keras.layers.Dense(256, activation="relu")(h)
    fake = keras.layers.Dense(math.prod(shape), activation="sigmoid")(h)
    x = keras.Input(shape, name="x")
    h = keras.layers.Flatten()(keras.layers.Rescaling(2.0, -1.0)(x))
    for _ in range(2):
        h = keras.layers.Dense(256, activation="leaky_relu")(h)
        h = keras.layers.Dropout(0.3)(h)
    generator = keras.Model(z, keras.layers.Reshape(shape)(fake))
    return generator, keras.Model(x, keras.layers.Dense(1)(h))


def adam():
    """An optimizer; each player has its own."""
    return keras.optimizers.Adam(5e-4, beta_1=0.5)


G, D = networks()
optimizer_G, optimizer_D = adam(), adam()
optimizer_G.build(G.trainable_variables)
optimizer_D.build(D.trainable_variables)
classification_loss = keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function
def iteration(x):
    """The two steps of the lecture, for a mini-batch of real examples (1a)."""
    m = tf.shape(x)[0]
    # 1 Train the Discriminator:
    # b Take random noise vectors z and generate fake examples: G(z) = x*.
    fake = G(tf.random.normal((m, NOISE)))
    # c Compute the losses for D(x) and D(x*), and update theta(D) to minimize them.
    with tf.GradientTape() as tape:
        on_real, on_fake = D(x, training=True), D(fake, training=True)
        real_loss = classification_loss(tf.ones_like(on_real), on_real)
        loss_D = real_loss + classification_loss(tf.zeros_like(on_fake), on_fake)
    gradients = tape.gradient(loss_D, D.trainable_variables)
    optimizer_D.apply(gradients, D.trainable_variables)

    # 2 Train the Generator:
    # a Take random noise vectors z and generate fake examples: G(z) = x*.
    z = tf.random.normal((m, NOISE))
    with tf.GradientTape() as tape:
        on_fake = D(G(z), training=True)
        loss = classification_loss(tf.zeros_like(on_fake), on_fake)
        loss_G = -loss
    # b Update theta(G) to maximize the classification loss.
    gradients = tape.gradient(loss_G, G.trainable_variables)
    optimizer_G.apply(gradients, G.trainable_variables)
    return loss_D, loss_G


for _ in range(args.epochs):
    for x, _ in train:
        loss_D, loss_G = iteration(x)
print(f"By hand, last batch: loss of D {loss_D:.3f}, loss of G {loss_G:.3f}")

# The same numbers from kgen's loss, for held-out digits and new fakes.
real, fakes = shared.arrays(test)[0][:256], G(tf.random.normal((256, NOISE)))
on_real, on_fake = D(real), D(fakes)
ours = (
    classification_loss(tf.ones_like(on_real), on_real)
    + classification_loss(tf.zeros_like(on_fake), on_fake),
    -classification_loss(tf.zeros_like(on_fake), on_fake),
)
minimax = kgen.adversarial.losses.get("minimax")
theirs = minimax.discriminator(on_real, on_fake), minimax.generator(None, on_fake)
loss_gap = 0.0
for name, one, other in zip(("D", "G"), ours, theirs, strict=True):
    other = tf.reduce_mean(other)
    loss_gap = max(loss_gap, abs(float(one - other)))
    print(f"Held-out loss of {name}: {one:.6f} by hand, {other:.6f} by kgen")

samples = {"by hand": G(np.random.default_rng(0).normal(size=(1000, NOISE)))}
for loss_name in ("minimax", "non_saturating"):
    gan = kgen.GAN(*networks(), adversarial_loss=loss_name, seed=0)
    gan.compile(generator_optimizer=adam(), discriminator_optimizer=adam())
    gan.fit(train, epochs=args.epochs, verbose=0)
    samples[loss_name] = gan.sample(1000, seed=0)
classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, **samples)
rows = np.concatenate([np.asarray(images)[:16] for images in samples.values()])
path = args.output / "gan_by_hand.png"
print(f"Rows: {', '.join(samples)}")
print(f"Wrote {kgen.plots.save_samples(rows, path, columns=16)}")
