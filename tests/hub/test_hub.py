"""Published models: pushed, described, fetched and checked."""

import dataclasses
import functools
import http.server
import json
import os
import pathlib
import shlex
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

import kgen
from kgen import hub, runs
from kgen.cli import main
from kgen.cli.settings import parse_settings
from kgen.hub.commands import command_line
from kgen.hub.manifest import manifest_of
from tests.hub.stand_in import TOKEN, Repositories, serving

SEEDS = np.arange(4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tfds_dir):
    """The folder of a run of a small VAE."""
    folder = tmp_path_factory.mktemp("hub") / "run"
    settings = {"filters": [4], "latent_dim": 2}
    data = runs.DataSettings(binarize=True, batch_size=256)
    runs.train("vae", settings, data, epochs=1, run_dir=folder)
    return folder


@pytest.fixture
def run(trained, tmp_path):
    """A copy of the run, which a test may change."""
    return shutil.copytree(trained, tmp_path / "run")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KGEN_HUB", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def hugging_face(tmp_path, monkeypatch):
    """The stand-in of Hugging Face, with a token and an empty cache."""
    from huggingface_hub import constants

    with serving(Repositories) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
        yield server


@pytest.fixture
def site(tmp_path):
    """A web server of a folder."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Prints nothing."""

    with serving(functools.partial(Quiet, directory=str(folder))) as server:
        server.folder = folder
        yield server


def same_samples(one, other):
    np.testing.assert_array_equal(one.sample(seed=SEEDS), other.sample(seed=SEEDS))


def command(*arguments, exit_code=0):
    found = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert found.exit_code == exit_code, found.output
    return found.output


def test_what_is_pushed_into_a_folder_loads_from_it(run, tmp_path):
    place = tmp_path / "published" / "digits"
    assert hub.push(run, place, license="mit") == str(place)
    names = {path.name for path in place.iterdir()}
    assert {"kgen.json", "model.keras", "metrics.json", "README.md"} < names
    assert "checkpoints" not in names
    same_samples(kgen.load(place), kgen.load(run))
    # Again: a file that is gone from the run goes from the place, too.
    (run / "samples.png").unlink()
    hub.push(run, place, license="mit")
    assert not (place / "samples.png").exists()


def test_a_name_stands_for_a_model_at_the_users_place(run, tmp_path, monkeypatch):
    hub.push(run, tmp_path / "published" / "digits", license="mit")
    monkeypatch.setenv("KGEN_HUB", str(tmp_path / "published"))
    same_samples(kgen.load("digits"), kgen.load(run))
    with pytest.raises(FileNotFoundError, match=r"no kgen.json at .*digitz"):
        kgen.load("digitz")


def test_a_model_of_a_web_server_is_kept(run, site, own_cache):
    hub.push(run, site.folder / "digits", license="mit")
    place = f"{site.address}/digits"
    folder = hub.fetch(place)
    assert own_cache in folder.parents and folder.name == "digits"
    same_samples(kgen.load(place), kgen.load(run))
    (site.folder / "digits" / "model.keras").unlink()  # It is not fetched again.
    same_samples(kgen.load(place), kgen.load(run))
    (folder / "model.keras").write_bytes(b"damaged")
    with pytest.raises(FileNotFoundError, match="no model.keras at"):
        kgen.load(place)


def test_a_server_may_send_files_from_elsewhere(run, site):
    hub.push(run, site.folder / "digits", license="mit")

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Prints nothing."""

        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", f"{site.address}{self.path}?signature=1")
            self.end_headers()

    with serving(Elsewhere) as server:
        same_samples(kgen.load(f"{server.address}/digits"), kgen.load(run))


def test_without_a_network_the_copy_is_taken_with_a_warning(run, site):
    hub.push(run, site.folder / "digits", license="mit")
    place = f"{site.address}/digits"
    kgen.load(place)
    site.shutdown()
    site.server_close()
    with pytest.warns(UserWarning, match="cannot be reached.*fetched before is taken"):
        same_samples(kgen.load(place), kgen.load(run))
    with pytest.raises(ConnectionError, match="cannot be reached"):
        kgen.load(f"{site.address}/other")


def test_a_newer_model_at_a_place_is_fetched(run, site):
    place = f"{site.address}/digits"
    hub.push(run, site.folder / "digits", license="mit")
    first = hub.fetch(place)
    model = kgen.load(run)
    model.decoder.weights[-1].assign_add([1.0])
    model.save(run / "model.keras")
    hub.push(run, site.folder / "digits", license="mit")
    second = hub.fetch(place)
    assert first != second and (first / "model.keras").exists()
    same_samples(kgen.load(second), model)


def test_a_changed_file_of_a_folder_is_refused(run, tmp_path):
    folder = tmp_path / "published"
    hub.push(run, folder, license="mit")
    (folder / "README.md").write_text("Anybody may change the words.")
    kgen.load(folder)
    with open(folder / "model.keras", "ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="not the file that its kgen.json"):
        kgen.load(folder)


@pytest.mark.parametrize("change", [b"", b"more"])
def test_a_changed_file_of_a_web_server_is_refused(run, site, change, own_cache):
    hub.push(run, site.folder / "digits", license="mit")
    model = site.folder / "digits" / "model.keras"
    model.write_bytes(model.read_bytes() + change if change else b"less")
    with pytest.raises(ValueError, match="not the file that its kgen.json"):
        kgen.load(f"{site.address}/digits")
    assert not list(own_cache.rglob("model.keras"))


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"files": {}}',
        '{"files": {"model.keras": {"bytes": 3, "sha256": "abc"}}}',
        '{"files": {"model.keras": {"bytes": -3, "sha256": "%s"}}}' % (64 * "0"),
        20_000 * "[",
        '{"files": {"../model.keras": {"bytes": 3, "sha256": "%s"}}}' % (64 * "0"),
        '{"kgen_format": 99, "files": {"model.keras": {"bytes": 1, "sha256": "%s"}}}'
        % (64 * "0"),
    ],
)
def test_a_manifest_that_is_none_is_refused(site, text):
    (site.folder / "digits").mkdir()
    (site.folder / "digits" / "kgen.json").write_text(text)
    with pytest.raises(ValueError, match=r"no manifest of a model|later kgen"):
        kgen.load(f"{site.address}/digits")


def test_the_sha256_that_the_user_knows(run):
    from kgen.hub.manifest import sha256_of

    known = sha256_of(run / "model.keras")
    same_samples(kgen.load(run, sha256=known), kgen.load(run / "model.keras"))
    with pytest.raises(ValueError, match="was asked for"):
        kgen.load(run, sha256=64 * "0")


def test_hugging_face(run, hugging_face):
    address = hub.push(run, "hf://me/digits", license="mit", private=True, message="A")
    assert address == f"{hugging_face.address}/me/digits"
    assert hugging_face.private["me/digits"] and hugging_face.messages == ["A"]
    files = hugging_face.files["me/digits"]
    assert {"kgen.json", "model.keras", "README.md", "samples.png"} < set(files)
    assert b'license: "mit"' in files["README.md"]
    same_samples(kgen.load("hf://me/digits"), kgen.load(run))
    same_samples(kgen.load("hf://me/digits@main"), kgen.load(run))
    # Again, without a picture, and as it is: it is private already.
    (run / "samples.png").unlink()
    hub.push(run, "hf://me/digits", license="mit")
    assert "samples.png" not in hugging_face.files["me/digits"]
    assert hugging_face.private["me/digits"]
    with pytest.raises(FileNotFoundError, match="me/other: there is no such repos"):
        kgen.load("hf://me/other")
    with pytest.raises(FileNotFoundError, match="no revision 'gone'"):
        kgen.load("hf://me/digits@gone")
    hugging_face.files["me/empty"] = {}
    with pytest.raises(FileNotFoundError, match="no kgen.json at hf://me/empty"):
        kgen.load("hf://me/empty")


def test_hugging_face_that_does_not_answer(run, hugging_face):
    hub.push(run, "hf://me/digits", license="mit")
    kgen.load("hf://me/digits")
    hugging_face.shutdown()
    hugging_face.server_close()
    with pytest.warns(UserWarning, match="cannot be reached.*fetched before is taken"):
        same_samples(kgen.load("hf://me/digits"), kgen.load(run))
    with pytest.raises(ConnectionError, match="cannot be reached"):
        kgen.load("hf://me/other")


def test_a_public_repository_does_not_become_private(run, hugging_face):
    hub.push(run, "hf://me/digits", license="mit")
    assert not hugging_face.private["me/digits"]
    with pytest.raises(ValueError, match="is public already"):
        hub.push(run, "hf://me/digits", license="mit", private=True)


def test_hugging_face_without_the_right_token(run, hugging_face, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(ConnectionError, match="hf auth login"):
        hub.push(run, "hf://me/digits", license="mit")
    assert hugging_face.files == {}
    monkeypatch.setenv("HF_TOKEN", TOKEN)  # Now the same call works.
    hub.push(run, "hf://me/digits", license="mit", private=True)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(FileNotFoundError, match="your token does not open it"):
        kgen.load("hf://me/digits")


def test_the_card_tells_how_to_use_and_to_train_the_model(run, tmp_path):
    text = hub.card(run, license="cc-by-4.0").read_text()
    record = json.loads((run / "metrics.json").read_text())
    bound = record["held_out"]["iwae_bound"]
    assert text.startswith('---\nlicense: "cc-by-4.0"\n')
    assert "pipeline_tag: unconditional-image-generation" in text
    assert f"| iwae_bound | {bound:.5g} | nats |" in text
    assert "![samples](samples.png)" in text and "seed 0" in text
    assert 'kgen.load("PLACE")' in text
    place = hub.push(run, tmp_path / "place")
    published = pathlib.Path(place, "README.md").read_text()
    assert f'kgen.load("{place}")' in published and "PLACE" not in published


def test_the_code_of_a_card_runs(run, tmp_path):
    code = {}
    for folder in (run, tmp_path / "conditional"):
        if folder != run:
            runs.train(
                "cvae",
                {"filters": [4], "latent_dim": 2},
                conditional=True,
                epochs=0,
                run_dir=folder,
            )
        place = hub.push(folder, tmp_path / "places" / folder.name, license="mit")
        text = pathlib.Path(place, "README.md").read_text()
        exec(text.split("```python\n")[1].split("```")[0], code)
        assert code["x"].shape[1:] == (8, 8, 1)


RECORD = {
    "recipe": "vae",
    "settings": {},
    "conditional": False,
    "seed": 3,
    "epochs": 2,
    "data": dataclasses.asdict(runs.DataSettings(seed=3)),
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"settings": {"filters": [4, 5], "beta": 0.5, "network": "conv", "a": None}},
        {"settings": {"activation": "1", "name": "a, b", "bound": "true"}},
        {"conditional": True, "ema": 0.99, "precision": "mixed_bfloat16"},
        {"deterministic": False, "strategy": "mirrored"},
        *({"binarize": way} for way in (True, "threshold", "static", "dynamic")),
        {"image_size": 24, "color_mode": "grayscale"},
    ],
)
def test_the_command_of_a_card_says_what_the_record_says(changes):
    data = {k: v for k, v in changes.items() if k in RECORD["data"]}
    others = {k: v for k, v in changes.items() if k not in data}
    record = {**RECORD, **others, "data": {**RECORD["data"], **data}}
    words = shlex.split(command_line(record))
    assert words[:2] == ["kgen", "train"]
    found = main.commands["train"].make_context("train", words[2:]).params
    read = parse_settings(found["pairs"])
    assert read == record["settings"]
    assert found["recipe"] == "vae" and found["data"] == record["data"]["name"]
    for name in ("epochs", "seed", "conditional"):
        assert found[name] == record[name]
    assert found["ema"] == record.get("ema")
    assert found["strategy"] == record.get("strategy", "none")
    assert found["precision"] == record.get("precision", "float32")
    assert found["deterministic"] == record.get("deterministic", True)
    for name in ("batch_size", "image_size"):
        assert found[name] == record["data"][name]
    way = record["data"]["binarize"]
    assert (found["binarize"] or False) == (True if way == "threshold" else way)
    assert bool(found["grayscale"]) == (record["data"]["color_mode"] == "grayscale")


@pytest.mark.parametrize("data", [{"image_size": [24, 32]}, {"seed": 4}])
def test_a_card_refers_to_the_record_where_options_cannot_say_it(data):
    record = {**RECORD, "data": {**RECORD["data"], **data}}
    assert command_line(record) == "kgen train --from run.json"


@pytest.mark.slow
def test_the_command_of_a_card_trains_the_same_model(run, tmp_path):
    text = hub.card(run, license="mit").read_text()
    line = next(line for line in text.splitlines() if line.startswith("kgen train"))
    command(*shlex.split(line)[1:], "--run-dir", tmp_path / "again")
    same_samples(kgen.load(tmp_path / "again"), kgen.load(run))


def test_a_card_that_is_there_stays(run, tmp_path):
    (run / "README.md").write_text("mine, of the MARKETPLACE")
    hub.push(run, tmp_path / "place")
    published = (tmp_path / "place" / "README.md").read_text()
    assert published == "mine, of the MARKETPLACE"
    with pytest.raises(ValueError, match="taken as it is"):
        hub.push(run, tmp_path / "place", license="mit")
    with pytest.raises(FileExistsError, match="may have what you wrote"):
        hub.card(run)
    assert (run / "README.md").read_text() == published
    assert "# vae of digits" in hub.card(run, overwrite=True).read_text()


def test_a_record_that_reads_other_files_is_left_out(run, site, tmp_path):
    for name in ("community:dataset", "/somewhere/pictures", "../pictures", "~/x", 3):
        record = json.loads((run / "metrics.json").read_text())
        record["data"]["name"] = name
        folder = tmp_path / "site" / "digits"
        hub.push(run, folder, license="mit")
        (folder / "metrics.json").write_text(json.dumps(record))
        names = [p.name for p in folder.iterdir() if p.name != "kgen.json"]
        (folder / "kgen.json").write_text(manifest_of(folder, names))
        with pytest.warns(UserWarning, match="are not read for somebody else"):
            found = hub.fetch(f"{site.address}/digits")
        assert not (found / "metrics.json").exists()
        assert (found / "model.keras").exists()


def test_what_is_published_by_mistake_is_told(run, tmp_path):
    with pytest.warns(UserWarning, match="states no license"):
        hub.push(run, tmp_path / "place")
    card = hub.card(run, license="mit")
    os.utime(card, (0, 0))
    with pytest.warns(UserWarning, match="older than the model"):
        hub.push(run, tmp_path / "place")
    card.unlink()
    record = json.loads((run / "metrics.json").read_text())
    record["data"]["name"] = "/somewhere/pictures"
    (run / "metrics.json").write_text(json.dumps(record))
    with pytest.warns(UserWarning, match="'/somewhere/pictures', which is published"):
        hub.push(run, tmp_path / "place", license="mit")


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda run: kgen.load("digits-vea"), ValueError, "Did you mean 'digits-vae'"),
        (lambda run: kgen.load(""), ValueError, "expects a name, a place or a path"),
        (lambda run: kgen.load("http://a.org/b"), ValueError, "for this machine only"),
        (lambda run: kgen.load("ftp://a.org/b"), ValueError, "no place of models"),
        (lambda run: kgen.load("hf://me"), ValueError, "names no repository"),
        (lambda run: hub.push(run, "https://a.org/b"), ValueError, "cannot be written"),
        (lambda run: hub.push(run / "no", "x"), FileNotFoundError, "is not a run"),
        (lambda run: kgen.load("https://a.org/b?c"), ValueError, "has a query"),
        (lambda run: kgen.load("hf://a/.."), ValueError, "names no repository"),
        (lambda run: kgen.load(run / "samples", "0"), ValueError, "has no model.keras"),
        (lambda run: hub.push(run, run / "samples"), ValueError, "no published model"),
        (lambda run: hub.push(run, "p", private=True), ValueError, "p is a folder"),
        (lambda run: hub.push(run, ""), ValueError, "a place is a folder, https"),
        (lambda run: hub.push(run, 3), ValueError, "a place is a folder, https"),
        (lambda run: hub.card(run, license=3), ValueError, "the name of a license"),
        (lambda run: hub.card(run / "no"), FileNotFoundError, "is not a run"),
    ],
)
def test_mistakes(run, call, error, says):
    with pytest.raises(error, match=says):
        call(run)


@pytest.mark.parametrize("name", hub.names())
def test_models_that_come_with_kgen(name):
    folder = hub.fetch(name)
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert size < 400_000 and (folder / "model.keras").stat().st_size < 300_000
    model, record = runs.load(folder)
    assert record["data"]["name"] == "digits"
    verb = "sample" if hasattr(model, "sample") else "reconstruct"
    text = (folder / "README.md").read_text()
    assert f'kgen.load("{name}")' in text and 'license: "mit"' in text
    if verb == "sample":
        labels = {} if model.num_classes is None else {"labels": [3, 7]}
        x = np.asarray(model.sample(2, seed=0, **labels))
        assert x.shape == (2, 8, 8, 1) and 0 <= x.min() < x.max() <= 1


def test_each_family_has_a_model_that_comes_with_kgen():
    assert hub.names()
    rooms = {type(kgen.load(name)).__module__.split(".")[1] for name in hub.names()}
    families = {"adversarial", "autoencoders", "autoregressive", "diffusion", "flows"}
    assert rooms == families


def test_commands(run, tmp_path, monkeypatch):
    assert "Wrote" in command("card", run, "--license", "mit")
    place = tmp_path / "published" / "digits"
    assert f"Pushed to {place}" in command("push", run, place)
    monkeypatch.setenv("KGEN_HUB", str(place.parent))
    pictures = [tmp_path / "named.png", tmp_path / "own.png"]
    for source, picture in zip(("digits", run), pictures, strict=True):
        command("sample", source, "-n", 4, "-o", picture)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    output = command("sample", "hf://me", exit_code=1)
    assert "names no repository" in output
    monkeypatch.delenv("KGEN_HUB")
    output = command("sample", "digits-vea", exit_code=1)
    assert "Did you mean 'digits-vae'" in output


def test_commands_take_the_models_that_come_with_kgen(tmp_path, tfds_dir):
    name = "digits-vae"
    command("sample", name, "-n", 4, "-o", tmp_path / "samples.png")
    command("encode", name, "-o", tmp_path / "z.npy")
    assert pathlib.Path(tmp_path / "samples.png").exists()
    assert len(np.load(tmp_path / "z.npy")) == 360
    assert name in command("list")
    table = command("evaluate", name, "digits-pixelcnn", "--num-draws", 2)
    assert f" {name} " in table and "site-packages" not in table
    assert "hub/models" not in table
