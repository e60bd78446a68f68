"""The server answers as the model does, and refuses what the model cannot take."""

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from threading import Event, Thread

import numpy as np
import pytest
import uvicorn
from starlette.testclient import TestClient

import kgen
from kgen import server
from kgen.cli import serving
from kgen.core.random import row_seeds
from kgen.server.batching import Batcher
from kgen.server.wire import RequestError

PREDICT = "/v1/models/vae:predict"


def small(seed=0):
    return kgen.build("vae", (3,), latent_dim=2, hidden=(4,), seed=seed)


@pytest.fixture(scope="module")
def vae():
    return small()


@pytest.fixture(scope="module")
def folder(vae, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "vae"
    kgen.export(vae, folder)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    limits = server.Limits(max_rows=50, max_bytes=10_000)
    with TestClient(server.app({"vae": folder}, limits)) as client:
        yield client


def seeds(number, seed=0):
    return [{"seed": int(s)} for s in row_seeds(seed, number)]


def test_both_forms_give_the_samples_of_python(client, vae):
    expected = vae.sample(5, seed=0)
    request = {"signature_name": "sample", "instances": seeds(5)}
    rows = client.post(PREDICT, json=request).json()["predictions"]
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    request = {"inputs": {"seed": row_seeds(0, 5).tolist()}}
    columns = client.post(PREDICT, json=request).json()["outputs"]
    np.testing.assert_allclose(columns, expected, atol=1e-6)
    address = "/v1/models/vae/versions/1:predict"
    assert client.post(address, json=request).json()["outputs"] == columns


def test_other_verbs_are_signatures(client, vae):
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    request = {"signature_name": "reconstruct", "instances": x.tolist()}
    found = client.post(PREDICT, json=request).json()["predictions"]
    np.testing.assert_allclose(found, vae.reconstruct(x), rtol=1e-5, atol=1e-6)


def test_options_are_signatures(tmp_path):
    model = kgen.build("lstm", (4,), num_codes=3, width=4, seed=0)
    kgen.export(model, tmp_path / "lstm", options=["temperature", "given"])
    rows, address = row_seeds(0, 2), "/v1/models/lstm:predict"
    with TestClient(server.app({"lstm": tmp_path / "lstm"})) as client:

        def ask(signature, **columns):
            columns = {k: np.asarray(v).tolist() for k, v in columns.items()}
            names = list(columns)
            instances = [
                dict(zip(names, row, strict=True))
                for row in zip(*columns.values(), strict=True)
            ]
            request = {"signature_name": signature, "instances": instances}
            return client.post(address, json=request).json()

        numbers = [0.1, 5.0]
        found = ask("sample_with_temperature", seed=rows, temperature=numbers)
        for row, (seed, number) in enumerate(zip(rows, numbers, strict=True)):
            expected = model.sample(seed=[seed], temperature=number)[0]
            np.testing.assert_array_equal(found["predictions"][row], expected)
        given, known = [[2, 0, 0, 0], [1, 1, 0, 0]], [[True, False, False, False]] * 2
        found = ask("complete", seed=rows, given=given, known=known)
        expected = model.sample(seed=rows, given=given, known=np.array(known))
        np.testing.assert_array_equal(found["predictions"], expected)
        found = ask("complete", seed=rows, given=given, known=given)
        assert "known has a int among its values, but takes bool" in found["error"]


def test_models_describe_themselves(client):
    found = client.get("/v1/models/vae").json()["model_version_status"]
    fine = {"error_code": "OK", "error_message": ""}
    assert found == [{"version": "1", "state": "AVAILABLE", "status": fine}]
    found = client.get("/v1/models/vae/metadata").json()
    assert found["model_spec"]["version"] == "1"
    signature = found["metadata"]["signature_def"]["signature_def"]["sample"]
    seed, x = signature["inputs"]["seed"], signature["outputs"]["x"]
    assert seed["dtype"] == "DT_INT64" and x["dtype"] == "DT_FLOAT"
    assert [d["size"] for d in x["tensor_shape"]["dim"]] == ["-1", "3"]
    assert client.get("/healthz").json() == {"status": "ok", "versions": {"vae": 1}}


@pytest.mark.parametrize(
    ("address", "request_", "status", "message"),
    [
        (PREDICT, {"instances": [{"z": 1}]}, 400, "takes seed"),
        (PREDICT, {"instances": [1], "signature_name": "f"}, 400, "signature 'f'"),
        (PREDICT, {"instances": seeds(51)}, 400, "51 rows, but may have 50"),
        (PREDICT, {"instances": seeds(500)}, 413, "more than 10000 bytes"),
        ("/v1/models/gan:predict", {"instances": [1]}, 404, "no model 'gan'.*vae"),
        ("/v1/models/vae/versions/7:predict", {"instances": [1]}, 404, "Version 7"),
        (f"/v1/models/vae/versions/{'1' * 5000}:predict", {}, 404, "no number"),
        ("/v1/models/vae:classify", {"instances": [1]}, 405, "classify"),
        ("/v1", {"instances": [1]}, 404, "/v1.*Not Found"),
        (PREDICT, {"\ud800": 1}, 400, "may have signature_name"),
        (PREDICT, {"inputs": {"\ud800": 1}}, 400, "takes seed"),
    ],
)
def test_bad_requests_get_a_sentence(client, address, request_, status, message):
    found = client.post(address, content=json.dumps(request_))
    assert found.status_code == status
    assert set(found.json()) == {"error"}
    pytest.raises(ValueError, _raise, found.json()["error"]).match(message)


def _raise(message):
    raise ValueError(message)


def test_a_bad_row_is_nan_beside_good_ones(client):
    x = [[0.0, 1.0, 2.0], [float("nan"), 0.0, 0.0]]
    body = json.dumps({"signature_name": "encode", "instances": x})
    found = client.post(PREDICT, content=body).json()["predictions"]
    assert np.isfinite(found[0]).all() and np.isnan(found[1]).all()


def test_requests_at_once_get_their_own_rows(client, vae):
    def ask(seed):
        request = {"instances": seeds(3, seed)}
        return client.post(PREDICT, json=request).json()["predictions"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(24)))
    for seed, rows in enumerate(found):
        np.testing.assert_allclose(rows, vae.sample(3, seed=seed), atol=1e-6)
    text = client.get("/metrics").text
    assert 'kgen_requests_total{model="vae",status="200"}' in text
    assert "kgen_batch_rows_count" in text
    assert text == client.get("/monitoring/prometheus/metrics").text


def test_a_newer_version_takes_over(folder, tmp_path):
    copy = tmp_path / "vae"
    shutil.copytree(folder, copy)
    with TestClient(server.app({"vae": copy}, poll_seconds=0.05)) as client:
        newer = small(seed=5)
        kgen.export(newer, copy)
        until(lambda: client.get("/healthz").json()["versions"] == {"vae": 2})
        rows = client.post(PREDICT, json={"instances": seeds(2)}).json()["predictions"]
        np.testing.assert_allclose(rows, newer.sample(2, seed=0), atol=1e-6)
        # What is half copied changes nothing, until it is whole.
        shutil.copytree(copy / "2", tmp_path / "3")
        (copy / "3").mkdir()
        shutil.copy(tmp_path / "3" / "saved_model.pb", copy / "3")
        time.sleep(0.5)
        assert client.get("/healthz").json()["versions"] == {"vae": 2}
        shutil.copytree(tmp_path / "3", copy / "3", dirs_exist_ok=True)
        until(lambda: client.get("/healthz").json()["versions"] == {"vae": 3})


def test_the_first_version_may_be_0(vae, tmp_path):
    kgen.export(vae, tmp_path / "vae", version=0)
    with TestClient(server.app({"vae": tmp_path / "vae"})) as client:
        assert client.get("/healthz").json()["versions"] == {"vae": 0}


def test_the_command_tells_the_limits_that_hold():
    options = {p.name: p.help or "" for p in serving.serve.params if p.name != "paths"}
    for field in dataclasses.fields(server.Limits):
        told = re.search(r"\[default: (.*)\]", options[field.name])[1]
        assert float(told) == field.default


def test_an_older_version_serves_if_the_newest_is_damaged(folder, tmp_path):
    copy = tmp_path / "vae"
    shutil.copytree(folder, copy)
    (copy / "2").mkdir()
    (copy / "2" / "saved_model.pb").write_bytes(b"damaged")
    with TestClient(server.app({"vae": copy})) as client:
        assert client.get("/healthz").json()["versions"] == {"vae": 1}


def until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_requests_that_wait_run_together_up_to_a_limit():
    runs = []

    def function(columns):
        runs.append(len(columns["x"]))
        time.sleep(0.05)
        return {"y": columns["x"] * 2}

    async def ask():
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            limits = server.Limits(batch_rows=4, max_waiting=10)
            batcher = Batcher(function, limits, pool, *[lambda count: None] * 2)
            requests = [{"x": np.full((2, 3), i)} for i in range(5)]
            requests.append({"x": np.full((1, 7), 9)})  # Another shape runs apart.
            found = await asyncio.gather(*map(batcher, requests))
            with pytest.raises(RequestError, match="10 requests wait") as error:
                await asyncio.gather(*(batcher(requests[0]) for _ in range(12)))
            assert error.value.status == 503
            while batcher.runner is not None:
                await asyncio.sleep(0.01)
            return requests, found

    requests, found = asyncio.run(ask())
    for request, answer in zip(requests, found, strict=True):
        np.testing.assert_array_equal(answer["y"], request["x"] * 2)
    assert runs[:4] == [4, 4, 2, 1]


def wrong_shape(columns):
    return {"y": np.float32(3)}


def short(columns):
    return {"y": columns["x"][:-1]}


def raising(columns):
    raise ArithmeticError("one\ntwo")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (raising, "failed: one$"),
        (wrong_shape, r"y has the shape \(\) for 1 rows"),
        (short, "y has the shape"),
    ],
)
def test_a_model_that_fails_is_an_answer_and_no_end(function, message):

    async def ask():
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            batcher = Batcher(
                function, server.Limits(), pool, *[lambda count: None] * 2
            )
            for _ in range(2):
                with pytest.raises(RequestError, match=message) as error:
                    await batcher({"x": np.zeros((1, 1))})
                assert error.value.status == 500

    asyncio.run(ask())


def test_what_cannot_be_served_is_said(tmp_path, folder):
    with pytest.raises(FileNotFoundError, match="no exported model, run folder"):
        server.serve([tmp_path / "none"])
    with pytest.raises(ValueError, match="Two models are called 'vae'"):
        server.serve([folder, tmp_path / "a" / "vae"])
    with pytest.raises(ValueError, match="batch_wait=-1"):
        server.Limits(batch_wait=-1)
    with pytest.raises(FileNotFoundError, match="has no SavedModel"):
        server.app({"vae": tmp_path})


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_a_file_until_a_signal(vae, tmp_path, sign):
    """A `.keras` file is exported first; a client that stalls does not hold the end."""
    path, temporary = tmp_path / "vae.keras", tmp_path / "temporary"
    vae.save(path)
    temporary.mkdir()
    command = [sys.executable, "-m", "kgen", "serve", str(path), "--port", "18501"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert "http://127.0.0.1:18501" in process.stdout.readline()
            address = f"http://127.0.0.1:18501{PREDICT}"
            body = json.dumps({"instances": seeds(2)}).encode()

            def answered():
                try:
                    with urllib.request.urlopen(address, body) as reply:
                        return json.load(reply)["predictions"]
                except OSError:
                    return None

            until(answered)
            np.testing.assert_allclose(answered(), vae.sample(2, seed=0), atol=1e-6)
            taken = subprocess.run(command, capture_output=True, text=True)
            assert taken.returncode and "port 18501 of 127.0.0.1" in taken.stderr
            stalled = socket.create_connection(("127.0.0.1", 18501))
            head = f"POST {PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{{"
            stalled.sendall(head.encode())
            time.sleep(0.5)
        finally:
            process.send_signal(sign)
            process.wait(30)
            stalled.close()
    assert list(temporary.iterdir()) == []


@contextlib.contextmanager
def held(folder, **limits):
    """Context with the address of a server whose model waits, and what lets it run.

    The third value is what waits for the model.
    """
    application, go = server.app({"vae": folder}, server.Limits(**limits)), Event()
    service = application.state.service
    service.executor.submit(go.wait, 30)
    batcher = service.models["vae"].version.batchers["serving_default"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
        thread = Thread(target=process.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: process.started)
            yield listener.getsockname(), go, batcher
        finally:
            go.set()
            process.should_exit = True
            thread.join(30)


@contextlib.contextmanager
def begun(address, request):
    """Context of a connection on which a request has been sent."""
    connection = http.client.HTTPConnection(*address)
    with contextlib.closing(connection):
        connection.request("POST", PREDICT, json.dumps(request))
        yield connection


def counted(address, name):
    """A figure of a server, by its name with its labels; 0 if it is not there yet."""
    with urllib.request.urlopen("http://{}:{}/metrics".format(*address)) as reply:
        text = reply.read().decode()
    found = re.search(rf"^{re.escape(name)} (.*)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


RUNNING = "kgen_requests_in_progress"


def test_a_request_whose_client_leaves_is_not_run(folder):
    dropped = 'kgen_dropped_total{model="vae"}'
    left = 'kgen_requests_total{model="vae",status="499"}'
    with (
        held(folder) as (address, go, batcher),
        begun(address, {"instances": seeds(3)}) as stays,
    ):
        until(lambda: counted(address, "kgen_batch_rows_count") == 1)
        with begun(address, {"instances": seeds(5)}):
            until(lambda: len(batcher.waiting) == 1)
        until(lambda: counted(address, dropped) == 1)
        assert not batcher.waiting
        go.set()
        assert len(json.load(stays.getresponse())["predictions"]) == 3
        assert counted(address, "kgen_batch_rows_sum") == 3
        assert counted(address, left) == 1
        assert counted(address, RUNNING) == 0


def test_too_many_requests_get_a_sentence(folder):
    """Health and figures can be asked for all the same."""
    request = {"instances": seeds(2)}
    with (
        held(folder, max_waiting=1) as (address, go, _),
        begun(address, request) as first,
    ):
        until(lambda: counted(address, RUNNING) == 1)
        with begun(address, request) as second:
            reply = second.getresponse()
            assert reply.status == 503
            message = "1 requests are being answered already. Try again later."
            assert json.load(reply) == {"error": message}
        with urllib.request.urlopen("http://{}:{}/healthz".format(*address)) as reply:
            assert json.load(reply)["status"] == "ok"
        go.set()
        assert first.getresponse().status == 200


def test_a_body_that_does_not_come_is_refused(folder):
    limits = server.Limits(body_seconds=0.05)
    application = server.app({"vae": folder}, limits)
    sent = []

    async def ask():
        async def receive():
            await asyncio.sleep(10)

        async def send(message):
            sent.append(message)

        path = "/v1/models/vae:predict"
        scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        scope |= {"query_string": b"", "root_path": "", "http_version": "1.1"}
        await application(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 408 and b"0.05 seconds" in sent[1]["body"]
