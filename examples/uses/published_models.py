"""Models that are trained already: the ones that come with kgen, and one of your own.

`kgen.load` takes a name or a place. A place is a folder, one on a web server, or a
repository of Hugging Face. Its files are checked by their SHA-256, and a model card
tells what they are.
"""

import numpy as np

import kgen
from examples import shared
from kgen import hub, runs

args = shared.parse(__doc__, epochs=20)

rows, names = [], []
for name in hub.names():
    model, record = runs.load(hub.fetch(name))
    figures = record["held_out"]
    best = [key for key in ("log_prob", "iwae_bound", "elbo", "loss") if key in figures]
    found = f"{best[0]} {figures[best[0]]:.2f}" if best else "no likelihood"
    print(f"{name:20} {model.count_params():7,} weights, held-out {found}")
    if hasattr(model, "sample"):
        classes = None if model.num_classes is None else np.arange(10)
        labels = {} if classes is None else {"labels": classes}
        rows.append(np.asarray(model.sample(10, seed=0, **labels)))
        names.append(name)
path = args.output / "published_models.png"
print(f"Wrote {kgen.plots.save_samples(np.concatenate(rows), path, columns=10)}")
print(f"Rows: {', '.join(names)}")

# A model of one's own: trained, published in a folder, and loaded from there.
folder = args.output / "run"
data = runs.DataSettings(args.data, binarize=True)
runs.train("vae", {"filters": [8, 16]}, data, epochs=args.epochs, run_dir=folder)
place = hub.push(folder, args.output / "published" / "digits", license="mit")
loaded = kgen.load(place)
same = np.array_equal(loaded.sample(4, seed=0), kgen.load(folder).sample(4, seed=0))
print(f"The published model draws the same samples: {same}")
print((args.output / "published" / "digits" / "README.md").read_text())
