"""A conditional GAN: it draws the requested digit in any handwriting.

The generator takes the label beside its noise. The discriminator judges an image and
its label: a good 3 is wrong if a 7 was requested. To its score of the image alone it
adds V[label] . h, where h are its last features.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=50)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

gan = kgen.build(
    "wgan-gp",
    shape,
    num_classes=10,
    conditioning="projection",
    learning_rate=1e-3,
    seed=0,
)
gan.fit(train, epochs=args.epochs, verbose=2)

# Do samples show the requested digit? A classifier of real digits is the judge.
classifier = kgen.metrics.fit_classifier(train)
wanted = np.arange(1000) % 10
samples = gan.sample(labels=wanted, seed=0)
found = np.argmax(classifier(samples), axis=1)
print(f"{np.mean(found == wanted):.1%} of 1,000 samples are the digit asked for")
accuracy = classifier.evaluate(test, verbose=0, return_dict=True)["accuracy"]
print(f"(the classifier is right about {accuracy:.1%} of held-out digits)")
shared.report_samples(classifier, train, test, gan=samples)
path = args.output / "conditional_gan_samples.png"
print(f"Wrote {kgen.plots.save_samples(samples[:100], path, 10)}")

# Each row has the same z, and so the same handwriting for all ten digits.
z = np.random.default_rng(0).normal(size=(10, *gan.latent_shape)).repeat(10, axis=0)
digits = gan.decode(z, labels=np.tile(np.arange(10), 10))
path = args.output / "conditional_gan_hands.png"
print(f"Wrote {kgen.plots.save_samples(digits, path, 10)}")
