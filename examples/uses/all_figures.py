"""All figures of quality for five families on the same digits.

A GAN, a VAE, a flow, a PixelCNN and a diffusion model learn digits by class. Then all
figures judge each of them, by one classifier of the data. They do not agree on the best
model. The page that is written shows samples, neighbours and spectra beside them.
"""

import time
import warnings

import numpy as np

import kgen
from examples import shared
from kgen.recipes import RECIPES

args = shared.parse(__doc__, epochs=0)  # 0 takes each recipe's own number.
train, test = kgen.data.load(args.data, batch_size=64)
shape = tuple(train.element_spec[0].shape[1:])
NUM_SAMPLES = 1000
FAMILIES = {
    "GAN": ("dcgan", {}),
    "VAE": ("cvae", {"levels": 17}),
    "flow": ("glow", {"levels": 17}),
    "PixelCNN": ("pixelcnn", {"levels": 17}),
    "diffusion": ("ddpm", {}),
}

report = args.output / "all_figures.html"
models, seconds = {}, {}
for name, (recipe, settings) in FAMILIES.items():
    kgen.seed_everything(0, deterministic=False)
    if args.data != "digits":
        settings = {}
    model = kgen.build(recipe, shape, num_classes=10, seed=0, **settings)
    epochs = args.epochs or RECIPES[recipe].epochs_for(shape, len(train))
    start = time.process_time()
    model.fit(train, epochs=epochs, verbose=0)
    trained = time.process_time() - start
    labels = [i % 10 for i in range(NUM_SAMPLES)]
    model.sample(labels=labels, seed=0)  # The first call makes the graph.
    start = time.process_time()
    model.sample(labels=labels, seed=1)
    sampled = time.process_time() - start
    models[name] = model
    seconds[name] = trained, sampled
    print(f"{name}: trained for {epochs} epochs")

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore", kgen.metrics.FewSamplesWarning
    )  # It is in the page.
    found = kgen.evaluate(
        models,
        test,
        "all",
        train,
        num_samples=NUM_SAMPLES,
        report=report,
        verbose=True,
    )

names = list(dict.fromkeys(name for each in found.values() for name in each))
print(f"\n| figure | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
for name in names:
    values = [each.get(name) for each in found.values()]
    if not any(isinstance(value, str) for value in values):
        cells = ("" if value is None else f"{value:.4g}" for value in values)
        print(f"| {name} | {' | '.join(cells)} |")

rival = kgen.build("lsgan", shape, num_classes=10, seed=0)
rival.fit(train, epochs=args.epochs or 20, verbose=0)
gan = models["GAN"]
swapped = kgen.metrics.generative_adversarial_metric(gan, rival, test)
print(f"\nDCGAN against LSGAN, discriminators swapped: {swapped}")
played = kgen.metrics.tournament({"dcgan": gan, "lsgan": rival}, test)
skill = kgen.metrics.skill_ratings(played["win_rates"])["generators"]
print(f"Win rates {played['generators']}, skill ratings {skill.round()}")

print("\nCPU seconds to train and to draw 1,000 samples:")
for name, (trained, sampled) in seconds.items():
    print(f"{name}: {trained:.0f} and {sampled:.2f}")
print(f"Report of {found['GAN']['num_examples']} held-out images: {report}")

rows = [model.sample(labels=list(range(10)), seed=0) for model in models.values()]
path = args.output / "all_figures.png"
print(f"Wrote {kgen.plots.save_samples(np.stack(rows), path)}")
