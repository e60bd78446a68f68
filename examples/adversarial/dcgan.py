"""The DCGAN: strided convolutions with batch normalisation instead of perceptrons.

`kgen.build` gives the networks for any size of image, with the paper's choices: initial
weights from N(0, 0.02^2), Adam with a beta_1 of 0.5, tanh at the generator's output.
"""

import keras

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]

dcgan = kgen.build("dcgan", shape, seed=0)
dcgan.generator.summary()
dcgan.discriminator.summary()
dcgan.fit(train, epochs=args.epochs, verbose=2)

classifier = kgen.metrics.fit_classifier(train)
samples = dcgan.sample(1000, seed=0)
shared.report_samples(classifier, train, test, dcgan=samples)
path = args.output / "dcgan_samples.png"
print(f"Wrote {kgen.plots.save_samples(samples[:64], path)}")
