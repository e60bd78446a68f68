"""Makes the models that come with kgen: `python .ci/ship.py runs`.

It trains those that have no run in that folder, some minutes in all, and publishes them
in `kgen/hub/models`. They are small: the optimizer starts anew, and files are packed.
"""

import pathlib
import shutil
import sys
import tempfile
import zipfile

import kgen
from kgen import hub, runs

TARGET = pathlib.Path(__file__).parents[1] / "kgen" / "hub" / "models"
SMALL = {"filters": [16, 32]}
# Arguments of `kgen.runs.train`; `binarize` is one of the data.
MODELS = {
    "digits-autoencoder": {
        "recipe": "autoencoder",
        "settings": {"hidden": [64], "latent_dim": 16},
        "epochs": 100,
    },
    "digits-vae": {"recipe": "vae", "settings": SMALL, "epochs": 100, "binarize": True},
    "digits-cvae": {
        "recipe": "cvae",
        "settings": SMALL,
        "epochs": 100,
        "binarize": True,
        "conditional": True,
    },
    "digits-vqvae": {"recipe": "vq-vae", "settings": SMALL, "epochs": 60},
    "digits-gan": {"recipe": "wgan-gp", "settings": SMALL, "conditional": True},
    "digits-pixelcnn": {
        "recipe": "gated-pixelcnn",
        "settings": {"width": 16, "num_blocks": 4},
        "binarize": True,
    },
    "digits-flow": {"recipe": "nsf", "settings": {"hidden": [32, 32], "num_steps": 2}},
    "digits-ddpm": {"recipe": "ddpm", "settings": {"filters": [8, 16]}, "epochs": 100},
}


def main(folder):
    """Trains and publishes all of them."""
    for name, arguments in MODELS.items():
        run = pathlib.Path(folder, name)
        if not (run / "metrics.json").exists():
            arguments = dict(arguments)
            data = runs.DataSettings(binarize=arguments.pop("binarize", False))
            runs.train(data_settings=data, run_dir=run, **arguments)
        with tempfile.TemporaryDirectory() as temporary:
            ship(run, pathlib.Path(temporary), name)


def ship(run, copy, name):
    """Publishes a run by way of a copy, whose model is packed."""
    pictures = ("samples.png", "reconstructions.png")
    picture = next(each for each in pictures if (run / each).exists())
    for file in ("metrics.json", "run.json", picture):
        shutil.copyfile(run / file, copy / file)
    model = kgen.load(run)
    # Optimizers that start anew are zeros, which take no space when packed.
    model.compile_from_config(model.get_compile_config())
    model.save(copy / "whole.keras")
    options = {"compression": zipfile.ZIP_DEFLATED, "compresslevel": 9}
    with (
        zipfile.ZipFile(copy / "whole.keras") as whole,
        zipfile.ZipFile(copy / "model.keras", "w", **options) as packed,
    ):
        for part in whole.namelist():
            packed.writestr(part, whole.read(part))
    card = hub.card(copy, license="mit")
    card.write_text(card.read_text().replace("PLACE", name))
    shutil.rmtree(TARGET / name, ignore_errors=True)
    hub.push(copy, TARGET / name)


if __name__ == "__main__":
    main(*sys.argv[1:2] or ["runs"])
