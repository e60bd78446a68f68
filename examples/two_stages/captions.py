"""Images from captions: a Transformer over four words of text and sixteen of an image.

The idea of DALL-E (https://arxiv.org/abs/2102.12092): a first stage turns an image into
a grid of words. A Transformer learns sequences of the words of a caption followed by
the words of its image, and draws the image for a given caption. A judge that knows how
images are made finds the whole caption in about 95 % of images for captions seen in
training, and in about 80 % for captions never seen; the shape is the most frequent
error. Conversely, for 98 to 99 % of held-out images their own caption makes them
likeliest.

DALL-E has 12 billion parameters, 250 million pairs and free text. This example has
120,000 parameters and 6,000 images of 60 captions. 12 captions are kept for the test:
"never seen" means a new combination of words that occur in other captions.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

import kgen
from examples import drawings, shared
from examples.drawings import CAPTIONS, TEXT

args = shared.parse(__doc__, epochs=30, data=None)


def sequences(captions, words):
    """Tokens of text, then tokens of images, with different numbers."""
    text = drawings.tokens(captions)
    words = len(TEXT) + np.reshape(words, (len(words), -1))
    return np.concatenate([np.broadcast_to(text, (len(words), 4)), words], axis=1)


rng = np.random.default_rng(0)
seen, new = drawings.split(rng)
train = drawings.photos(seen * 100, rng)

keras.utils.set_random_seed(0)
vqvae = kgen.build(
    "vq-vae",
    train.shape[1:],
    num_codes=128,
    filters=(64, 64),
    likelihood="gaussian",
    stddev=0.15,
    seed=0,
)
vqvae.fit(train, batch_size=64, epochs=args.epochs, verbose=0)

tokens = sequences(seen * 100, vqvae.encode(train))
steps = args.epochs * -(-len(tokens) // 64)
transformer = kgen.build(
    "transformer",
    tokens.shape[1:],
    num_codes=len(TEXT) + vqvae.num_latent_codes,
    dropout=0.1,
    learning_rate=keras.optimizers.schedules.CosineDecay(2e-3, steps),
    seed=0,
)
transformer.fit(tokens, batch_size=64, epochs=args.epochs, verbose=0)
print(f"The Transformer has {transformer.count_params():,} parameters")


def log_prob(caption, words):
    """log p(image | caption), nats: the terms of the image's words."""
    tokens = sequences([caption], words)
    log_probs = keras.ops.log_softmax(transformer.parameters(tokens))
    chosen = np.take_along_axis(np.array(log_probs), tokens[..., None], axis=-1)
    return np.sum(chosen[:, 4:, 0], axis=1)


figure = Figure(figsize=(14, 9), layout="constrained")
figure.suptitle("A held-out image, the same from its words, and six from its caption")
parts = {"seen in training": seen * 8, "never seen": new * 40}
for column, (name, text) in zip(figure.subplots(6, 2).T, parts.items(), strict=True):
    print(f"Held-out images of {len(set(text))} captions {name}, by the judge:")
    real = drawings.photos(text, rng)
    words, rebuilt = vqvae.encode(real).numpy(), vqvae.reconstruct(real)
    drawings.judge("the images themselves", text, real)
    drawings.judge("decoded from their words", text, rebuilt)
    drawn = transformer.sample(
        given=sequences(text, words), known=np.arange(tokens.shape[1]) < 4, seed=0
    )
    drawn = np.reshape(drawn[:, 4:], words.shape) - len(TEXT)
    images = vqvae.decode(np.maximum(drawn, 0)).numpy()
    drawings.judge("drawn from their captions", text, images)
    print(f"  words of text where those of an image belong: {np.mean(drawn < 0):.2%}")
    # Bayes' theorem, all captions being equally likely.
    scores = [log_prob(caption, words) for caption in CAPTIONS]
    found = [CAPTIONS[i] for i in np.argmax(scores, axis=0)]
    share = np.mean(np.all(np.array(found) == np.array(text), axis=1))
    print(f"  caption of the largest p(image | caption) is the image's: {share:.1%}")
    for i, axes in enumerate(column):
        strip = [real[i], rebuilt[i], *images[i :: len(set(text))][:6]]
        axes.imshow(kgen.plots.image_grid(strip, columns=8))
        axes.set_title(f"{' '.join(text[i])} ({name})")
        axes.axis("off")
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "captions.png")
print(f"Wrote {args.output / 'captions.png'}")
