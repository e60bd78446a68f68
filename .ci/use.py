"""Imports every module of the installed kgen, and trains and loads a tiny model."""

import importlib
import pkgutil
import tempfile

import keras
import numpy as np

import kgen

modules = [m.name for m in pkgutil.walk_packages(kgen.__path__, "kgen.")]
for name in modules:
    importlib.import_module(name)
model = kgen.build("vae", data_shape=(8, 8, 1), latent_dim=2, seed=0)
model.fit(np.zeros((8, 8, 8, 1), "float32"), verbose=0)
with tempfile.TemporaryDirectory() as folder:
    model.save(f"{folder}/model.keras")
    again = keras.saving.load_model(f"{folder}/model.keras")
np.testing.assert_array_equal(again.sample(2, seed=0), model.sample(2, seed=0))
print(f"{len(modules)} modules of {kgen.__path__[0]} import, and a model trains.")
