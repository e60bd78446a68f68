"""Two processes train as one, write from one, and notice when the other is gone."""

import contextlib
import json
import os
import pathlib
import runpy
import socket
import subprocess
import sys
import tempfile
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.checkpoint.state import variables_of

PROGRAM = pathlib.Path(__file__).with_name("multiworker_program.py")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, tfds_dir):
    """Folder that two workers wrote, and what each of them found."""
    folder = tmp_path_factory.mktemp("cluster")
    with running([PROGRAM, folder]) as cluster:
        codes, outputs = finished(*cluster)
    assert codes == [0, 0], "\n".join(outputs)
    return folder, [dict(np.load(folder / f"{index}.npz")) for index in range(2)]


@contextlib.contextmanager
def running(command, tasks=(("worker", 0), ("worker", 1))):
    """The two processes of a cluster and the files with what they print."""
    cluster = {kind: [] for kind, _ in tasks}
    for (kind, _), port in zip(tasks, free_ports(2), strict=True):
        cluster[kind].append(f"localhost:{port}")
    configs = [{"cluster": cluster, "task": {"type": k, "index": i}} for k, i in tasks]
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in tasks]
        yield (
            [
                stack.enter_context(worker(config, file, command))
                for config, file in zip(configs, files, strict=True)
            ],
            files,
        )


def finished(processes, files):
    """Exit codes and outputs of processes, once they have ended."""
    deadline = time.monotonic() + 300
    for process in processes:
        process.wait(timeout=max(deadline - time.monotonic(), 1))
    codes = [process.returncode for process in processes]
    return codes, [file.seek(0) or file.read() for file in files]


def free_ports(count):
    """Ports that nobody listens at, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextlib.contextmanager
def worker(config, file, command):
    """A process of the cluster, which prints to a file and ends with the test."""
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        stdout=file,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def names(found, start):
    return [name for name in found if name.startswith(start)]


def test_workers_end_with_the_same_weights_and_logs(cluster):
    _, (one, other) = cluster
    compared = names(one, "autoencoder") + names(one, "vae")
    assert "vae log val_kl" in compared and len(compared) > 40
    for name in compared:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_workers_do_what_one_process_does(cluster, tmp_path):
    _, (worker, _) = cluster
    train = runpy.run_path(PROGRAM)["train"]
    _, alone = train("autoencoder", tf.distribute.get_strategy(), tmp_path)
    assert len(alone["log val_loss"]) == 3
    found = [worker[name] for name in names(worker, "autoencoder")]
    for value, (name, expected) in zip(found, alone.items(), strict=True):
        np.testing.assert_allclose(value, expected, 1e-5, 1e-6, err_msg=name)


def test_each_worker_reads_its_half_of_each_batch(cluster):
    _, (one, other) = cluster
    assert one["sizes"].tolist() == [32] * 22 + [15]
    assert other["sizes"].tolist() == [32] * 22 + [14]
    rows = kgen.data.load("digits", "train", batch_size=2000)
    everything = next(rows.as_numpy_iterator())[0].reshape(1437, -1)
    read = np.concatenate([one["rows"], other["rows"]])
    read, everything = (rows[np.lexsort(rows.T)] for rows in (read, everything))
    assert np.array_equal(read, everything)


def test_workers_draw_different_noise(cluster):
    _, (one, other) = cluster
    assert np.any(one["noise"] != other["noise"])


def test_workers_agree_on_the_number_of_the_chief(cluster):
    _, found = cluster
    assert [int(worker["of chief"]) for worker in found] == [2**40, 2**40]


def test_workers_log_the_same_table(cluster):
    folder, _ = cluster
    one, other = (folder / f"vae-{index}.csv" for index in range(2))
    assert one.read_text() == other.read_text()
    assert len(one.read_text().splitlines()) == 4


def test_the_chief_alone_saves_samples_and_exports(cluster):
    folder, (chief, _) = cluster
    model = keras.saving.load_model(folder / "vae.keras")
    expected = np.load(folder / "samples.npy")
    found = model.sample(4, seed=0).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    weights = [*model.variables, *model.optimizer.variables]
    saved = [name for name in names(chief, "vae") if not name.startswith("vae log")]
    for name, variable in zip(saved, weights, strict=True):
        np.testing.assert_array_equal(chief[name], variable.numpy(), err_msg=name)
    assert (folder / "served" / "1" / "saved_model.pb").exists()


TRAIN = [
    *("-c", "from kgen.cli import main; main()", "train", "autoencoder"),
    *("--epochs", "5", "--checkpoint-steps", "4", "--strategy", "multiworker"),
]


@pytest.mark.slow
def test_a_worker_that_dies_is_reported_and_the_restarted_job_resumes(tmp_path):
    tasks = (("chief", 0), ("worker", 0))
    command = [*TRAIN, "--resume", "--run-dir", tmp_path / "killed"]
    with running(command, tasks) as (processes, files):
        checkpoints = tmp_path / "killed" / "checkpoints"
        deadline = time.monotonic() + 300
        while not list(checkpoints.glob("step-*[1-9]?.npz")):
            assert time.monotonic() < deadline, files[0].seek(0) or files[0].read()
            time.sleep(0.01)
        processes[1].kill()
        (code, _), (output, _) = finished(processes, files)
    assert code == 1 and "Error: Worker 0 of the cluster stopped answering" in output
    assert "Traceback" not in output and "with --resume" in output
    with running(command, tasks) as cluster:
        codes, (output, _) = finished(*cluster)
    assert codes == [0, 0], output
    assert "Training goes on at step" in output
    with running([*TRAIN, "--run-dir", tmp_path / "whole"], tasks) as cluster:
        assert finished(*cluster)[0] == [0, 0]
    models = [
        keras.saving.load_model(tmp_path / run / "model.keras")
        for run in ("whole", "killed")
    ]
    for one, other in zip(*map(variables_of, models), strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)
