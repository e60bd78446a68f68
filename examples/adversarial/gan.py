"""The lecture's GAN: two perceptrons that train against each other.

In each iteration the discriminator learns from a batch of real digits x and a batch of
generated ones, x* = G(z), and then the generator from a batch of fresh noise. In the
lecture the generator maximises the loss of the classification, `"minimax"`. Here it
minimises -log D(G(z)), `"non_saturating"`, which has a slope even while D is sure.

Losses of a GAN do not fall. At the equilibrium D is 1/2 for all images, its loss is
2 log 2, and the generator's is log 2. Between equal players the losses stay there from
the start to the end, while the samples improve.
"""

import math

import keras
from matplotlib.figure import Figure

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=200)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

z = keras.Input((32,), name="z")
h = keras.layers.Dense(256, activation="relu")(z)
h = keras.layers.Dense(256, activation="relu")(h)
fake = keras.layers.Dense(math.prod(shape), activation="sigmoid")(h)
generator = keras.Model(z, keras.layers.Reshape(shape)(fake))

# Without dropout it memorises the training images.
x = keras.Input(shape, name="x")
h = keras.layers.Flatten()(keras.layers.Rescaling(2.0, -1.0)(x))
for _ in range(2):
    h = keras.layers.Dense(256, activation="leaky_relu")(h)
    h = keras.layers.Dropout(0.3)(h)
discriminator = keras.Model(x, keras.layers.Dense(1)(h))  # The logit of D(x).

gan = kgen.GAN(generator, discriminator, adversarial_loss="non_saturating", seed=0)
gan.compile(
    generator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.5),
    discriminator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.5),
)
monitor = kgen.callbacks.GANMonitor(shared.arrays(test)[0])
logs = gan.fit(train, epochs=args.epochs, callbacks=[monitor], verbose=2).history
print("Troubles that the monitor saw:", monitor.troubles or "none")

figures = gan.evaluate(test, verbose=0, return_dict=True)
print(
    f"Held out: D(x) {figures['real_score']:.2f}, D(G(z)) {figures['fake_score']:.2f}; "
    f"right about {figures['real_accuracy']:.0%} of the real and "
    f"{figures['fake_accuracy']:.0%} of the generated digits"
)
classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, gan=gan.sample(1000, seed=0))

figure = Figure(figsize=(10, 4), layout="constrained")
scores, losses = figure.subplots(1, 2)
for name, label in (("real_score", "D(x)"), ("fake_score", "D(G(z))")):
    scores.plot(logs[name], label=label)
scores.axhline(0.5, color="black", linestyle="--", label="1/2")
for player, color in (("discriminator", "tab:blue"), ("generator", "tab:orange")):
    losses.plot(logs[f"{player}_loss"], color=color, label=player)
for multiple, color in ((2, "tab:blue"), (1, "tab:orange")):
    label = f"{multiple} log 2" if multiple > 1 else "log 2"
    losses.axhline(multiple * math.log(2), color=color, linestyle="--", label=label)
scores.set(xlabel="epoch", ylabel="mean output of the discriminator", ylim=(0, 1))
losses.set(xlabel="epoch", ylabel="loss, nats")
for axis in (scores, losses):
    axis.legend()
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "gan_training.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
path = args.output / "gan_samples.png"
print(f"Wrote {kgen.plots.save_samples(gan.sample(64, seed=0), path)}")
