"""Every example runs as a script; one epoch is enough to see that it does."""

import pathlib
import re
import runpy
import sys
from collections import Counter

import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "examples"
EXAMPLES = {
    path.stem: path.parent.name
    for path in sorted(FOLDER.glob("*/*.py"))
    if path.stem != "__init__"
}
# They trace many graphs, or large ones, or train for long.
SLOW = {
    "published_models",
    "all_figures",
    "anomaly_detection",
    "better_bounds",
    "between_vae_and_gan",
    "captions",
    "change_of_variables",
    "chorales",
    "colour_pixelcnn",
    "completion",
    "disentanglement",
    "conditional_flow",
    "conditional_gan",
    "conditional_pixelcnn",
    "conditional_vae",
    "continuous_flow",
    "contractive_autoencoder",
    "conv_autoencoder",
    "conditional_vae_by_hand",
    "cyclegan",
    "dcgan",
    "ddpm",
    "ddpm_by_hand",
    "debiasing",
    "deep_and_sparse",
    "denoising_autoencoder",
    "denoising_vae",
    "diffusion_2d",
    "diffusion_bound",
    "ode_likelihood",
    "diffflow",
    "digit_left_out",
    "duality_gap",
    "eigenfaces",
    "fakes",
    "energy_digits",
    "estimator_variance",
    "few_labels",
    "fixed_score",
    "flat_divergence",
    "losses_at_equal_budget",
    "made",
    "few_steps",
    "flow_anomaly",
    "flow_images",
    "flow_prior",
    "forward_diffusion",
    "gan",
    "gan_arithmetic",
    "gan_by_hand",
    "gan_or_vae",
    "guidance",
    "image_to_image",
    "identity_cheating",
    "infogan",
    "inpainting",
    "latent_arithmetic",
    "latent_diffusion",
    "learned_schedule",
    "latent_embedding",
    "mode_collapse",
    "mode_covering",
    "morphing",
    "one_batch_by_heart",
    "pca_and_autoencoder",
    "perceptual_loss",
    "pixelcnn",
    "pixelrnn",
    "pooled_autoencoder",
    "printed_digits",
    "progressive_gan",
    "realnvp",
    "robust_regression",
    "sampling_an_autoencoder",
    "scikit_learn",
    "slant_and_weight",
    "small_data",
    "stop_gradient",
    "swiss_roll",
    "sparse_autoencoder",
    "stackgan",
    "stylegan",
    "super_resolution",
    "table_of_layers",
    "time_series",
    "training_for_real",
    "two_interpolations",
    "unet_segmentation",
    "unsupervised_translation",
    "variations",
    "transposed_convolution",
    "unet_by_hand",
    "vae_by_hand",  # `test_lectures` runs it.
    "vq_vae",
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
    command = [f"{name}.py", "--epochs", "1", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    runpy.run_module(f"examples.{EXAMPLES[name]}.{name}", run_name="__main__")
    output = capsys.readouterr().out
    assert "held-out" in output.lower().replace(" ", "-")
    pictures = [line.split()[1] for line in output.splitlines() if "Wrote" in line]
    files = [path for path in tmp_path.iterdir() if path.suffix in (".png", ".gif")]
    assert pictures and len(pictures) == len(files)


def test_the_ladder_has_every_example_once():
    """In `examples/README.md`, under the heading of its wing."""
    found = Counter()
    for wing in (FOLDER / "README.md").read_text().split("\n## ")[1:]:
        folder = re.search(r"`(\w+)/`", wing.partition("\n")[0])[1]
        names = re.findall(r"^\| \d \| \[`(\w+)\.py`\]\((\S+)\) \|", wing, re.M)
        assert all(link == f"{folder}/{name}.py" for name, link in names)
        found.update((name, folder) for name, _ in names)
    assert found == Counter(EXAMPLES.items())
