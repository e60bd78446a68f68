"""Small digits made large, and halves made whole, by diffusion given an image.

The condition is an image: the network of a diffusion model sees it beside the noisy
one, in the same size. One model gets digits of 4x4 pixels and draws those of 8x8.
Another gets a digit with a hole, and a second channel that marks the hole. A draw is
one of the images that fit the condition. The mean of many draws has the smallest
squared error, and is blurred.
"""

import numpy as np
import tensorflow as tf

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100)
train, test = kgen.data.load(args.data, batch_size=128)
# Fewer in a short trial run.
images, labels = (rows[: 100 * args.epochs] for rows in shared.arrays(test))
shape = images.shape[1:]
upper = np.broadcast_to(np.arange(shape[0])[:, None, None] < shape[0] // 2, shape)
known = tf.constant(upper, tf.float32)


def small(x):
    """Means of 2x2 pixels."""
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")


def upper_half(x):
    """The upper half, and a channel that is 1 where it is known."""
    return tf.concat([x * known, known * tf.ones_like(x)], axis=-1)


classifier = kgen.metrics.fit_classifier(train)
rows = []


def judge(name, x, counts):
    """Prints how near images are to the truth, where `counts` is true."""
    error = np.mean((x - images)[:, counts] ** 2)
    share = np.mean(np.argmax(classifier(x), axis=1) == labels)
    print(
        f"{name:28} of held-out digits: squared error {error:.4f}, taken for the true "
        f"digit {share:.1%}"
    )
    rows.append(x)


for task, condition, counts in (
    ("enlarged", small, np.ones(shape, bool)),
    ("completed", upper_half, ~upper),
):
    pairs = train.map(lambda x, _, condition=condition: (x, condition(x)))
    context = condition(images).numpy()
    model = shared.diffusion_of_digits(
        pairs, args.epochs, context_shape=context.shape[1:]
    )
    bound = np.mean(model.elbo(images, context=context, seed=0))
    bits = kgen.metrics.bits_per_dimension(float(bound), shape)
    print(f"{task}: {bits:.3f} bits per dimension of held-out digits, given the image")
    draws = [model.sample(context=context, seed=k).numpy() for k in range(8)]
    if task == "enlarged":
        bicubic = tf.image.resize(context, shape[:2], "bicubic").numpy()
        judge("bicubic interpolation", np.clip(bicubic, 0, 1), counts)
        error = np.mean((small(draws[0]) - context) ** 2)
        print(f"A draw made small again: squared error to the given image {error:.5f}")
    else:
        rows.append(np.where(upper, images, 0.5))
    judge(f"{task}, one draw", draws[0], counts)
    rows.append(draws[1])
    judge(f"{task}, mean of 8 draws", np.mean(draws, axis=0), counts)
rows.append(images)

first = np.concatenate([np.flatnonzero(labels == digit)[:2] for digit in range(10)])
print("Rows: bicubic, two draws, their mean; half, two draws, their mean; the truth")
path = args.output / "image_to_image.png"
picture = np.concatenate([x[first] for x in rows])
print(f"Wrote {kgen.plots.save_samples(picture, path, columns=20)}")
