"""A conditional VAE: digits on demand.

Both networks see the label, so z need not carry it: the label chooses the digit, and z
the handwriting.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=60)
keras.utils.set_random_seed(0)
train, test = kgen.data.load(args.data, batch_size=64, binarize=True)

cvae = kgen.build("cvae", train.element_spec[0].shape[1:], num_classes=10, seed=0)
cvae.fit(train, validation_data=test, epochs=args.epochs, verbose=2)

figures = kgen.metrics.evaluate_likelihood(cvae, test)
print(f"Held out: {figures['iwae_bound']:.2f} nats")
number = cvae.sample(labels=[3, 3, 7], seed=0)
print(f"Wrote {kgen.plots.save_samples(number, args.output / 'cvae_337.png', 3)}")

# Do samples show the requested digit? A classifier of real digits is the judge.
classifier = kgen.metrics.fit_classifier(train)
wanted = np.arange(1000) % 10
found = np.argmax(classifier(cvae.sample(labels=wanted, seed=0)), axis=1)
print(f"{np.mean(found == wanted):.1%} of 1,000 samples are the digit asked for")

# Each row has the same z, and so the same handwriting for all ten digits.
hands = (
    np.random.default_rng(0).normal(size=(10, *cvae.latent_shape)).repeat(10, axis=0)
)
digits = cvae.decode(hands, labels=np.tile(np.arange(10), 10))
print(f"Wrote {kgen.plots.save_samples(digits, args.output / 'cvae_hands.png', 10)}")
