"""Imports are lazy, and yet everything is found."""

import inspect
import subprocess
import sys

import pytest

import kgen
from tests.choice import parametrize

HEAVY = (
    "keras",
    "matplotlib",
    "sklearn",
    "tensorflow",
    "tensorflow_datasets",
    "tensorflow_probability",
)


def run(code):
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import kgen",
        "import kgen.data; kgen.data.names(); kgen.data.density('moons')",
        "from click.testing import CliRunner; from kgen.cli import main;"
        "[CliRunner().invoke(main, [*command, '--help'], catch_exceptions=False)"
        " for command in ([], ['train'], ['sample'], ['evaluate'])]",
    ],
    ids=["kgen", "data", "help"],
)
def test_heavy_libraries_wait_until_they_are_needed(code):
    loaded = run(f"{code}; import sys; print([m for m in {HEAVY} if m in sys.modules])")
    assert loaded.strip() == "[]"


FIRST_USES = """
import sys, tensorflow
for name in NAMES:
    for module in list(sys.modules):
        if module.split(".")[0] in ("kgen", "keras"):
            del sys.modules[module]
    import kgen
    getattr(kgen, name)
    import keras
    assert keras.saving.get_registered_object("kgen>VAE") is kgen.VAE, name
"""


@pytest.mark.slow
def test_any_name_may_be_the_first_that_is_used():
    """Each as if in a new process, where Keras is not imported yet."""
    modules = [n for n in kgen.__all__ if inspect.ismodule(getattr(kgen, n))]
    names = ["build", "VAE", "GenerativeModel", "export", *modules]
    run(FIRST_USES.replace("NAMES", repr(names)))
    assert "vae" in run("from kgen.cli import main; main(['list'])")


@parametrize("first", ["kgen.likelihoods", "kgen, tensorflow", "kgen.testing"], 1)
def test_models_are_registered_though_tensorflow_is_imported_before_keras(first):
    found = "keras.saving.get_registered_object('kgen>VAE') is kgen.VAE"
    assert run(f"import kgen; import {first}; import keras; print({found})") == "True\n"


REGISTERED = """
import importlib, pkgutil, kgen, keras
known = {n for n in keras.saving.get_custom_objects() if n.startswith("kgen>")}
for module in pkgutil.walk_packages(kgen.__path__, prefix="kgen."):
    importlib.import_module(module.name)
print(sorted(set(keras.saving.get_custom_objects()) - known))
"""


def test_a_file_may_name_any_class_of_kgen():
    """Those of optimizers, too: no module is imported later that registers one."""
    assert run(REGISTERED) == "[]\n"


def test_all_public_names_resolve():
    assert set(kgen.__all__) <= set(dir(kgen))
    for name in kgen.__all__:
        assert getattr(kgen, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        kgen.nothing  # noqa: B018


def test_a_fresh_process_loads_a_model_and_finds_the_digits(tmp_path, tfds_dir):
    """Neither Keras nor TFDS knows kgen's classes unless kgen registers them."""
    kgen.build("vae", (4,), latent_dim=2, hidden=(3,)).save(tmp_path / "model.keras")
    kgen.data.load("digits")
    output = run(
        "import kgen, keras, tensorflow_datasets as tfds;"
        f"model = keras.saving.load_model({str(tmp_path / 'model.keras')!r});"
        "print(type(model).__name__, len(tfds.load('digits', split='test')))"
    )
    assert output.split() == ["VAE", "360"]
