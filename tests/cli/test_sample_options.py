"""Options of `sample` on the command line, for a file and what is exported from it."""

import numpy as np
import pytest

import kgen

from .test_commands import refused, run

SETTINGS = {"num_classes": 2, "network": "mlp", "hidden": (8,), "num_timesteps": 12}


@pytest.fixture(scope="module")
def ddpm():
    return kgen.build("ddpm", (3,), seed=0, **SETTINGS)


@pytest.fixture(scope="module")
def places(ddpm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("options")
    ddpm.save(folder / "model.keras")
    command = ("export", folder / "model.keras", "-o", folder / "served")
    run(*command, "--option", "guidance", "--num-steps", 2, "--num-steps", 3)
    return folder / "model.keras", folder / "served"


@pytest.mark.parametrize(
    ("option", "given"),
    [
        (("--guidance", 2.5), {"guidance": 2.5}),
        (("--num-steps", 3), {"sampler": kgen.diffusion.DPMSolver(3)}),
    ],
    ids=["guidance", "num_steps"],
)
def test_samples_are_those_of_python(option, given, ddpm, places, tmp_path):
    expected = ddpm.sample(labels=[1, 0], seed=4, **given)
    for place in places:
        command = ("sample", place, "-n", 2, "--labels", "1,0", "--seed", 4, *option)
        run(*command, "-o", tmp_path / "x.npy")
        found = np.load(tmp_path / "x.npy")
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_what_is_not_there_is_refused(places, tmp_path):
    file, served = places
    for place in places:
        message = "sample` was given temperature" if place == file else "no signature"
        refused(message, "sample", place, "--temperature", 2)
    refused("has 12 steps", "sample", file, "--num-steps", 13)
    refused("no signature 'sample_13_steps'", "sample", served, "--num-steps", 13)
    command = ("export", file, "-o", tmp_path / "new", "--option", "temperature")
    refused("has guidance and given to serve", *command)
