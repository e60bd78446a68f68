"""InfoGAN: codes that say what a sample shows, found without labels.

Ten categories and two numbers in -1..1 are part of z. A head on the discriminator reads
them off the samples, so the generator cannot ignore them. The bound of the information
rises towards log(10) = 2.3 nats for the categories alone. The labels only serve to see
what the categories found: each is compared with the digit that it holds most often.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.adversarial import InfoGAN

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

infogan = InfoGAN(categories=10, continuous=2)
gan = kgen.build("gan", shape, auxiliary=infogan, seed=0)
logs = gan.fit(train, epochs=args.epochs, verbose=2).history
print(f"Codes and samples share {logs['information'][-1]:.2f} nats at least")

# Do categories agree with digits? The largest group of each category names it.
found = np.argmax(gan.infer_codes(train)[:, :10], axis=1)
labels = shared.arrays(train)[1]
names = [np.bincount(labels[found == c], minlength=10).argmax() for c in range(10)]
images, truth = shared.arrays(test)
guessed = np.take(names, np.argmax(gan.infer_codes(images)[:, :10], axis=1))
print(f"{np.mean(guessed == truth):.0%} of held-out digits are what their category is")
classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, infogan=gan.sample(1000, seed=0))

# A row for each category; the same noise in all rows.
category, column = np.arange(100) // 10, np.arange(100) % 10
samples = gan.sample_codes(infogan.codes(category), seed=column)
path = args.output / "infogan_categories.png"
print(f"Wrote {kgen.plots.save_samples(samples, path, 10)}")

# The first number from left to right, the second in the lower five rows.
numbers = np.zeros((100, 2))
numbers[np.arange(100), category // 5] = np.linspace(-2, 2, 10)[column]
codes = infogan.codes(category % 5, numbers)
samples = gan.sample_codes(codes, seed=np.zeros(100, "int64"))
path = args.output / "infogan_numbers.png"
print(f"Wrote {kgen.plots.save_samples(samples, path, 10)}")
