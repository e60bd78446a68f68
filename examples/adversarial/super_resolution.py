"""Photographs enlarged four times: by interpolation, by regression and by a game.

Patches of five photographs are for training, three photographs are held out. SRResNet
minimises the distance of each pixel from the truth, so where the small image leaves
open what was there, it takes the middle: it has the best PSNR and SSIM, and is smooth.
The SRGAN starts from it and learns to draw what looks sharp. The last number of a line
is the power of high frequencies relative to the truth: 1 is as sharp.
"""

import keras
import numpy as np
from skimage import data
from sklearn.datasets import load_sample_image

import kgen
from examples import shared

FACTOR, SIDE, DETAIL = 4, 48, 96
TRAINING = (
    data.astronaut(),
    data.rocket(),
    data.hubble_deep_field(),
    data.stereo_motorcycle()[0],
    load_sample_image("china.jpg"),
)
HELD_OUT = (data.coffee(), data.chelsea(), load_sample_image("flower.jpg"))


def photographs(images):
    """Images in [0, 1], cropped so that `FACTOR` divides their sides."""
    sides = [[side // FACTOR * FACTOR for side in image.shape[:2]] for image in images]
    return [
        image[:height, :width].astype("float32") / 255
        for image, (height, width) in zip(images, sides, strict=True)
    ]


def patches(images, number, seed):
    """Random patches of random images, half of them mirrored."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        image = images[rng.integers(len(images))]
        top, left = (rng.integers(side - SIDE + 1) for side in image.shape[:2])
        patch = image[top : top + SIDE, left : left + SIDE]
        found.append(patch[:, ::-1] if rng.random() < 0.5 else patch)
    return np.stack(found)


def high_power(image):
    """Power of the frequencies that an image of `1 / FACTOR` the size cannot have."""
    grey = image.mean(axis=-1) - image.mean()
    window = np.outer(*(np.hanning(side) for side in grey.shape))
    power = np.abs(np.fft.fft2(grey * window)) ** 2
    rows, columns = (np.abs(np.fft.fftfreq(side)) for side in grey.shape)
    return power[np.maximum(rows[:, None], columns) > 0.5 / FACTOR].sum()


args = shared.parse(__doc__, epochs=30, data=None)
keras.utils.set_random_seed(0)
x = patches(photographs(TRAINING), 64 * args.epochs, seed=0)
held_out = patches(photographs(HELD_OUT), 64, seed=1)
fitting = {"batch_size": 16, "epochs": args.epochs, "verbose": 0}

rate = keras.optimizers.schedules.CosineDecay(2e-3, len(x) // 16 * args.epochs)
regression = kgen.build(
    "srresnet", x.shape[1:], width=16, num_blocks=4, learning_rate=rate, seed=0
)
regression.fit(x, validation_data=held_out, **fitting)
# The game trains the same network on, so its answers are kept.
images = photographs(HELD_OUT)
if args.epochs == 1:
    images = [image[:DETAIL, :DETAIL] for image in images]
low = [regression.downscale(image[None]) for image in images]
bicubic = kgen.networks.BicubicUpsampling2D(FACTOR)
enlarged = {
    "bicubic": [np.clip(bicubic(image)[0], 0, 1) for image in low],
    "SRResNet": [regression.upscale(image)[0].numpy() for image in low],
}
gan = kgen.build(
    "srgan",
    x.shape[1:],
    generator=regression.generator,
    filters=(16, 32, 64),
    adversarial_weight=0.03,
    seed=0,
)
gan.fit(x, validation_data=held_out, **fitting)
enlarged["SRGAN"] = [gan.upscale(image)[0].numpy() for image in low]

for name, found in enlarged.items():
    psnr, ssim, power = np.mean(
        [
            (
                kgen.metrics.psnr(truth[None], image[None])[0],
                kgen.metrics.ssim(truth[None], image[None])[0],
                high_power(image) / high_power(truth),
            )
            for truth, image in zip(images, found, strict=True)
        ],
        axis=0,
    )
    print(
        f"{name:9} of held-out photographs: PSNR {psnr:.2f} dB, SSIM {ssim:.3f}, "
        f"high frequencies {power:.2f} of the truth's power"
    )

details = []
for found in (*enlarged.values(), images):
    for image in found:
        top, left = ((side - DETAIL) // 2 for side in image.shape[:2])
        details.append(image[top : top + DETAIL, left : left + DETAIL])
print(f"Rows: {', '.join(enlarged)}, truth")
path = args.output / "super_resolution.png"
print(f"Wrote {kgen.plots.save_samples(np.stack(details), path, columns=3)}")
