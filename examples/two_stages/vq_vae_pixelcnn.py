"""VQ-VAE with a PixelCNN prior: words for strokes, then a language for the words.

The first stage turns an image into a grid of words and is the same for all priors; the
second learns which words go together. The script compares three priors: a mixture with
independent places within a component, as in `autoencoders/vq_vae.py`; a mixture for
each digit; and a gated PixelCNN, which draws word after word, given the digit and all
earlier words. The PixelCNN gives held-out digits the best bound, by 4 to 5 nats.

Samples differ less: on images this small, samples of all priors are about as near to
held-out digits as training digits are. A classifier takes more samples of the mixtures
for the requested digit, about 95 %, than of the PixelCNN, about 90 %. All is tiny here:
a grid of 16 words for each digit, a codebook of 16, and 1,437 training digits.
"""

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100)
train, test = kgen.data.load(args.data, batch_size=64, binarize=True)
images, labels = shared.arrays(test)

# The grid has half the image's size, and a quarter in `vq_vae.py`.
keras.utils.set_random_seed(0)
vqvae = kgen.build("vq-vae", images.shape[1:], num_codes=16, filters=(32,), seed=0)
vqvae.fit(train, epochs=args.epochs, verbose=0)
logs = vqvae.evaluate(test, verbose=0, return_dict=True)
shape, num_codes = vqvae.latent_shape, vqvae.num_latent_codes
print(
    f"Grids of {shape} words, {num_codes} of them, perplexity on held-out images "
    f"{logs['perplexity']:.1f}; an image given its words costs "
    f"{logs['reconstruction']:.2f} nats"
)

keras.utils.set_random_seed(0)
steps = args.epochs * -(-len(shared.arrays(train)[0]) // 32)
pixelcnn = kgen.build(
    "gated-pixelcnn",
    shape,
    num_classes=10,
    num_codes=num_codes,
    num_blocks=2,
    first_kernel_size=3,
    dropout=0.3,
    learning_rate=keras.optimizers.schedules.CosineDecay(3e-3, steps),
    seed=0,
)
mixture = kgen.CategoricalMixture
priors = {
    "mixture": mixture(shape, num_codes, 20, seed=0),
    "10 mixtures": mixture(shape, num_codes, 5, num_classes=10, seed=0),
    "PixelCNN": pixelcnn,
}
models = {name: kgen.TwoStage(vqvae, prior, seed=0) for name, prior in priors.items()}
for name, model in models.items():
    options = {"epochs": args.epochs, "verbose": 0} if name == "PixelCNN" else {}
    model.fit(train, **options)
    bound = kgen.metrics.evaluate_likelihood(model, test)["elbo"]
    if model.num_classes is None:
        print(f"{name}: held out log p(x) at least {bound:.2f} nats")
    else:  # p(x) is at least p(x, digit), and the ten digits are equally frequent.
        print(
            f"{name}: held out log p(x) at least {bound - np.log(10):.2f} nats, "
            f"log p(x | digit) {bound:.2f}"
        )

wanted = np.arange(1000) % 10
samples = {
    name: model.sample(1000, seed=0)
    if model.num_classes is None
    else model.sample(labels=wanted, seed=0)
    for name, model in models.items()
}
classifier = kgen.metrics.fit_classifier(train)
shared.report_samples(classifier, train, test, **samples)
judged = {
    "samples, 10 mixtures": (samples["10 mixtures"], wanted),
    "samples, PixelCNN": (samples["PixelCNN"], wanted),
    "held-out images": (images, labels),
    "the same from their words": (vqvae.reconstruct(images), labels),
}
for name, (x, digits) in judged.items():
    share = np.mean(np.argmax(classifier(x), axis=1) == digits)
    print(f"Taken for the digit that they should be, {name}: {share:.1%}")

# Columns are digits; rows are held-out images, then mixtures, then PixelCNN.
real = np.stack([images[labels == digit][:4] for digit in range(10)], axis=1)
gap = np.full((10, *images.shape[1:]), 0.5)
rows = [real.reshape(40, *images.shape[1:]), gap, samples["10 mixtures"][:40], gap]
path = args.output / "vq_vae_pixelcnn.png"
rows = np.concatenate([*rows, samples["PixelCNN"][:40]])
print(f"Wrote {kgen.plots.save_samples(rows, path, columns=10)}")

# Both stages as one SavedModel, which needs neither kgen nor Keras to draw.
folder = kgen.export(models["PixelCNN"], args.output / "vq_vae_pixelcnn")
served = kgen.serving.sample_servable(folder, 10, labels=range(10), seed=0)
own = models["PixelCNN"].sample(labels=range(10), seed=0)
print(f"The SavedModel's samples differ by at most {np.max(np.abs(served - own))}")
