"""A denoising diffusion model on digits: a network that learns to take noise away.

Training is a regression: an image gets the noise of a random time t, and the U-Net
predicts the noise from the image and t. 1,000 predictions lead from noise to a digit:
the strip shows ten draws on their way, recognisable from the middle on. By a
classifier's features, samples are nearly as close to held-out digits as training digits
are: Frechet distance 2.0, and 1.1 for training digits.

The bound on log p(x) is a sum over all times; a hundred of them, drawn by importance,
estimate it without bias. At 3.7 bits per dimension it is poor, worse than independent
pixels (2.4): the bound has its largest weights at noise far finer than the 17 levels of
grey, which the simple loss neglects. `diffusion_bound.py` trains for the bound.
"""

import time

import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=100)
train, test = kgen.data.load(args.data, batch_size=128)
shape = train.element_spec[0].shape[1:]
images, _ = shared.arrays(test)

start = time.perf_counter()
model = shared.diffusion_of_digits(train, args.epochs, target="noise")
seconds = time.perf_counter() - start
print(f"{model.count_params():,} weights, trained for {seconds:.0f} s")

bounds = model.elbo(images, num_time_samples=100, seed=0).numpy()
bits = kgen.metrics.bits_per_dimension(bounds.mean(), shape)
error = bounds.std() / np.sqrt(len(bounds))
print(
    f"Held-out digits: at most {-bounds.mean():.1f} ± {error:.1f} nats, "
    f"{bits:.3f} bits per dimension"
)

samples = model.sample(1000, seed=0).numpy()
print(f"Drawn by {model.sampler}:")
shared.report_samples(kgen.metrics.fit_classifier(train), train, test, ddpm=samples)
path = args.output / "ddpm_samples.png"
print(f"Wrote {kgen.plots.save_samples(samples[:128], path, columns=16)}")

# From noise, on the left, to digits, along the thousand steps of the chain.
strip = model.trajectory(10, seed=0, sampler="ancestral", num_frames=21)
path = args.output / "ddpm_trajectory.png"
print(f"Wrote {kgen.plots.save_samples(strip, path)}")
