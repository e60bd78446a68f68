"""The page over HTTP: who may ask, what may be asked for, and what its controls do."""

import asyncio
from types import SimpleNamespace

import nicegui
import numpy as np
import pytest
from nicegui import ElementFilter, ui
from nicegui.testing import user_simulation
from nicegui.testing.general import nicegui_reset_globals
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import kgen
from kgen.explore.canvas import HoleCanvas
from kgen.explore.page import page_of
from kgen.explore.running import app, open_subjects


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name, latent_dim in (("one", 2), ("two", 3)):
        vae = kgen.build("vae", (4, 4, 1), latent_dim=latent_dim, hidden=(4,))
        vae.save(folder / f"{name}.keras")
    return open_subjects([folder / "one.keras", folder / "two.keras"])


def drive(subjects, act):
    """Runs `act(user)` on the page, as a browser would."""

    async def run():
        async with user_simulation(page_of(subjects)) as user:
            await user.open("/")
            await act(user)

    asyncio.run(run())


def source(user, name):
    """What a picture shows, hidden or not."""
    with user:
        (found,) = ElementFilter(kind=ui.image, marker=name)
    return found.source


async def until(condition):
    """Waits; a busy machine may take many seconds for the first step of a training."""
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("The page did not change.")


def test_controls_change_pictures_of_all_models(subjects):
    async def act(user):
        await user.should_see("kgen explore")
        for subject in subjects:
            name = f"samples-picture-{subject.name}"
            await until(lambda name=name: source(user, name))
        before = [source(user, f"samples-picture-{s.name}") for s in subjects]
        (seed,) = user.find("seed").elements
        seed.value = 1
        await until(
            lambda: all(
                source(user, f"samples-picture-{s.name}") != old
                for s, old in zip(subjects, before, strict=True)
            )
        )
        user.find("tab-Latent").click()
        await until(lambda: source(user, "latent-picture-two"))
        old = source(user, "latent-picture-two")
        (slider,) = user.find("latent-z2-two").elements
        slider.value = 3.0
        await until(lambda: source(user, "latent-picture-two") != old)

    drive(subjects, act)


def test_what_a_model_refuses_stands_on_the_page(subjects):
    async def act(user):
        user.find("tab-Reconstruction").click()
        await user.should_see("Upload an example.", retries=50)
        (seed,) = user.find("seed").elements
        seed.value = None
        await user.should_see("Seed was given None, but expects an int", retries=50)

    drive(subjects, act)


def test_the_playground_trains(subjects):
    async def act(user):
        await user.should_see("Playground")
        (family,) = user.find("playground-family").elements
        family.value = "flow"
        (recipe,) = user.find("playground-recipe").elements
        recipe.value = "nice"
        user.find("playground-train").click()
        (step,) = user.find("playground-step").elements
        await until(lambda: step.text.startswith("step") and step.text != "step 0")
        user.find("playground-stop").click()
        await until(lambda: step.text.endswith("ended"))

    drive([], act)


def test_only_names_of_this_machine_are_answered_and_no_file_is_given(subjects):
    # NiceGUI has one application in a process: this test has one of its own.
    with (
        nicegui_reset_globals(),
        TestClient(app(subjects), base_url="http://127.0.0.1") as client,
    ):
        page = client.get("/")
        assert page.status_code == 200 and "samples-picture-one" in page.text
        assert str(subjects[0].path.parent) not in page.text
        assert client.get("/", headers={"host": "example.com"}).status_code == 400
        for path in (
            *("/etc/passwd", "/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"),
            *("/docs", "/openapi.json", str(subjects[0].path)),
        ):
            assert client.get(path).status_code == 404
        static = f"/_nicegui/{nicegui.__version__}/static"
        for path in (f"{static}/../../../../etc/passwd", f"{static}/%2e%2e/app.py"):
            assert client.get(path).status_code == 404


def test_other_pages_of_the_web_are_refused(subjects):
    with (
        nicegui_reset_globals(),
        TestClient(app(subjects), base_url="http://127.0.0.1") as client,
    ):
        page = client.get("/", headers={"origin": "http://127.0.0.1"})
        assert page.status_code == 200
        assert page.headers["content-security-policy"] == "frame-ancestors 'none'"
        foreign = {"origin": "http://example.com"}
        assert client.get("/", headers=foreign).status_code == 403
        socket = client.websocket_connect("/_nicegui_ws/socket.io/", headers=foreign)
        with pytest.raises(WebSocketDisconnect), socket:
            pass
        upload = "/_nicegui/client/x/upload/1"
        large = {"content-length": str(2**25)}
        assert client.post(upload, content=b"", headers=large).status_code == 413
        assert client.post(upload, content=iter([b"a"])).status_code == 411


def test_a_stroke_of_the_pointer_is_a_hole():
    async def act(user):
        with user:
            canvas = HoleCanvas(128, 128, "canvas")
        canvas.fill(slice(0, 0))
        for kind, x in (("mousedown", 4), ("mousemove", 200)):
            event = {"type": kind, "image_x": x, "image_y": 100}
            canvas._paint(SimpleNamespace(**event, buttons=1, shift=False))
        rows, columns = np.nonzero(canvas.hole)
        assert set(columns) == set(range(103)) and set(rows) == set(range(48, 53))
        assert len(canvas.image.content) < 5000

    drive([], act)
