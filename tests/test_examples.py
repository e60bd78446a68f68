"""Every example runs as a script; one epoch is enough to see that it does."""

import pathlib
import runpy
import sys

import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "shared")
# They trace many graphs, or large ones; each wing keeps some that are quick.
SLOW = {
    "captions",
    "colour_pixelcnn",
    "conditional_flow",
    "conditional_pixelcnn",
    "ddpm",
    "diffusion_2d",
    "diffusion_bound",
    "duality_gap",
    "few_steps",
    "flow_anomaly",
    "flow_images",
    "flow_prior",
    "gan_arithmetic",
    "gan_or_vae",
    "guidance",
    "inpainting",
    "latent_diffusion",
    "mode_collapse",
    "pixelrnn",
    "time_series",
    "unet_segmentation",
    "vq_vae_pixelcnn",
    "wasserstein",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in EXAMPLES
    ],
)
def test_example(name, tmp_path, monkeypatch, capsys, tfds_dir):
    monkeypatch.syspath_prepend(FOLDER)
    command = [f"{name}.py", "--epochs", "1", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    runpy.run_path(FOLDER / f"{name}.py", run_name="__main__")
    output = capsys.readouterr().out
    assert "held-out" in output.lower().replace(" ", "-")
    pictures = [line.split()[1] for line in output.splitlines() if "Wrote" in line]
    files = [path for path in tmp_path.iterdir() if path.suffix in (".png", ".gif")]
    assert pictures and len(pictures) == len(files)
