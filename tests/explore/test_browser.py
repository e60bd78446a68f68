"""Every control of the page, pressed in a browser, for models of four families.

It needs Chromium and `pip install "kgen[dev]"`.
"""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kgen import runs
from kgen.runs import DataSettings

pytestmark = pytest.mark.slow
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
MODELS = {
    "vae": ("vae", {"latent_dim": 2, "hidden": (64,)}, False),
    "gan": ("gan", {"latent_dim": 3, "filters": (8, 8)}, False),
    "ddpm": ("ddpm", {"num_timesteps": 10, "filters": (8,)}, True),
    "pixelcnn": ("pixelcnn", {"width": 8, "num_blocks": 1}, False),
}
TABS = (
    *("Samples", "Latent", "Interpolation", "Reconstruction", "Completion"),
    *("Training", "Playground"),
)
# What the controls of a model change: what its panel is called, and its picture.
PICTURES = {
    "samples": "samples-picture",
    "latent": "latent-picture",
    "interpolation": "interpolation-picture",
    "reconstruction": "reconstruction-picture",
    "completion": "completion-picture",
    "training": "training-film",
}
SHOWN = re.compile(
    r"-(picture|strip|figures|film|history|reconstructions|latent|manifold)\b"
)
# They change the hole. The button that fills it is pressed after each control, and a
# class of a held-out example is its own one.
UNMOVED = (
    *("completion-no-hole", "completion-upper-half", "completion-lower-half"),
    *("completion-go", "completion-class"),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory, tfds_dir):
    folder = tmp_path_factory.mktemp("runs")
    for name, (recipe, settings, conditional) in MODELS.items():
        runs.train(
            recipe,
            settings,
            DataSettings(),
            conditional=conditional,
            run_dir=folder / name,
            epochs=15 if recipe == "vae" else 2,
        )
    paths = [str(folder / name) for name in MODELS]
    command = [sys.executable, "-m", "kgen", "explore", *paths]
    server = subprocess.Popen(
        [*command, "--no-show", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    with server:
        line = server.stdout.readline()
        yield re.search(r"http://\S+", line)[0]
        server.terminate()


@pytest.fixture(scope="module")
def page(address):
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("There is no Chromium.")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 2600, "height": 2400})
        page.set_default_timeout(60_000)
        page.goto(address)
        yield page
        browser.close()


def quiet(page):
    """Waits until nothing is drawn any more."""
    page.wait_for_timeout(200)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.q-spinner')]"
        ".every(e => e.closest('.hidden') || e.offsetParent === null)",
        timeout=120_000,
    )


def drawn(page, name):
    """The source of a picture; the last one while it changes."""
    found = page.get_by_test_id(name).locator("img")
    return found.last.get_attribute("src") if found.count() else None


def changes(page, name, before):
    """Whether a picture becomes another one within seconds."""
    for _ in range(100):
        if drawn(page, name) != before:
            return True
        page.wait_for_timeout(100)
    return False


def choose(page, name, number):
    """Chooses an entry of a menu."""
    page.get_by_test_id(name).click()
    options = page.get_by_role("option")
    options.nth(number).click()
    options.first.wait_for(state="hidden")


def press(page, name, upload):
    """Uses a control as a person would."""
    control = page.get_by_test_id(name)
    kind = control.evaluate("e => e.className + ' ' + e.tagName.toLowerCase()")
    if "q-uploader" in kind:
        control.locator("input[type=file]").set_input_files(upload)
    elif "q-slider" in kind:
        control.click(position={"x": 12, "y": 8})
    elif "q-btn-toggle" in kind:
        control.get_by_role("button").last.click()
    elif "q-toggle" in kind or "q-btn" in kind:
        control.click()
    elif kind.endswith(" input"):
        control.fill("4" if "second" in name else "3")
        control.press("Tab")
    elif "q-field" in kind:
        choose(page, name, 2)
    else:  # A picture to click.
        control.click(position={"x": 100, "y": 60})


@pytest.mark.parametrize("tab", TABS[:-1])
def test_every_control_changes_its_picture(page, tab, tmp_path):
    cross, bar = np.zeros((2, 8, 8), "uint8")
    cross[3:5] = cross[:, 3:5] = bar[:, 3:5] = 255
    Image.fromarray(cross).save(tmp_path / "cross.png")
    Image.fromarray(bar).save(tmp_path / "bar.png")
    page.get_by_test_id(f"tab-{tab}").click()
    quiet(page)
    panel = tab.lower()
    names = [
        element.get_attribute("data-testid")
        for element in page.locator(f"[data-testid^={panel}-]").all()
    ]
    names = [name for name in names if not SHOWN.search(name) and name != panel]
    assert len(names) >= len(MODELS) if tab != "Completion" else len(names) >= 12
    for name in names:
        model = next(model for model in MODELS if model in name.split("-"))
        picture = f"{PICTURES[panel]}-{model}"
        before = drawn(page, picture)
        upload = tmp_path / ("bar.png" if "second" in name else "cross.png")
        press(page, name, upload)
        if name.startswith(UNMOVED):
            continue
        if panel == "completion":
            page.get_by_test_id(f"completion-go-{model}").click()
        assert changes(page, picture, before), f"{name} changed nothing"
        quiet(page)
        if name.startswith("training-play"):
            press(page, name, upload)  # The film stands still again.
    assert page.locator("text=not expected").count() == 0


def test_seed_and_number_change_all_samples(page):
    page.get_by_test_id("tab-Samples").click()
    quiet(page)
    for name in ("seed", "num_samples"):
        before = [drawn(page, f"samples-picture-{model}") for model in MODELS]
        press(page, name, None)
        quiet(page)
        after = [drawn(page, f"samples-picture-{model}") for model in MODELS]
        assert all(map(str.__ne__, before, after))


def test_a_bad_upload_is_refused_in_words(page, tmp_path):
    page.get_by_test_id("tab-Reconstruction").click()
    file = tmp_path / "words.png"
    file.write_text("no picture")
    press(page, "reconstruction-vae-upload", file)
    page.get_by_text("words.png is no picture of PNG").wait_for()


def test_after_an_upload_the_held_out_example_can_be_had_again(page, tmp_path):
    page.get_by_test_id("tab-Reconstruction").click()
    again = page.get_by_test_id("again-reconstruction-vae")
    if again.is_visible():
        again.click()
    quiet(page)
    before = drawn(page, "reconstruction-picture-vae")
    Image.fromarray(np.eye(8, dtype="uint8") * 255).save(tmp_path / "line.png")
    press(page, "reconstruction-vae-upload", tmp_path / "line.png")
    page.get_by_text("line.png is used").wait_for()
    assert changes(page, "reconstruction-picture-vae", before)
    again.click()
    quiet(page)
    assert drawn(page, "reconstruction-picture-vae") == before


def test_the_playground_trains_each_family(page):
    page.get_by_test_id("tab-Playground").click()
    for family in range(4):
        choose(page, "playground-family", family)
        for name in ("recipe", "density", "rate"):
            choose(page, f"playground-{name}", 1)
        page.get_by_test_id("playground-train").click()
        page.wait_for_function(
            "() => /^step [1-9]/.test(document.querySelector("
            "'[data-testid=playground-step]').textContent)",
            timeout=120_000,
        )
        assert drawn(page, "playground-picture")
        page.get_by_test_id("playground-stop").click()
        page.get_by_text(", ended").wait_for()
