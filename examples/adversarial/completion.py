"""Digits with a hole, completed by smoothness, by diffusion and by a game.

Each held-out digit gets a square hole of half its sides at a random place. The average
training digit knows nothing of the rest. Biharmonic interpolation continues it as
smoothly as can be. RePaint draws what fits by a diffusion model, which is trained for
about as long as the Inpainter. The Inpainter completes a digit in one pass of its
generator.
"""

import time

import numpy as np
from skimage.restoration import inpaint_biharmonic

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
images, labels = (rows[: 100 * args.epochs] for rows in shared.arrays(test))
size = np.array(images.shape[1:3])

rng = np.random.default_rng(0)
first = rng.integers(0, size - size // 2 + 1, (len(images), 2))
place = np.indices(size).transpose(1, 2, 0)[None] - first[:, None, None]
mask = np.all((0 <= place) & (place < size // 2), axis=-1, keepdims=True)

inpainter = kgen.build("inpainter", images.shape[1:], hole=(0.3, 0.6), seed=0)
start = time.perf_counter()
inpainter.fit(train, epochs=args.epochs, verbose=0)
seconds = {"Inpainter": time.perf_counter() - start}
start = time.perf_counter()
diffusion = shared.diffusion_of_digits(train, args.epochs)
seconds["RePaint"] = time.perf_counter() - start

completions = {
    "average digit": np.where(mask, shared.arrays(train)[0].mean(axis=0), images),
    "biharmonic": np.stack(
        [
            inpaint_biharmonic(image, hole[..., 0], channel_axis=-1)
            for image, hole in zip(images, mask, strict=True)
        ]
    ),
    "RePaint": diffusion.sample(
        given=images,
        known=np.broadcast_to(~mask, images.shape),
        sampler=kgen.diffusion.RePaint(num_steps=50),
        seed=0,
    ).numpy(),
    "Inpainter": inpainter.complete(images, mask).numpy(),
    "truth": images,
}

classifier = kgen.metrics.fit_classifier(train)
hole = np.broadcast_to(mask, images.shape)
for name, x in completions.items():
    share = np.mean(np.argmax(classifier(x), axis=1) == labels)
    error = np.mean((x - images)[hole] ** 2)
    trained = f", trained for {seconds[name]:.0f} s" if name in seconds else ""
    print(
        f"{name:13} of held-out digits: squared error in the hole {error:.4f}, taken "
        f"for the true digit {share:.1%}{trained}"
    )

shown = np.concatenate([np.flatnonzero(labels == digit)[:2] for digit in range(10)])
rows = [np.where(hole, 0.5, images)[shown]]
rows += [x[shown] for x in completions.values()]
print(f"Rows: the hole; {', '.join(completions)}")
path = args.output / "completion.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=20)}")
