"""A run, a file and a SavedModel look the same to the page, and answer as the model."""

import io

import numpy as np
import pytest
from PIL import Image

import kgen
from kgen import runs
from kgen.explore.panels import PANELS, latent, training
from kgen.explore.pictures import SIDE, point_at
from kgen.explore.plane import Plane
from kgen.explore.playground.trial import FAMILIES, Trial
from kgen.explore.running import names_of, open_subjects
from kgen.explore.subject import Subject
from kgen.explore.uploads import example_of
from kgen.recipes import RECIPES
from kgen.runs import DataSettings

DIGITS = DataSettings(binarize=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tfds_dir):
    """A run of a VAE, and its export beside it."""
    folder = tmp_path_factory.mktemp("runs")
    settings = {"latent_dim": 2, "filters": (3, 4), "hidden": (8,)}
    model, _ = runs.train("vae", settings, DIGITS, run_dir=folder / "vae", epochs=1)
    kgen.export(model, folder / "served")
    return folder


@pytest.fixture(scope="module")
def vae(folder):
    (subject,) = open_subjects([folder / "vae"])
    return subject


def test_a_run_and_its_export_answer_alike(folder, vae):
    served, file = open_subjects([folder / "served", folder / "vae" / "model.keras"])
    x, _ = vae.examples
    for other in (served, file):
        assert (other.data_shape, other.latent_shape) == ((8, 8, 1), (2,))
        np.testing.assert_array_equal(other.sample(3, seed=5), vae.sample(3, seed=5))
        codes = other.encode(x[:4])
        np.testing.assert_allclose(codes, vae.encode(x[:4]), atol=1e-6)
    assert served.finds_codes and served.has_real_codes
    assert served.examples is None and served.run is None
    assert len(file.examples[0]) == 360


def test_scores_are_those_of_the_detector_and_of_the_signature(folder, vae):
    x = vae.examples[0][:5]
    kind, scores = vae.score(x)
    assert kind == "iwae_bound"
    expected = kgen.downstream.AnomalyDetector(vae.model).scores(x)
    np.testing.assert_array_equal(scores, expected)
    served = Subject(folder / "served")
    kind, scores = served.score(x)
    expected = served.call("reconstruct", x=x)
    assert kind == "reconstruction"
    np.testing.assert_allclose(scores, ((x - expected) ** 2).mean(axis=(1, 2, 3)))


def test_models_of_one_name_are_told_apart(folder, tmp_path):
    paths = [folder / "vae", folder / "served", folder / "a" / "served.keras"]
    found = names_of(paths)
    assert found == ["vae", f"{folder.name}/served", "a/served"]


def test_panels_say_what_a_model_lacks(vae):
    missing = {panel.TITLE: panel.missing(vae) for panel in PANELS}
    assert "PixelCNNs, diffusion models and inpainters do" in missing.pop("Completion")
    assert set(missing.values()) == {None}


@pytest.mark.slow
def test_options_of_each_family_change_its_samples(tmp_path):
    models = {
        "pixelcnn": {"width": 4, "num_blocks": 1},
        "ddpm": {"num_timesteps": 8, "num_classes": 3, "filters": (8,)},
    }
    rng = np.random.default_rng(0)
    for name, settings in models.items():
        model = kgen.build(name, (4, 4, 1), **settings)
        # The last layer of a new U-Net is 0, whatever its inputs are.
        model.set_weights(
            [w + rng.normal(0, 0.1, w.shape) for w in model.get_weights()]
        )
        model.save(tmp_path / f"{name}.keras")
    pixelcnn, ddpm = open_subjects(tmp_path / f"{name}.keras" for name in models)
    assert pixelcnn.options() == {"temperature": 1.0} and pixelcnn.steps() is None
    assert ddpm.options() == {"guidance": 1.0} and ddpm.steps() == 8
    usual = ddpm.sample(2, 0, label=1, num_steps=4, guidance=1.0)
    for changed in ({"label": 2}, {"num_steps": 8}, {"guidance": 4.0}):
        asked = {"label": 1, "num_steps": 4, "guidance": 1.0, **changed}
        assert not np.array_equal(usual, ddpm.sample(2, 0, **asked))
    assert latent.missing(pixelcnn) and training.missing(pixelcnn)
    options = {"options": ["temperature", "given"]}
    kgen.export(pixelcnn.model, tmp_path / "served", **options)
    served = Subject(tmp_path / "served")
    assert served.options() == {"temperature": 1.0} and served.completes
    asked = {"num_samples": 2, "seed": 3, "temperature": 0.5}
    np.testing.assert_array_equal(served.sample(**asked), pixelcnn.sample(**asked))
    hole = np.zeros((4, 4), bool)
    hole[2:] = True
    x = np.full((2, 4, 4, 1), 0.25, "float32")
    for subject, label in ((pixelcnn, None), (served, None), (ddpm, 1)):
        assert subject.completes
        found = subject.complete(x, hole, seed=0, label=label)
        np.testing.assert_allclose(found[:, :2], x[:, :2], atol=0.51)
        assert not np.array_equal(found[:, 2:], x[:, 2:])


def test_a_click_on_the_map_is_a_code(vae):
    plane = Plane(vae)
    np.testing.assert_allclose(plane.points, vae.codes, atol=1e-6)
    for point in plane.points[:3]:
        (low_x, high_x), (low_y, high_y) = plane.bounds
        column = SIDE * (point[0] - low_x) / (high_x - low_x)
        row = SIDE * (high_y - point[1]) / (high_y - low_y)
        found = point_at(plane.bounds, column, row)
        np.testing.assert_allclose(plane.code_at(found, np.zeros(2)), point, atol=1e-5)


def test_data_that_do_not_fit_are_refused_or_warned_about(folder, tmp_path):
    with pytest.raises(ValueError, match=r"have shape \(2,\), but .* is for \(8, 8"):
        open_subjects([folder / "served"], data_settings=DataSettings("moons"))
    with pytest.raises(ValueError, match="runs record the data"):
        open_subjects([folder / "vae"], data_settings=DIGITS)
    with pytest.raises(ValueError, match="vae twice"):
        open_subjects([folder / "vae", folder / "vae"])
    record = folder / "vae" / "metrics.json"
    (tmp_path / "moved").mkdir()
    (tmp_path / "moved" / "model.keras").symlink_to(folder / "vae" / "model.keras")
    text = record.read_text().replace('"name": "digits"', '"name": "/nowhere"')
    (tmp_path / "moved" / "metrics.json").write_text(text)
    with pytest.warns(UserWarning, match="takes uploads only, as the examples"):
        (subject,) = open_subjects([tmp_path / "moved"])
    assert subject.examples is None and subject.codes is None


def png(*size, mode="RGB"):
    file = io.BytesIO()
    Image.new(mode, size, "white").save(file, format="png")
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=array.dtype == object)
    return file.getvalue()


# Its header says more rows than there are.
HUGE = npy(np.zeros((10, 2))).replace(b"(10, 2), }    ", b"(99999, 2), } ")


def test_uploads_become_examples():
    x = example_of("a.png", png(31, 20), (8, 8, 1))
    assert x.shape == (1, 8, 8, 1) and x.dtype == "float32" and (x == 1).all()
    assert example_of("a.png", png(5, 5, mode="L"), (4, 6, 3)).shape == (1, 4, 6, 3)
    grey = np.array([[0, 65535], [32768, 257]], "uint16")
    file = io.BytesIO()
    Image.fromarray(grey).save(file, format="png")
    x = example_of("a.png", file.getvalue(), (2, 2, 1))[0, :, :, 0]
    np.testing.assert_allclose(x, grey / 65535, atol=1 / 255)
    points = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(example_of("a.npy", npy(points), (2,)), points[:1])
    np.testing.assert_array_equal(example_of("a.npy", npy(points[1]), (2,))[0], [2, 3])


@pytest.mark.parametrize(
    ("name", "content", "data_shape", "message"),
    [
        ("a.txt", b"words", (8, 8, 1), "a.txt is no picture of PNG"),
        ("a.gif", b"GIF89a" + bytes(20), (8, 8, 1), "is no picture of PNG"),
        ("a.png", png(9, 9)[:50], (8, 8, 1), "is a damaged picture"),
        ("a.png", png(5000, 4000, mode="1"), (8, 8, 1), "5,000 x 4,000 pixels"),
        ("a.png", png(9, 9), (2,), "no .npy file"),
        ("a.npy", b"\x93NUMPY", (2,), "a.npy is no whole array"),
        ("a.npy", npy(np.array([None])), (2,), "a.npy is no whole array"),
        ("a.npy", npy(np.zeros(3)), (2,), r"of shape \(3,\), but expects one"),
        ("a.npy", npy(np.array(["a", "b"])), (2,), "but a model takes numbers"),
        ("a.png", bytes(2**24 + 1), (8, 8, 1), "at most 16,777,216 are taken"),
        ("a.npy", b"PK\x03\x04" + bytes(50), (2,), "a.npy is no whole array"),
        ("a.npy", npy(np.zeros(2))[:40], (2,), "a.npy is no whole array"),
        ("a.npy", npy(np.zeros(2))[:-1], (2,), "a.npy is no whole array"),
        ("a.npy", HUGE, (2,), "a.npy is no whole array"),
    ],
    ids=range(14),
)
def test_bad_uploads_are_refused(name, content, data_shape, message):
    with pytest.raises(ValueError, match=message):
        example_of(name, content, data_shape)


@pytest.mark.parametrize(
    "recipe",
    ["gan", "nice"]
    + [pytest.param(name, marks=pytest.mark.slow) for name in ("vae", "flow-matching")],
)
def test_a_trial_learns_until_it_is_stopped(recipe):
    trial = Trial("moons", recipe, num_steps=50)
    trial.start()
    trial.thread.join()
    assert trial.error is None and trial.snapshot.num_steps == 50
    assert trial.snapshot.url.startswith("data:image/png;base64,")
    assert "loss" in trial.snapshot.figures
    if recipe == "gan":
        assert "colours: discriminator" in trial.snapshot.figures
    if recipe == "nice":
        assert "held-out -log_prob" in trial.snapshot.figures


def test_all_recipes_of_the_playground_are_there():
    recipes = [recipe for found in FAMILIES.values() for recipe in found]
    assert set(recipes) <= set(RECIPES) and len(set(recipes)) == len(recipes)
