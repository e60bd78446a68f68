"""The family `serving`: `kgen serve` under load, beside the bare model.

64 clients each ask for one sample at a time, for `--seconds`. Each answer is compared
with the row that the model draws in Python for that seed.
"""

import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from benchmarks.harness.interleave import print_table

CLIENTS = 64
NUM_SEEDS = 512
PORT = 18502


def report(options):
    """Prints the table; `--seconds` is the time of the load.

    Args:
        options: Options of the command line.
    """
    import numpy as np

    import kgen
    from kgen.core.random import row_seeds

    vae = kgen.build("vae", (8, 8, 1), seed=0)
    seeds = row_seeds(0, NUM_SEEDS)
    expected = np.asarray(vae.sample(NUM_SEEDS, seed=0))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "vae")
        kgen.export(vae, path)
        bare = {rows: calls_per_second(path, seeds[:rows]) for rows in (1, CLIENTS)}
        command = [
            sys.executable,
            "-m",
            "kgen",
            "serve",
            str(path),
            "--port",
            f"{PORT}",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                server.stdout.readline()
                wait()
                load(seeds, expected, 2.0)  # The first requests are slower.
                before = memory(server.pid)
                times, wrong = load(seeds, expected, options.seconds)
                after = memory(server.pid)
            finally:
                server.send_signal(2)
                server.wait(30)
    p50, p95, p99 = 1e3 * np.quantile(times, [0.5, 0.95, 0.99])
    print(
        f"\n## {CLIENTS} clients for {options.seconds:g} s, one sample of a VAE of 8x8 "
        "images a request\n"
    )
    rows = [
        ("requests per second", f"{len(times) / options.seconds:.0f}"),
        ("latency, median / 95 % / 99 %", f"{p50:.0f} / {p95:.0f} / {p99:.0f} ms"),
        ("wrong answers", f"{wrong} of {len(times):,}"),
        ("memory at the start / at the end", f"{before:.0f} / {after:.0f} MB"),
        ("bare model, calls of 1 row per second", f"{bare[1]:.0f}"),
        (f"bare model, rows per second in calls of {CLIENTS}", f"{bare[CLIENTS]:.0f}"),
    ]
    print_table(("figure", "value"), rows)


def calls_per_second(path, seeds):
    """Rows per second of the signature `sample`, called in a loop in this process."""
    import tensorflow as tf

    sample = tf.saved_model.load(str(path / "1")).signatures["sample"]
    given = tf.constant(seeds)
    sample(seed=given)
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < 3.0:
        sample(seed=given)["x"].numpy()
        calls += 1
    return calls * len(seeds) / (time.perf_counter() - start)


def wait():
    """Returns once the server answers."""
    while True:
        try:
            client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
            client.request("GET", "/healthz")
            client.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)


def load(seeds, expected, seconds):
    """The time of each request, and the number of wrong answers.

    Args:
        seeds: `(n,)` seeds of rows.
        expected: `(n, ...)`, the row of each seed.
        seconds: How long the clients go on.
    """
    import numpy as np

    times, wrong, end = [], [], time.perf_counter() + seconds

    def client(number):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        turn = number
        while time.perf_counter() < end:
            row = turn % len(seeds)
            body = json.dumps({"instances": [{"seed": int(seeds[row])}]})
            start = time.perf_counter()
            connection.request("POST", "/v1/models/vae:predict", body)
            answer = connection.getresponse().read()
            times.append(time.perf_counter() - start)
            found = json.loads(answer).get("predictions", [np.nan])
            if not np.allclose(found[0], expected[row], atol=1e-6):
                wrong.append(row)
            turn += CLIENTS + 1

    threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, len(wrong)


def memory(pid):
    """Resident memory of a process in MB."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024
