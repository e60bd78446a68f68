"""The lecture's loss of a VQ-VAE with its stop-gradients, and what each one stops.

`L = -log p(x | z_q(x)) + |sg[z_e(x)] - e|^2 + beta |z_e(x) - sg[e]|^2`. The lecture
omits the minus of the first term. PyTorch's `.detach()` is `keras.ops.stop_gradient`.

The first term trains decoder and encoder: its slope passes straight through the choice
of a word. The second moves words to vectors, the third vectors to words. Here the loss
is written out and trained, beside a `kgen.VQVAE` of the same weights. Both learn the
same up to rounding, until it chooses another word: after nine epochs their losses
differ by 0.1 %, after twenty by 5 %. The gradients on the right are those without any
stop.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import kgen
from examples import shared
from kgen.networks import grid_decoder, grid_encoder

BETA, NUM_CODES, CODE_DIM = 0.25, 16, 8
args = shared.parse(__doc__, epochs=20)
train, test = kgen.data.load(args.data, binarize=True)
x_train, x_test = (shared.arrays(part)[0] for part in (train, test))
x_train = x_train[: len(x_train) // 64 * 64]  # Whole batches.
shape = x_train.shape[1:]


def sg(value):
    """The lecture's sg[.]: no gradient flows through this term."""
    return ops.stop_gradient(value)


def unstopped(value):
    """No stop: the gradient flows through."""
    return value


def squares(value):
    """`|value|^2` of each example."""
    return ops.sum(value**2, axis=(1, 2, 3))


def three_terms(x, stop=sg):
    """The terms of the lecture's loss, `(batch,)` each."""
    z_e = encoder(x)
    distances = ops.sum((z_e[..., None, :] - codebook) ** 2, axis=-1)
    # A product: gradients of `ops.take` are sparse, and Adam treats those differently.
    e = ops.one_hot(ops.argmin(distances, axis=-1), NUM_CODES) @ codebook
    z_q = z_e + sg(e - z_e)  # The value of e, with the slope of z_e.
    errors = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=decoder(z_q))
    log_p = -ops.sum(errors, axis=(1, 2, 3))
    return -log_p, squares(stop(z_e) - e), BETA * squares(z_e - stop(e))


keras.utils.set_random_seed(0)
encoder = grid_encoder(shape, CODE_DIM, filters=(16, 32))
decoder = grid_decoder(CODE_DIM, shape, filters=(32, 16))
size = (NUM_CODES, CODE_DIM)  # Small words, near the encoder's first outputs.
codebook = np.random.default_rng(0).uniform(-1 / NUM_CODES, 1 / NUM_CODES, size)
codebook = keras.Variable(codebook.astype("float32"))

# The same for kgen: words learned by gradient, none of them moved when it is unused.
quantizer = kgen.VectorQuantizer(
    NUM_CODES, CODE_DIM, ema_decay=None, revive_below=0, initializer="random"
)
vqvae = kgen.VQVAE(
    keras.models.clone_model(encoder),
    quantizer,
    keras.models.clone_model(decoder),
    beta=BETA,
)
vqvae.encoder.set_weights(encoder.get_weights())
vqvae.decoder.set_weights(decoder.get_weights())
quantizer.start_from(tf.convert_to_tensor(codebook))

parts = {
    "encoder": encoder.trainable_variables,
    "words": [codebook],
    "decoder": decoder.trainable_variables,
}
print("Size of the gradient by each part, with the stops, and without them")
names = ("-log p(x | z_q)", "|sg[z_e] - e|^2", "beta |z_e - sg[e]|^2")
for index, name in enumerate(names):
    line = f"{name:21}"
    for stop in (sg, unstopped):
        with tf.GradientTape(persistent=True) as tape:
            term = ops.mean(three_terms(x_train[:64], stop)[index])
        for part, variables in parts.items():
            found = tape.gradient(term, [variable.value for variable in variables])
            found = [gradient for gradient in found if gradient is not None]
            line += (
                f"  {part} {float(tf.linalg.global_norm(found)) if found else 0:8.3f}"
            )
        line += "  |" if stop is sg else ""
    print(line)

variables = [variable for group in parts.values() for variable in group]
optimizer = keras.optimizers.Adam(2e-3)
optimizer.build(variables)


@tf.function
def step(x):
    """One step of training with the sum of the three terms."""
    with tf.GradientTape() as tape:
        loss = ops.mean(sum(three_terms(x)))
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    optimizer.apply(gradients, variables)
    return loss


losses = [
    np.mean([step(x) for x in tf.data.Dataset.from_tensor_slices(x_train).batch(64)])
    for _ in range(args.epochs)
]
vqvae.compile(keras.optimizers.Adam(2e-3))
options = {"batch_size": 64, "shuffle": False, "epochs": args.epochs, "verbose": 0}
kgen_losses = vqvae.fit(x_train, **options).history["loss"]
loss_gap = np.max(np.abs(np.subtract(losses, kgen_losses)) / losses)
print(
    f"Loss of the last epoch: {losses[-1]:.3f} by hand, {kgen_losses[-1]:.3f} by kgen"
)

reconstruction, words, commitment = map(np.mean, three_terms(x_test))
logs = vqvae.evaluate(x_test, verbose=0, return_dict=True)
print(
    f"Held-out terms by hand: {reconstruction:.2f}, {words:.3f}, {commitment:.3f}; "
    f"by kgen: {logs['reconstruction']:.2f}, {logs['codebook']:.3f}, "
    f"{BETA * logs['commitment']:.3f}"
)
path = args.output / "stop_gradient.png"
print(f"Wrote {kgen.plots.save_reconstructions(vqvae, x_test[:16], path)}")
