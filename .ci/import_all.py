"""Imports every module of kgen as it was installed, and builds and trains a model."""

import importlib
import pathlib
import pkgutil
import sys

sys.path.remove(str(pathlib.Path(__file__).parent))

import numpy as np

import kgen

for module in pkgutil.walk_packages(kgen.__path__, "kgen."):
    importlib.import_module(module.name)
model = kgen.build("vae", (8, 8, 1), latent_dim=2, seed=0)
model.fit(np.zeros((4, 8, 8, 1), "float32"), verbose=0)
print("Imported", kgen.__path__[0], "and drew", model.sample(2, seed=0).shape)
