"""A GAN on 200 images: augmentation keeps the discriminator from learning by heart.

Both runs have the same networks, images and steps. Without augmentation the
discriminator soon knows the 200 images: it is right about nearly all of them, and
samples get worse again. With it the discriminator sees some images shifted, turned or
scaled. Their share follows how sure the discriminator is, and a few percent suffice.
"""

import keras
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.adversarial import AdaptiveAugmentation

args = shared.parse(__doc__, epochs=600)
NUM_IMAGES = 200
train, test = kgen.data.load(args.data, batch_size=64)
images = shared.arrays(train)[0][:NUM_IMAGES]
adaptive = AdaptiveAugmentation(
    adapt_images=20_000,
    geometric=["shift", "scale", "rotation", "stretch", "fractional_shift"],
    colour=["brightness", "contrast"],
)

logs, samples = {}, {}
for name, augmentation in (("without", None), ("adaptive", adaptive)):
    keras.utils.set_random_seed(0)
    gan = kgen.build(
        "gan",
        images.shape[1:],
        network="mlp",
        learning_rate=5e-4,
        augmentation=augmentation,
        seed=0,
    )
    fitted = gan.fit(images, batch_size=64, epochs=args.epochs, verbose=0)
    logs[name] = fitted.history
    samples[name] = gan.sample(1000, seed=0)
    path = args.output / f"small_data_{name}.png"
    print(f"Wrote {kgen.plots.save_samples(samples[name][:64], path)}")

classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, **samples)
see = kgen.metrics.features(classifier)
known, held_out = see(images), see(shared.arrays(test)[0])
for name, drawn in samples.items():
    copies = kgen.metrics.memorization(known, held_out, see(drawn))["copies"]
    print(f"{name}: {copies:.0%} of samples are as near to a training image as copies")

figure = Figure(figsize=(10, 4), layout="constrained")
right, probability = figure.subplots(1, 2)
for name, history in logs.items():
    right.plot(history["real_accuracy"], label=name)
right.set(xlabel="epoch", ylabel="real images that D is right about", ylim=(0, 1.02))
right.legend()
probability.plot(logs["adaptive"]["augmentation_p"])
probability.set(xlabel="epoch", ylabel="probability of augmentations")
path = args.output / "small_data.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
