"""A class-conditional PixelCNN, p(x | c), and a classifier by Bayes' theorem.

The class adds a bias in every block. A classifier judges samples of each class. Then
the model itself classifies held-out digits, `argmax_c log p(x | c) + log p(c)`, though
it was never trained to classify.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.downstream.bayes import bayes_classify, class_probabilities
from kgen.metrics import evaluate_likelihood, fit_classifier

args = shared.parse(__doc__, epochs=150)
train, test = kgen.data.load(args.data, batch_size=64, binarize=True)
shape = train.element_spec[0].shape[1:]
images, labels = shared.arrays(test)

keras.utils.set_random_seed(0)
model = kgen.build(
    "gated-pixelcnn",
    shape,
    num_classes=10,
    num_blocks=4,
    first_kernel_size=5,
    head_filters=64,
    dropout=0.5,
    learning_rate=keras.optimizers.schedules.CosineDecay(
        3e-3, args.epochs * len(train)
    ),
    seed=0,
)
model.fit(train, epochs=args.epochs, verbose=0)
figures = evaluate_likelihood(model, test)
print(
    f"Held-out digits, given their class: {figures['log_prob']:.2f} nats, "
    f"{figures['bits_per_dimension']:.4f} bits per dimension"
)

asked = np.arange(1000) % 10
samples = model.sample(labels=asked, seed=0).numpy()
classifier = fit_classifier(train)
taken = np.argmax(classifier.predict(samples, verbose=0), axis=1)
right = (taken == asked).mean()
print(f"Samples that a classifier takes for the requested digit: {right:.1%}")

found = bayes_classify(model, images)
judged = np.argmax(classifier.predict(images, verbose=0), axis=1)
accuracy = [(answer == labels).mean() for answer in (found, judged)]
print(
    f"Held-out digits classified rightly: by Bayes' theorem {accuracy[0]:.1%}, by the "
    f"classifier {accuracy[1]:.1%}"
)
sure = class_probabilities(model, images).max(axis=1)
print(
    f"Mean p(c | x) of the class that was chosen: {sure[found == labels].mean():.3f} "
    f"where it is right, {sure[found != labels].mean():.3f} where it is wrong"
)
path = args.output / "conditional_pixelcnn.png"
print(f"Wrote {kgen.plots.save_samples(samples[:100], path, columns=10)}")
