"""Commands on a run, its `.keras` file and its SavedModel give the same arrays."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import kgen
from kgen import runs
from kgen.cli import main
from tests.choice import parametrize

pytestmark = pytest.mark.usefixtures("tfds_dir")
TINY = ("--set", "filters=[4]", "--set", "hidden=8,4", "--batch-size", 512)


def run(*arguments, exit_code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == exit_code, result.output + repr(result.exception)
    return result.output


def refused(message, *arguments, exit_code=1):
    output = run(*arguments, exit_code=exit_code)
    assert message in " ".join(output.split()), output
    assert "Traceback" not in output


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tfds_dir):
    """A run of a conditional VAE, and what it printed."""
    folder = tmp_path_factory.mktemp("commands")
    command = ("train", "cvae", "--binarize", "--latent-dim", 3, *TINY)
    served = ("--export", folder / "served")
    output = run(*command, "--epochs", 3, "--run-dir", folder / "run", *served)
    (folder / "output.txt").write_text(output)
    return folder


@pytest.fixture(scope="module")
def held_out():
    _, test = kgen.data.load("digits", batch_size=360, binarize=True)
    return next(iter(test.as_numpy_iterator()))


PLACES = {
    "run": ("run",),
    "file": ("run/model.keras", "--data", "digits", "--binarize"),
    "served": ("served", "--data", "digits", "--binarize"),
}


def arrays(path):
    with np.load(path) as file:
        return dict(file)


@parametrize("place", list(PLACES), 1)
def test_codes_and_reconstructions_are_those_of_the_model(
    place, folder, held_out, tmp_path
):
    x, labels = held_out
    model, _ = runs.load(folder / "run")
    path, *data = PLACES[place]
    output = run("encode", folder / path, *data, "-o", tmp_path / "new" / "z.npz")
    assert "z (360, 3) float32, labels (360,) int32" in output
    found = arrays(tmp_path / "new" / "z.npz")
    np.testing.assert_allclose(found["z"], model.encode(x, labels), atol=1e-5)
    assert np.array_equal(found["labels"], labels)
    run("encode", folder / path, *data, "-n", 7, "-o", tmp_path / "z.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "z.npy"), found["z"][:7])

    command = ("reconstruct", folder / path, *data, "-n", 5)
    run(*command, "-o", tmp_path / "r.npz")
    found = arrays(tmp_path / "r.npz")
    assert np.array_equal(found["x"], x[:5]) and len(found["labels"]) == 5
    expected = model.reconstruct(x[:5], labels[:5])
    np.testing.assert_allclose(found["reconstructions"], expected, atol=1e-5)
    run(*command, "-o", tmp_path / "r.png")
    with Image.open(tmp_path / "r.png") as picture:
        assert picture.width / picture.height == pytest.approx(5 / 2, rel=0.05)


@parametrize("place", list(PLACES), 1)
def test_paths_join_reconstructions_of_one_class(place, folder, held_out, tmp_path):
    path, *data = PLACES[place]
    model, _ = runs.load(folder / "run")
    command = ("interpolate", folder / path, *data, "-n", 12, "--steps", 4)
    run(*command, "-o", tmp_path / "i.npz")
    found = arrays(tmp_path / "i.npz")
    assert found["x"].shape == (12, 4, 8, 8, 1) and found["z"].shape == (12, 4, 3)
    assert list(found["labels"]) == [*range(10), 0, 1]
    # The ends are held-out examples, as the model reconstructs them.
    x, labels = held_out
    rebuilt = np.asarray(model.reconstruct(x, labels))
    for step in (0, -1):
        for end, label in zip(found["x"][:, step], found["labels"], strict=True):
            errors = np.abs(rebuilt[labels == label] - end).max((1, 2, 3))
            assert errors.min() < 1e-5
    np.testing.assert_allclose(
        found["z"][:, 1], found["z"][:, 0] * 2 / 3 + found["z"][:, -1] / 3, atol=1e-5
    )
    run(*command, "-o", tmp_path / "i.gif", "--mode", "slerp")
    with Image.open(tmp_path / "i.gif") as film:
        assert film.n_frames == 6  # There and back.
    run(*command, "-o", tmp_path / "i.png")
    with Image.open(tmp_path / "i.png") as picture:
        assert picture.width / picture.height == pytest.approx(4 / 12, rel=0.1)


def test_samples_as_arrays_have_their_classes(folder, tmp_path):
    model, _ = runs.load(folder / "run")
    for place in ("run", "run/model.keras", "served"):
        command = ("sample", folder / place, "-n", 5, "--labels", "3,7", "--seed", 2)
        run(*command, "-o", tmp_path / "x.npz")
        run(*command, "-o", tmp_path / "x.npy")
        found = arrays(tmp_path / "x.npz")
        assert list(found["labels"]) == [3, 7, 3, 7, 3]
        expected = model.sample(labels=found["labels"], seed=2)
        np.testing.assert_allclose(found["x"], expected, atol=1e-5)
        assert np.array_equal(np.load(tmp_path / "x.npy"), found["x"])


def test_training_says_what_may_come_next(folder):
    lines = (folder / "output.txt").read_text().strip().splitlines()
    run = folder / "run"
    assert lines[-1] == f"Next: kgen sample {run}, or kgen explore {run}"
    told = [line for line in lines if "The remaining 1 epoch takes about" in line]
    assert len(told) == 1 and lines.index(told[0]) < lines.index("Epoch 3/3")


@pytest.mark.slow
def test_figures_and_export_of_a_file(folder, tmp_path):
    file = folder / "run" / "model.keras"
    data = ("--data", "digits", "--binarize")
    found = run("evaluate", file, *data).splitlines()
    assert found == run("evaluate", folder / "run").splitlines()
    assert found[1:] != run("evaluate", file, "--data", "digits").splitlines()[1:]
    both = run("evaluate", folder / "run", file, *data, "--num-draws", 2)
    assert str(file) in both and str(folder / "run") in both
    output = run("export", file, "-o", tmp_path / "served")
    assert f"Exported: {tmp_path / 'served' / '1'}" in output
    message = f"{file} does not say which data it is for. Pass --data, such as --data "
    refused(f"{message}digits, or the run folder {file.parent}", "evaluate", file)


def test_a_run_is_repeated_from_its_record(folder, tmp_path):
    record = folder / "run" / "run.json"
    run("train", "--from", record, "--run-dir", tmp_path / "again")
    weights = [
        runs.load(path)[0].get_weights()
        for path in (folder / "run", tmp_path / "again")
    ]
    for one, other in zip(*weights, strict=True):
        assert np.array_equal(one, other)
    again = json.loads((tmp_path / "again" / "run.json").read_text())
    assert again == json.loads(record.read_text()) and again["epochs"] == 3


@pytest.mark.slow
def test_options_replace_those_of_the_record(folder, tmp_path):
    changes = ("--epochs", 1, "--set", "filters=5", "--set", "filters=[5]")
    source = ("--from", folder / "run")
    refused("--set filters is given twice", "train", *source, *changes, exit_code=2)
    changes = ("--epochs", 1, "--set", "filters=[5]", "--seed", 3, "--no-binarize")
    run("train", "cvae", *source, *changes, "--run-dir", tmp_path)
    _, record = runs.load(tmp_path)
    assert record["settings"] == {"filters": [5], "hidden": [8, 4], "latent_dim": 3}
    assert record["data"] == {
        **{"name": "digits", "batch_size": 512, "image_size": None},
        **{"binarize": False, "color_mode": "rgb", "seed": 3},
    }
    assert (record["seed"], record["epochs"], record["recipe"]) == (3, 1, "cvae")


def test_records_that_do_not_fit_are_refused(folder, tmp_path):
    source = ("train", "--from", folder / "run" / "run.json")
    message = "RECIPE is 'vae', but the run of --from is of 'cvae'"
    refused(message, "train", "vae", *source[1:], exit_code=2)
    refused("RECIPE is missing: give its name, or --from", "train", exit_code=2)
    record = json.loads((folder / "run" / "run.json").read_text())
    for change, message in (
        ({"recipe": 3}, "does not say the recipe of a run as str"),
        ({"log": "mlflow"}, "does not say the log of a run as list"),
        ({"log": ["mlfow"]}, "Unknown logger 'mlfow'"),
        ({"recipe": "vee"}, "Unknown recipe 'vee'"),
        ({"strategy": "double"}, "'double' is not one of"),
        ({"data": {"name": "digits"}}, "is no record of a run: its data is"),
        ({"kgen_format": 10**6}, "later kgen"),
    ):
        path = tmp_path / "run.json"
        path.write_text(json.dumps({**record, **change}))
        code = 2 if "one of" in message else 1
        refused(message, "train", "--from", path, exit_code=code)
    path.write_text("[]")
    refused("does not say the recipe", "train", "--from", path)
    path.write_text(json.dumps({**record, "latent_dim": 7}))
    refused("latent_dim, which would have no effect", "train", "--from", path)


def test_what_a_command_cannot_take_is_refused_by_name(folder, tmp_path):
    served, file = folder / "served", folder / "run" / "model.keras"
    for command in ("evaluate", ("export", "-o", tmp_path / "to")):
        name, *options = (command,) if isinstance(command, str) else command
        refused(f"{served} is a SavedModel", name, served, *options)
    for command in ("encode", "reconstruct", "interpolate"):
        refused("does not say which data it is for", command, served)
        refused("is no run folder, .keras file or Saved", command, tmp_path / "nowhere")
        options = ("--binarize",)
        message = "Options of the data were given without --data NAME"
        refused(message, command, file, *options, exit_code=2)
        refused("of shape", command, served, "--data", "moons")
    message = "z.png has no ending of arrays: name it .npy"
    refused(message, "encode", folder / "run", "-o", "z.png", exit_code=2)
    refused("path='a.txt'", "sample", folder / "run", "-o", "a.txt")
    message = "pairs of examples of one class. Give a smaller number"
    refused(message, "interpolate", folder / "run", "-n", 1000, exit_code=2)
    message = "--seed was given, but the ends of paths are held-out examples"
    refused(message, "interpolate", folder / "run", "--seed", 1, exit_code=2)
    message = "data is drawn behind points only"
    refused(message, "sample", folder / "run", "--data", "digits", exit_code=2)


def test_a_gan_has_paths_between_random_ends(tmp_path):
    gan = kgen.build("gan", (8, 8, 1), 2, filters=(4,), latent_dim=3, seed=0)
    gan.save(tmp_path / "gan.keras")
    command = ("interpolate", tmp_path / "gan.keras", "--mode", "slerp")
    run(*command, "-n", 3, "--steps", 4, "--seed", 5, "-o", tmp_path / "x.npz")
    found = arrays(tmp_path / "x.npz")
    assert found["x"].shape == (3, 4, 8, 8, 1) and list(found["labels"]) == [0, 1, 0]
    # The ends are samples.
    samples = gan.sample(labels=[0, 1, 0, 0, 1, 0], seed=5)
    np.testing.assert_allclose(found["x"][:, 0], samples[:3], atol=1e-5)
    np.testing.assert_allclose(found["x"][:, -1], samples[3:], atol=1e-5)
    message = "--data was given, but a GAN has no codes of data"
    refused(message, *command, "--data", "digits", exit_code=2)
    refused("a GAN without the verb `encode`", "encode", tmp_path / "gan.keras")
    kgen.export(gan, tmp_path / "served")
    refused(
        "a SavedModel without the verb `encode`", "interpolate", tmp_path / "served"
    )


def test_points_codes_and_models_with_a_context(tmp_path):
    flow = kgen.build("realnvp", (2,), hidden=(4,), num_steps=2, seed=0)
    flow.save(tmp_path / "flow.keras")
    command = (tmp_path / "flow.keras", "--data", "moons")
    for name in ("sample", "interpolate"):
        run(name, *command, "-n", 20, "-o", tmp_path / f"{name}.png")
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.size == (500, 450)
    refused("a Flow without the verb `reconstruct`", "reconstruct", *command)
    codes = kgen.build("vq-vae", (8, 8, 1), filters=(4,), seed=0)
    codes.save(tmp_path / "vq.keras")
    command = (tmp_path / "vq.keras", "--data", "digits", "-n", 6)
    run("encode", *command, "-o", tmp_path / "z.npy")
    assert np.load(tmp_path / "z.npy").dtype == "int32"
    run("reconstruct", *command, "-o", tmp_path / "r.npy")
    assert np.load(tmp_path / "r.npy").shape == (6, 8, 8, 1)
    refused("integers are indices of a codebook", "interpolate", *command[:3], "-n", 2)
    other = kgen.build("vae", (4,), context_shape=(3,), hidden=(3,), latent_dim=2)
    other.save(tmp_path / "other.keras")
    message = "needs a context with each example"
    refused(message, "encode", tmp_path / "other.keras", "--data", "moons")
