"""Completing digits whose lower half is gone, by a model that never saw half a digit.

Every step puts the known half in place, with the noise of that time, and the model
draws the other half. In one pass the two halves do not adapt to each other. RePaint
repeats steps back and forth, adding noise and removing it again, until the halves fit.

A classifier takes 69 % of RePaint's completions for the true digit, and 56 % of those
from one pass; more steps in one pass do not help: 55 %. The Frechet distances to the
truth are 0.9 and 2.6. The lower half of the average training digit has the same squared
error as RePaint's halves, 0.08, but is not a digit: its distance is 40.
"""

import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100)
train, test = kgen.data.load(args.data, batch_size=128)
held_out = shared.arrays(test)
# Fewer in a short trial run.
images, labels = (rows[: 100 * args.epochs] for rows in held_out)
shape = images.shape[1:]

model = shared.diffusion_of_digits(train, args.epochs)

known = np.broadcast_to(np.arange(shape[0])[:, None, None] < shape[0] // 2, shape)
mean = shared.arrays(train)[0].mean(axis=0)
completions = {"average digit": np.where(known, images, mean)}
samplers = {
    "put in place": kgen.diffusion.Ancestral(num_steps=50),
    "the same, 250 steps": kgen.diffusion.Ancestral(num_steps=250),
    "RePaint": kgen.diffusion.RePaint(num_steps=50),
}
for name, sampler in samplers.items():
    found = model.sample(given=images, known=known, sampler=sampler, seed=0)
    completions[name] = found.numpy()
completions["truth"] = images

classifier = kgen.metrics.fit_classifier(train)
see = kgen.metrics.features(classifier)
for name, x in completions.items():
    share = np.mean(np.argmax(classifier(x), axis=1) == labels)
    error = np.mean((x - images)[:, ~known] ** 2)
    distance = kgen.metrics.frechet_distance(see(images), see(x))
    print(
        f"{name:20} of held-out digits: taken for the true digit {share:.1%}, squared "
        f"error of the lower half {error:.3f}, Frechet distance to the truth "
        f"{distance:.2f}"
    )

first = np.concatenate([np.flatnonzero(labels == digit)[:2] for digit in range(10)])
rows = [np.where(known, images[first], 0.5)]
rows += [x[first] for x in completions.values()]
print(f"Rows: the known half; {', '.join(completions)}")
path = args.output / "inpainting.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=20)}")
